import type { Home } from "@/api/account";
import type { Me } from "@/api/client";

export interface Step {
  name: "channel" | "people" | "safe";
  done: boolean;
}

/** What makes a new organization ready for work; nothing for whom it is no business of, or when it is ready. */
export function firstSteps(home: Home, me: Pick<Me, "permissions" | "secondFactor" | "hasPassword">): Step[] {
  if (!me.permissions.includes("edit_channels") || !me.permissions.includes("manage_members")) return [];
  const work: Step[] = [
    { name: "channel", done: (home.channels?.total ?? 0) > 0 },
    { name: "people", done: (home.people ?? 0) > 1 || (home.openInvitations ?? 0) > 0 },
  ];
  // An organization at work is not held up by somebody's own account.
  if (work.every(({ done }) => done)) return [];
  return me.hasPassword ? [...work, { name: "safe", done: me.secondFactor }] : work;
}
