import { describe, expect, it } from "vitest";
import type { Permission } from "@/api/client";
import { navigation } from "./navigation";

const names = (permissions: Permission[]) => navigation(permissions).map((group) => group.items.map((item) => item.name));

describe("navigation", () => {
  it("offers only the first page to who may nothing", () => {
    expect(names(["be_known"])).toEqual([["home"]]);
  });

  it("gives an editor footage and shares, and no administration", () => {
    expect(names(["be_known", "watch", "share"])).toEqual([["home", "wall", "channels", "clips", "screenshots", "shares"]]);
    expect(names(["be_known", "watch", "share", "read_notes"])).toEqual([["home", "wall", "channels", "notes", "clips", "screenshots", "shares"]]);
  });

  it("gives a manager the organization, a superadmin the site", () => {
    const manager: Permission[] = ["be_known", "watch", "share", "edit_channels", "manage_members", "read_audit"];
    expect(navigation(manager).map((group) => group.title)).toEqual([undefined, "organization"]);
    expect(names([...manager, "manage_site"])).toEqual([
      ["home", "wall", "channels", "clips", "screenshots", "shares"],
      ["members", "audit"],
      ["organizations", "people", "site-keys"],
    ]);
  });
});
