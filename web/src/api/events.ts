import { API, type Channel } from "./client";
import type { Note } from "./notes";
import type { Clip } from "./clips";

export interface EventHandlers {
  channel: (channel: Channel) => void;
  removed: (id: string) => void;
  clip: (clip: Clip) => void;
  clipRemoved: (id: string) => void;
  /** More of the channel was reviewed. */
  coverage: (channelId: string) => void;
  /** Members, roles, invitations or organizations have changed. */
  people: () => void;
  /** Role, organizations or name of the caller may have changed. */
  me: () => void;
  /** The stream was refused, as it is again every few seconds of an outage: who this is may be another by now. */
  refused: () => void;
  /** The session was ended elsewhere. */
  signedOut: () => void;
  note: (note: Note) => void;
  noteRemoved: (id: string) => void;
  /** A format of notes was added, edited or removed. */
  noteTemplates: () => void;
  /** Events were missed: what is known may be old. */
  reset: () => void;
  connected: (connected: boolean) => void;
}

const TRY_AGAIN_MS = 3000;
/** The server ends a stream whose listener may see something else now; that is no trouble to speak of. */
const SILENT_MS = 6000;

/** Listens to the server's events until the returned function is called. */
export function listen(handlers: EventHandlers): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let lost = false;

  const open = () => {
    source = new EventSource(`${API}/events`);
    source.addEventListener("open", () => {
      clearTimeout(silence);
      silence = undefined;
      handlers.connected(true);
      if (lost) handlers.reset();
      lost = false;
    });
    source.addEventListener("channel", (event) => handlers.channel(JSON.parse(event.data) as Channel));
    source.addEventListener("channel-removed", (event) =>
      handlers.removed((JSON.parse(event.data) as { id: string }).id),
    );
    source.addEventListener("note", (event) => handlers.note(JSON.parse(event.data) as Note));
    source.addEventListener("note-removed", (event) => handlers.noteRemoved((JSON.parse(event.data) as { id: string }).id));
    source.addEventListener("note-templates", () => handlers.noteTemplates());
    source.addEventListener("clip", (event) => handlers.clip(JSON.parse(event.data) as Clip));
    source.addEventListener("clip-removed", (event) => handlers.clipRemoved((JSON.parse(event.data) as { id: string }).id));
    source.addEventListener("coverage", (event) =>
      handlers.coverage((JSON.parse(event.data) as { channelId: string }).channelId),
    );
    source.addEventListener("reset", () => handlers.reset());
    source.addEventListener("people", () => handlers.people());
    source.addEventListener("me", () => handlers.me());
    source.addEventListener("signed-out", () => {
      source?.close();
      handlers.signedOut();
    });
    source.addEventListener("error", () => {
      silence ??= setTimeout(() => handlers.connected(false), SILENT_MS);
      lost = true;
      // A browser retries a broken connection by itself, but not one that was refused.
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, TRY_AGAIN_MS);
      handlers.refused();
    });
  };

  open();
  return () => {
    clearTimeout(timer);
    clearTimeout(silence);
    source?.close();
  };
}
