import type { MembershipRole, OrganizationKind } from "@/api/people";

const OF_KIND: Record<OrganizationKind, readonly MembershipRole[]> = {
  desk: ["manager", "editor", "reader"],
  club: ["owner", "player"],
};

/** The roles that an organization has, the mightiest first. */
export function rolesOf(kind: OrganizationKind): readonly MembershipRole[] {
  return OF_KIND[kind];
}

/** Those, and the one that somebody has by now, which an older organization may have given. */
export function rolesWith(kind: OrganizationKind, present: MembershipRole): readonly MembershipRole[] {
  const roles = rolesOf(kind);
  return roles.includes(present) ? roles : [present, ...roles];
}
