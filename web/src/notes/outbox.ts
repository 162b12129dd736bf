import { ApiError } from "@/api/client";
import type { Note, NoteCreate, NoteEdit } from "@/api/notes";
import { bodyOf, changeSince, type Draft, type Kept } from "./draft";
import type { DraftStore } from "./draft-store";

export interface Sender {
  create(body: NoteCreate, key: string): Promise<Note>;
  edit(note: Note, body: NoteEdit): Promise<Note>;
  keepWith(kept: Kept, note: Note): Promise<void>;
}

/** What a failure means for the draft: try later, or it has to be mended. */
export function verdictOf(reason: unknown): "later" | "mend" {
  if (!(reason instanceof ApiError)) return "later";
  const { status } = reason;
  // Signed out, too fast, or the server in trouble: all of that passes.
  return status === 0 || status === 401 || status === 408 || status === 412 || status === 429 || status >= 500 ? "later" : "mend";
}

export function pauseAfter(failures: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.max(0, failures - 1));
}

export interface OutboxEvents {
  changed(draft: Draft): void;
  /** The browser did not write what it should keep. */
  unkept(): void;
  sending(id: string | undefined): void;
  sent(draft: Draft, note: Note): void;
}

/**
 * Sends queued drafts one after the other, oldest first, until the server has said that it has them. A draft leaves the
 * store after that and never before, so it may be sent again; its key makes that harmless.
 */
export class Outbox {
  private queue: Draft[] = [];
  private running: Promise<void> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private stopped = false;

  constructor(
    private readonly store: DraftStore,
    private readonly sender: Sender,
    private readonly events: OutboxEvents,
  ) {}

  /** Waiting for the network or the server. */
  get waiting(): boolean {
    return this.failures > 0;
  }

  add(draft: Draft): void {
    this.queue = [...this.queue.filter(({ id }) => id !== draft.id), draft].sort((a, b) => a.begun - b.begun);
    void this.kick();
  }

  /** Takes it back, to be typed in again; false while it is on its way. */
  take(id: string, sending: string | undefined): boolean {
    if (id === sending) return false;
    this.queue = this.queue.filter((draft) => draft.id !== id);
    return true;
  }

  /** Tries now: something says that the server can be reached. */
  kick(): Promise<void> {
    clearTimeout(this.timer);
    this.running ??= this.run().finally(() => (this.running = undefined));
    return this.running;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    for (let draft = this.queue[0]; draft !== undefined && !this.stopped; draft = this.queue[0]) {
      this.events.sending(draft.id);
      try {
        await this.send(draft);
        this.failures = 0;
      } catch (reason) {
        if (verdictOf(reason) === "later") {
          this.failures += 1;
          if (!this.stopped) this.timer = setTimeout(() => void this.kick(), pauseAfter(this.failures));
          break;
        }
        await this.refuse(draft, reason as ApiError);
      }
    }
    this.events.sending(undefined);
  }

  private async send(draft: Draft): Promise<void> {
    const wanted = bodyOf(draft);
    const first = draft.sent ?? wanted;
    if (!draft.sent) {
      draft.sent = first;
      await this.put(draft);
      this.events.changed(draft);
    }
    let note = await this.create(draft, first);
    const change = changeSince(first, wanted);
    if (change) note = await this.sender.edit(note, change);
    note = await this.keepWith(draft.kept ?? [], note);
    // What stays there for now is sent again some day, and is the same note.
    await this.store.remove(draft.id).catch(() => undefined);
    this.queue = this.queue.filter(({ id }) => id !== draft.id);
    this.events.sent(draft, note);
  }

  /** A browser that keeps nothing, or fails to, is no reason not to send: the page still has the draft. */
  private async put(draft: Draft): Promise<void> {
    try {
      await this.store.put(draft);
    } catch {
      this.events.unkept();
    }
  }

  /** What was removed meanwhile is not kept with anything. */
  private async keepWith(kept: readonly Kept[], note: Note): Promise<Note> {
    for (const one of kept) {
      try {
        await this.sender.keepWith(one, note);
      } catch (reason) {
        if (verdictOf(reason) === "later") throw reason;
      }
    }
    const ids = (kind: Kept["kind"], known: readonly string[] = []) => [...new Set([...known, ...kept.filter((one) => one.kind === kind).map(({ id }) => id)])];
    return kept.length === 0 ? note : { ...note, screenshotIds: ids("screenshot", note.screenshotIds), clipIds: ids("clip", note.clipIds) };
  }

  private async create(draft: Draft, body: NoteCreate): Promise<Note> {
    try {
      return await this.sender.create(body, draft.id);
    } catch (reason) {
      // Refused is not made: what is sent next is free to say something else. A conflict says that there is one.
      if (reason instanceof ApiError && verdictOf(reason) === "mend" && reason.status !== 409) delete draft.sent;
      throw reason;
    }
  }

  private async refuse(draft: Draft, reason: ApiError): Promise<void> {
    this.queue = this.queue.filter(({ id }) => id !== draft.id);
    draft.state = "refused";
    draft.problem = reason.message;
    draft.problems = { ...reason.fields };
    await this.put(draft);
    this.events.changed(draft);
  }
}
