import type { Permission } from "@/api/client";
import type { IconName } from "./icons";

export interface NavItem {
  /** Name of the route, and of the text in `nav`. */
  name: "home" | "wall" | "channels" | "notes" | "clips" | "screenshots" | "shares" | "members" | "note-templates" | "audit" | "organizations" | "people" | "site-keys";
  icon: IconName;
}

export interface NavGroup {
  title?: "organization" | "site";
  items: NavItem[];
}

/** The pages that somebody with these permissions may open; a page they may not is not there. */
export function navigation(permissions: readonly Permission[]): NavGroup[] {
  const pages: { title?: NavGroup["title"]; items: (NavItem & { needs?: Permission })[] }[] = [
    {
      items: [
        { name: "home", icon: "home" },
        { name: "wall", icon: "wall", needs: "watch" },
        { name: "channels", icon: "channels", needs: "watch" },
        { name: "notes", icon: "note", needs: "read_notes" },
        { name: "clips", icon: "cut", needs: "watch" },
        { name: "screenshots", icon: "camera", needs: "watch" },
        { name: "shares", icon: "share", needs: "share" },
      ],
    },
    {
      title: "organization",
      items: [
        { name: "members", icon: "people", needs: "manage_members" },
        { name: "note-templates", icon: "form", needs: "manage_notes" },
        { name: "audit", icon: "log", needs: "read_audit" },
      ],
    },
    {
      title: "site",
      items: [
        { name: "organizations", icon: "building", needs: "manage_site" },
        { name: "people", icon: "user", needs: "manage_site" },
        { name: "site-keys", icon: "key", needs: "manage_site" },
      ],
    },
  ];
  return pages
    .map(({ title, items }) => ({
      ...(title === undefined ? {} : { title }),
      items: items.filter(({ needs }) => needs === undefined || permissions.includes(needs)).map(({ name, icon }) => ({ name, icon })),
    }))
    .filter(({ items }) => items.length > 0);
}
