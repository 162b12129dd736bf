import { API, type Channel } from "./client";

export interface EventHandlers {
  channel: (channel: Channel) => void;
  removed: (id: string) => void;
  /** Role, organizations or name of the caller may have changed. */
  me: () => void;
  /** The session was ended elsewhere. */
  signedOut: () => void;
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
    source.addEventListener("reset", () => handlers.reset());
    source.addEventListener("me", () => handlers.me());
    source.addEventListener("signed-out", () => {
      source?.close();
      handlers.signedOut();
    });
    source.addEventListener("error", () => {
      silence ??= setTimeout(() => handlers.connected(false), SILENT_MS);
      lost = true;
      // A browser retries a broken connection by itself, but not one that was refused; who is refused may be
      // another by now.
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, TRY_AGAIN_MS);
      handlers.me();
    });
  };

  open();
  return () => {
    clearTimeout(timer);
    clearTimeout(silence);
    source?.close();
  };
}
