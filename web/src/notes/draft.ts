import type { NoteCreate, NoteEdit } from "@/api/notes";
import { encodeMentions, type Names } from "./mentions";
import { said, type Values } from "./template";

/** A picture or a clip. */
export interface Kept {
  kind: "screenshot" | "clip";
  id: string;
}

/**
 * A note that the server has not said it has. `open`: somebody may still type in it; `queued`: it is to be sent;
 * `refused`: the server said what has to be mended.
 */
export interface Draft {
  /** Its Idempotency-Key: sent once or ten times, it is one note. */
  id: string;
  /** Whose it is, and where: `person@organization`. */
  owner: string;
  channelId: string;
  channel: string;
  /** RFC 3339. */
  at: string;
  templateId?: string;
  fields: Values;
  /** As it is typed, with names. */
  text: string;
  names: Names;
  tags: string[];
  /** What was kept while it was written; the server is told of it when it has the note. */
  kept?: Kept[];
  state: "open" | "queued" | "refused";
  /** What was sent and may have arrived: before anything else can be said, that has to be known. */
  sent?: NoteCreate;
  problem?: string;
  problems?: Record<string, string>;
  /** Epoch ms. */
  begun: number;
}

export function saysNothing(draft: Draft): boolean {
  return draft.text.trim() === "" && draft.tags.length === 0 && Object.keys(said(draft.fields)).length === 0;
}

export function bodyOf(draft: Draft): NoteCreate {
  const { channelId, at, templateId } = draft;
  return {
    channelId,
    at,
    ...(templateId === undefined ? {} : { templateId }),
    fields: said(draft.fields),
    text: encodeMentions(draft.text.trim(), draft.names),
    tags: [...draft.tags],
  };
}

/** What has to be changed of a note that was made as `sent`; nothing: it says what it should. */
export function changeSince(sent: NoteCreate, wanted: NoteCreate): NoteEdit | undefined {
  if (JSON.stringify(sent) === JSON.stringify(wanted)) return undefined;
  return { at: wanted.at, templateId: wanted.templateId ?? null, fields: wanted.fields ?? {}, text: wanted.text ?? "", tags: wanted.tags ?? [] };
}
