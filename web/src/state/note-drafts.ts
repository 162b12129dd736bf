import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { clips } from "@/api/clips";
import { type Note, notes } from "@/api/notes";
import { tellNoteNews } from "@/api/notes-queries";
import { screenshots } from "@/api/screenshots";
import { type Draft, type Kept, saysNothing } from "@/notes/draft";
import { openDraftStore } from "@/notes/draft-store";
import { Outbox } from "@/notes/outbox";

const SAVED_SHOWN_MS = 4000;

async function keepWith({ kind, id }: Kept, note: Note): Promise<void> {
  await (kind === "clip" ? clips.keepWith(id, note.id) : screenshots.keepWith(id, note.id));
}

/** Drafts of whoever is signed in, where they act; kept in this browser until the server has said that it has them. */
export const useNoteDrafts = defineStore("note-drafts", () => {
  const drafts = ref<Draft[]>([]);
  const owner = ref<string>();
  const sending = ref<string>();
  /** The network or the server is not there. */
  const waiting = ref(false);
  /** The note that has just been saved. */
  const saved = shallowRef<Note>();
  /** The browser keeps nothing: closing the page would lose what is not sent. */
  const unkept = ref(false);
  const disk = openDraftStore();
  let outbox: Outbox | undefined;
  let forgetSaved: ReturnType<typeof setTimeout> | undefined;

  /** The one that somebody types in now. */
  const editing = ref<string>();
  /** Its panel's way to take something that is kept meanwhile. */
  const editor = shallowRef<(kept: Kept, add: boolean) => void>();
  /** Notes by the draft they were, of this page: what is kept too late for the draft goes to the note. */
  const made = new Map<string, Note>();
  const late = new Map<string, Kept[]>();
  const unfinished = computed(() => drafts.value.filter(({ id, state }) => state !== "queued" && id !== editing.value));
  const queued = computed(() => drafts.value.filter(({ state }) => state === "queued"));

  function replace(draft: Draft): void {
    drafts.value = [...drafts.value.filter(({ id }) => id !== draft.id), draft].sort((a, b) => a.begun - b.begun);
  }

  /** Writes of one draft follow each other, and only the newest of those that wait is written. */
  const writes = new Map<string, { running: Promise<void>; next: Draft | undefined }>();

  function write(draft: Draft): Promise<void> {
    const plain = JSON.parse(JSON.stringify(draft)) as Draft;
    const known = writes.get(draft.id);
    if (known) {
      known.next = plain;
      return known.running;
    }
    const entry: { running: Promise<void>; next: Draft | undefined } = { running: Promise.resolve(), next: plain };
    entry.running = (async () => {
      try {
        for (let next = entry.next; next !== undefined; next = entry.next) {
          entry.next = undefined;
          await disk.put(next);
        }
        unkept.value = false;
      } catch {
        unkept.value = true;
      } finally {
        writes.delete(draft.id);
      }
    })();
    writes.set(draft.id, entry);
    return entry.running;
  }

  /** Whose drafts these are from now on; nobody's: they rest where they are. */
  async function adopt(whose: string | undefined): Promise<void> {
    if (owner.value === whose) return;
    outbox?.stop();
    outbox = undefined;
    drafts.value = [];
    made.clear();
    late.clear();
    sending.value = saved.value = undefined;
    waiting.value = false;
    owner.value = whose;
    if (whose === undefined) return;
    const mine = new Outbox(disk, { create: notes.create, edit: notes.edit, keepWith }, {
      changed: (draft) => replace({ ...draft }),
      unkept: () => (unkept.value = true),
      sending: (id) => {
        sending.value = id;
        waiting.value = mine.waiting;
      },
      sent: (draft, note) => {
        drafts.value = drafts.value.filter(({ id }) => id !== draft.id);
        saved.value = note;
        made.set(draft.id, note);
        for (const kept of late.get(draft.id) ?? []) void keepWith(kept, note).catch(() => undefined);
        late.delete(draft.id);
        clearTimeout(forgetSaved);
        forgetSaved = setTimeout(() => (saved.value = undefined), SAVED_SHOWN_MS);
        tellNoteNews({ kind: "written", note });
      },
    });
    outbox = mine;
    const kept = await disk.all(whose).catch(() => [] as Draft[]);
    if (outbox !== mine) return;
    // What was typed while they were read is newer.
    const here = new Set(drafts.value.map(({ id }) => id));
    for (const draft of kept.filter(({ id }) => !here.has(id))) {
      replace(draft);
      if (draft.state === "queued") mine.add({ ...draft });
    }
  }

  /** What was begun elsewhere, by somebody else or in another organization, waits in the store for that to be here again. */
  const isHere = (draft: Draft): boolean => draft.owner === owner.value;

  /** Keeps what is typed so far; what says nothing is not kept. */
  async function keep(draft: Draft): Promise<void> {
    if (saysNothing(draft)) return drop(draft.id);
    if (isHere(draft)) replace({ ...draft });
    await write(draft);
  }

  /** With the draft that was open when it was asked for, wherever that is by now. */
  async function attach(id: string, kept: Kept): Promise<void> {
    const note = made.get(id);
    const draft = drafts.value.find((one) => one.id === id);
    if (note) await keepWith(kept, note);
    else if (editing.value === id) editor.value?.(kept, true);
    else if (draft && draft.state !== "queued") await keep({ ...draft, kept: [...(draft.kept ?? []), kept] });
    else late.set(id, [...(late.get(id) ?? []), kept]);
  }

  /** On its way as soon as it is kept. */
  async function send(draft: Draft): Promise<void> {
    const ready: Draft = { ...draft, state: "queued" };
    delete ready.problem;
    delete ready.problems;
    if (!isHere(draft)) return write(ready);
    saved.value = undefined;
    replace(ready);
    await write(ready);
    outbox?.add(JSON.parse(JSON.stringify(ready)) as Draft);
  }

  /** For typing again; nothing while it is on its way. */
  function reopen(id: string): Draft | undefined {
    const draft = drafts.value.find((one) => one.id === id);
    if (!draft || (draft.state === "queued" && outbox?.take(id, sending.value) !== true)) return undefined;
    const again: Draft = { ...draft, state: draft.state === "refused" ? "refused" : "open" };
    replace(again);
    void write(again);
    return { ...again };
  }

  async function drop(id: string): Promise<void> {
    drafts.value = drafts.value.filter((one) => one.id !== id);
    await writes.get(id)?.running;
    // Somebody may have gone on typing meanwhile.
    if (drafts.value.some((one) => one.id === id)) return;
    await disk.remove(id).catch(() => undefined);
  }

  /** Something says that the server may be there again. */
  function kick(): void {
    void outbox?.kick();
  }

  return { drafts, editing, unfinished, queued, owner, sending, waiting, saved, unkept, editor, adopt, keep, attach, send, reopen, drop, kick };
});
