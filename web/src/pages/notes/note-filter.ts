import type { NoteQuery } from "@/api/notes";
import { epochMs, formatInstant } from "@/time/instant";

/** What the form holds; empty means anything. Times as the browser's own fields give them: local, to the minute. */
export interface Asked {
  search: string;
  channelId: string;
  authorId: string;
  tag: string;
  templateId: string;
  from: string;
  to: string;
  mentions: boolean;
}

export const NOTHING_ASKED: Asked = { search: "", channelId: "", authorId: "", tag: "", templateId: "", from: "", to: "", mentions: false };

/** A minute that is named belongs to the period. */
function instantOf(local: string, plusMs = 0): string | undefined {
  const ms = local === "" ? NaN : new Date(local).getTime();
  return Number.isNaN(ms) ? undefined : formatInstant(epochMs(ms + plusMs));
}

export function queryOf(asked: Asked): NoteQuery {
  const from = instantOf(asked.from);
  const to = instantOf(asked.to, 60_000);
  const search = asked.search.trim();
  return {
    ...(search === "" ? {} : { search }),
    ...(asked.channelId === "" ? {} : { channelId: asked.channelId }),
    ...(asked.authorId === "" ? {} : { authorId: asked.authorId }),
    ...(asked.tag === "" ? {} : { tag: asked.tag }),
    ...(asked.templateId === "" ? {} : { templateId: asked.templateId }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(asked.mentions ? { mentions: "me" as const } : {}),
  };
}

/** The address of the page says what it shows. */
export function toAddress(asked: Asked): Record<string, string> {
  const { mentions, ...texts } = asked;
  return { ...Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== "")), ...(mentions ? { mentions: "me" } : {}) };
}

export function fromAddress(query: Record<string, unknown>): Asked {
  const text = (name: string) => (typeof query[name] === "string" ? query[name] : "");
  return {
    search: text("search"), channelId: text("channelId"), authorId: text("authorId"), tag: text("tag"),
    templateId: text("templateId"), from: text("from"), to: text("to"), mentions: query["mentions"] === "me",
  };
}
