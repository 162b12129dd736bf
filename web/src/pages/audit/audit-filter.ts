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
  /** One person, or one thing: chosen by pressing a name in the list. */
  actorId: string;
  /** Ids count for each kind of thing alone. */
  thing: string;
  thingId: string;
}

export const NOTHING_ASKED: Asked = { from: "", to: "", group: "", organizationId: "", actorId: "", thing: "", thingId: "" };

/** The end belongs to its minute: who asks until 12:30 means to see what happened at 12:30. */
const MINUTE_MS = 60_000;

export function filterOf(asked: Asked): AuditFilter {
  const from = Date.parse(asked.from);
  const to = Date.parse(asked.to);
  return {
    ...(Number.isNaN(from) ? {} : { from: new Date(from).toISOString() }),
    ...(Number.isNaN(to) ? {} : { to: new Date(to + MINUTE_MS).toISOString() }),
    ...(asked.group === "" ? {} : { action: `${asked.group}.` }),
    ...(asked.organizationId === "" ? {} : { organizationId: asked.organizationId }),
    ...(asked.actorId === "" ? {} : { actorId: asked.actorId }),
    ...(asked.thingId === "" ? {} : { thing: asked.thing, thingId: asked.thingId }),
  };
}

/** The address of the page says what it shows. */
export function toAddress(asked: Asked): Record<string, string> {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ""));
}

export function fromAddress(query: Record<string, unknown>): Asked {
  const text = (name: keyof Asked) => (typeof query[name] === "string" ? query[name] : "");
  return {
    from: text("from"), to: text("to"), group: ACTION_GROUPS.find((group) => group === query["group"]) ?? "",
    organizationId: text("organizationId"), actorId: text("actorId"), thing: text("thing"), thingId: text("thingId"),
  };
}

/** A small tree of JSON as lines for a person: `source.url: rtsp://...`. */
export function factsOf(tree: Record<string, unknown> | undefined, path = ""): { name: string; value: unknown }[] {
  return Object.entries(tree ?? {}).flatMap(([key, value]) => {
    const name = path + key;
    if (isTree(value)) return factsOf(value, `${name}.`);
    return [{ name, value }];
  });
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
