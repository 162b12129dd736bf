import type { AuditFilter } from "@/api/audit";

export const ACTION_GROUPS = [
  "session", "password", "second_factor", "person", "organization", "member", "invitation", "token", "channel", "footage", "clip", "screenshot",
  "share", "link", "note", "note_template",
] as const;

/** What the form holds; empty means anything. Times as the browser's own fields give them: local, to the minute. */
export interface Asked {
  from: string;
  to: string;
  group: "" | (typeof ACTION_GROUPS)[number];
  organizationId: string;
}

/** The end belongs to its minute: who asks until 12:30 means to see what happened at 12:30. */
const MINUTE_MS = 60_000;

export function filterOf(asked: Asked, chosen: Pick<AuditFilter, "actorId" | "thingId">): AuditFilter {
  const from = Date.parse(asked.from);
  const to = Date.parse(asked.to);
  return {
    ...(Number.isNaN(from) ? {} : { from: new Date(from).toISOString() }),
    ...(Number.isNaN(to) ? {} : { to: new Date(to + MINUTE_MS).toISOString() }),
    ...(asked.group === "" ? {} : { action: `${asked.group}.` }),
    ...(asked.organizationId === "" ? {} : { organizationId: asked.organizationId }),
    ...chosen,
  };
}

/** A small tree of JSON as lines for a person: `source.url: rtsp://...`. */
export function factsOf(tree: Record<string, unknown> | undefined, path = ""): { name: string; value: string }[] {
  return Object.entries(tree ?? {}).flatMap(([key, value]) => {
    const name = path + key;
    if (isTree(value)) return factsOf(value, `${name}.`);
    return [{ name, value: Array.isArray(value) ? value.map(String).join(", ") : String(value) }];
  });
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
