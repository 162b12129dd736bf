import type { AuditEntry } from "@/api/audit";
import type { Channel } from "@/api/client";
import type { Member, Organization } from "@/api/people";

interface Known {
  channels: Channel[] | undefined;
  members: Member[] | undefined;
  organizations: Organization[] | undefined;
  entries: AuditEntry[] | undefined;
  /** What to call who has no name any more. */
  erased: string;
}

/** Things of one number space: footage and links are of a channel, a member is a person. */
const SPACE: Readonly<Record<string, string>> = {
  channel: "channel", footage: "channel", link: "channel", member: "person", person: "person", organization: "organization",
};

export function thingKey(entry: Pick<AuditEntry, "thing" | "thingId">): string {
  return `${SPACE[entry.thing ?? ""] ?? entry.thing ?? ""} ${entry.thingId ?? ""}`;
}

/** Names of what the audit knows by number, as far as this page knows them. */
export function thingNames({ channels, members, organizations, entries, erased }: Known): ReadonlyMap<string, string> {
  return new Map([
    ...(entries ?? []).flatMap(({ actor }): [string, string][] => (actor.id === undefined ? [] : [[`person ${actor.id}`, actor.erased ? erased : actor.name]])),
    ...(members ?? []).map(({ userId, email }): [string, string] => [`person ${userId}`, email]),
    ...(channels ?? []).map(({ id, name }): [string, string] => [`channel ${id}`, name]),
    ...(organizations ?? []).map(({ id, name }): [string, string] => [`organization ${id}`, name]),
  ]);
}
