import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/client";
import type { Note, NoteCreate, NoteEdit } from "@/api/notes";
import { bodyOf, type Draft, type Kept, saysNothing } from "./draft";
import { MemoryDraftStore } from "./draft-store";
import { Outbox, pauseAfter, verdictOf } from "./outbox";

const draft = (id: string, over: Partial<Draft> = {}): Draft => ({
  id, owner: "1@1", channelId: "7", channel: "Seven", at: "2026-11-21T10:00:00.000Z", fields: {}, text: `text of ${id}`, names: {}, tags: [], state: "queued", begun: Number(id.slice(1)), ...over,
});
const gone = () => new ApiError(0, "urn:longtake:unreachable", "no network");

/** Keeps notes by their key, as the server does; `fails` says what happens to the next requests. */
class FakeServer {
  readonly notes = new Map<string, NoteCreate>();
  fails: ("before" | "after" | ApiError)[] = [];
  requests = 0;
  create = async (body: NoteCreate, key: string): Promise<Note> => {
    this.requests += 1;
    await Promise.resolve();
    const trouble = this.fails.shift();
    if (trouble === "before") throw gone();
    if (trouble instanceof ApiError) throw trouble;
    const known = this.notes.get(key);
    if (known && JSON.stringify(known) !== JSON.stringify(body)) throw new ApiError(409, "urn:longtake:conflict", "used for another note");
    this.notes.set(key, known ?? body);
    if (trouble === "after") throw gone();
    return { id: key, version: 1 } as Note;
  };
  readonly joined: string[] = [];
  joinFails: ApiError[] = [];
  keepWith = ({ kind, id }: Kept, note: Note): Promise<void> => {
    const trouble = this.joinFails.shift();
    if (trouble) return Promise.reject(trouble);
    this.joined.push(`${kind} ${id} of ${note.id}`);
    return Promise.resolve();
  };
  edit = (note: Note, body: NoteEdit): Promise<Note> => {
    this.notes.set(note.id, { ...this.notes.get(note.id), ...body } as NoteCreate);
    return Promise.resolve(note);
  };
}

let store: MemoryDraftStore;
let server: FakeServer;
let sent: string[];
let changed: Draft[];
let unkept: number;
const open = () => new Outbox(store, server, { changed: (one) => one.state === "refused" && changed.push(one), unkept: () => (unkept += 1), sending: () => undefined, sent: ({ id }) => sent.push(id) });

beforeEach(() => {
  vi.useFakeTimers();
  store = new MemoryDraftStore();
  server = new FakeServer();
  sent = [];
  changed = [];
  unkept = 0;
});
afterEach(() => vi.useRealTimers());

async function add(outbox: Outbox, one: Draft): Promise<void> {
  await store.put(one);
  outbox.add(one);
}

describe("Outbox", () => {
  it("joins what was kept with the note, also when the network goes in between, and passes over what is gone", async () => {
    const outbox = open();
    server.joinFails = [gone(), new ApiError(404, "urn:longtake:not-found", "there is no such screenshot")];
    await add(outbox, draft("d1", { kept: [{ kind: "screenshot", id: "5" }, { kind: "clip", id: "6" }] }));
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toEqual([]);
    expect(store.kept.has("d1"), "not forgotten before all is joined").toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual(["d1"]);
    expect(server.joined).toEqual(["clip 6 of d1"]);
    expect(server.notes.size).toBe(1);
  });

  it("sends the oldest first and forgets what the server has", async () => {
    const outbox = open();
    await add(outbox, draft("d2"));
    await add(outbox, draft("d1"));
    await vi.runAllTimersAsync();
    expect([...server.notes.keys()].sort()).toEqual(["d1", "d2"]);
    expect(store.kept.size).toBe(0);
  });

  it("keeps what could not be sent, and sends it when the network is back: once", async () => {
    server.fails = ["before", "after", "before"];
    const outbox = open();
    await add(outbox, draft("d1"));
    await vi.advanceTimersByTimeAsync(0);
    expect(store.kept.size).toBe(1);
    expect(outbox.waiting).toBe(true);
    await vi.runAllTimersAsync();
    expect(server.requests).toBe(4);
    expect(server.notes.size).toBe(1);
    expect(sent).toEqual(["d1"]);
    expect(outbox.waiting).toBe(false);
  });

  it("goes on after the page was closed in the middle", async () => {
    server.fails = ["after"];
    const first = open();
    await add(first, draft("d1"));
    await vi.advanceTimersByTimeAsync(0);
    first.stop();
    const second = open();
    for (const one of await store.all("1@1")) second.add(one);
    await vi.runAllTimersAsync();
    expect(server.notes.size).toBe(1);
    expect(sent).toEqual(["d1"]);
  });

  it("says later changes as an edit when what was sent may have arrived", async () => {
    server.fails = ["after"];
    const outbox = open();
    const one = draft("d1");
    await add(outbox, one);
    await vi.advanceTimersByTimeAsync(0);
    expect(outbox.take("d1", undefined)).toBe(true);
    await add(outbox, { ...one, text: "said better" });
    await vi.runAllTimersAsync();
    expect(server.notes.size).toBe(1);
    expect(server.notes.get("d1")?.text).toBe("said better");
    expect(store.kept.size).toBe(0);
  });

  it("sends all there is when the browser keeps nothing, and says that it does not", async () => {
    const fails = () => Promise.reject(new DOMException("The connection was closed.", "InvalidStateError"));
    store.put = fails;
    store.remove = fails;
    const outbox = open();
    outbox.add(draft("d1"));
    outbox.add(draft("d2"));
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toEqual(["d1", "d2"]);
    expect(server.requests).toBe(2);
    expect(unkept).toBeGreaterThan(0);
    expect(outbox.waiting).toBe(false);
  });

  it("puts aside what has to be mended, and goes on with the next", async () => {
    server.fails = [new ApiError(400, "urn:longtake:invalid", "fields.topic: is needed", { "fields.topic": "is needed" })];
    const outbox = open();
    await add(outbox, draft("d1"));
    await add(outbox, draft("d2"));
    await vi.runAllTimersAsync();
    expect(changed[0]).toMatchObject({ id: "d1", state: "refused", problems: { "fields.topic": "is needed" } });
    expect(store.kept.get("d1")?.state).toBe("refused");
    expect(sent).toEqual(["d2"]);
  });
});

describe("what failures mean", () => {
  it("waits for what passes", () => {
    for (const status of [0, 401, 429, 500, 503]) expect(verdictOf(new ApiError(status, "", "")), String(status)).toBe("later");
    for (const status of [400, 403, 404, 409]) expect(verdictOf(new ApiError(status, "", "")), String(status)).toBe("mend");
    expect(verdictOf(new DOMException("timed out", "TimeoutError"))).toBe("later");
    expect([1, 2, 3, 10].map(pauseAfter)).toEqual([1000, 2000, 4000, 30_000]);
  });
});

describe("a draft", () => {
  it("is sent without what says nothing, with people by number", () => {
    const one = draft("d1", { text: " hi @Ann ", names: { Ann: "4" }, fields: { a: "", b: 1 }, templateId: "3" });
    expect(bodyOf(one)).toEqual({ channelId: "7", at: "2026-11-21T10:00:00.000Z", templateId: "3", fields: { b: 1 }, text: "hi <@4>", tags: [] });
    expect(saysNothing(draft("d1", { text: " \n" }))).toBe(true);
    expect(saysNothing(draft("d1", { text: "", tags: ["x"] }))).toBe(false);
  });
});
