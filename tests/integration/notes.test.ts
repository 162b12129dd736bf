// Notes over HTTP: made once whatever happens to network and server, told to open pages, found in three languages,
// named when something is missing, kept as they were before each edit.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../support/process.ts";
import { Browser, addPerson, superadmin, type Me, type Problem } from "../support/people.ts";
import { Server } from "../support/server.ts";

type Note = {
  id: string; channelId: string; channel: string; at: string; fields: Record<string, unknown>; text: string; tags: string[];
  authorId: string; author: string; mentions: { id: string; name: string }[]; version: number;
};
type Page<T> = { items: T[]; next: string | null };
type Template = { id: string; name: string; version: number; isDefault: boolean; channelIds: string[] };

let server: Server;
let root: Browser;
let manager: Browser;
let ann: Browser;
let bob: Browser;
let reader: Browser;
let channel: string;
let other: string;
const person = new Map<Browser, Me>();

const at = (second: number): string => new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString();
const idOf = (who: Browser): string => person.get(who)?.id ?? "";
const write = (who: Browser, body: object, key = "") => who.call<Note>("POST", "/notes", { channelId: channel, ...body }, key ? { "Idempotency-Key": key } : {});
const said = async (who: Browser, body: object): Promise<Note> => {
  const { status, body: note } = await write(who, body);
  expect(status, JSON.stringify(note)).toBe(201);
  return note;
};
const texts = async (who: Browser, query = ""): Promise<string[]> => (await who.ask<Page<Note>>("GET", `/notes?${query}`)).items.map(({ text }) => text);
const search = (who: Browser, words: string): Promise<string[]> => texts(who, `search=${encodeURIComponent(words)}`);

beforeAll(async () => {
  server = await Server.start();
  root = await superadmin(server);
  const add = async (name: string, role: string): Promise<Browser> => {
    const browser = await addPerson(server, name, role);
    person.set(browser, await browser.ask<Me>("GET", "/me"));
    return browser;
  };
  manager = await add("manager", "manager");
  ann = await add("ann", "editor");
  bob = await add("bob", "editor");
  reader = await add("reader", "reader");
  const make = async (name: string): Promise<string> => (await root.ask<{ id: string }>("POST", "/channels", { name, source: { url: "http://127.0.0.1:9/x.m3u8" }, start: false })).id;
  channel = await make("Seven");
  other = await make("Eight");
});
afterAll(() => server?.stop());

describe("a note", () => {
  test("is made once with its key, also when the server was killed in between", async () => {
    const body = { at: at(1), text: "made once", tags: ["kept"] };
    const first = await write(ann, body, "key-one");
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ text: "made once", channel: "Seven", author: "ann", authorId: idOf(ann), version: 1 });
    const again = await write(ann, body, "key-one");
    expect([again.status, again.body]).toEqual([200, first.body]);
    await server.halt("SIGKILL");
    await server.resume();
    root = await superadmin(server); // it had the session of the server before
    const later = await write(ann, body, "key-one");
    expect([later.status, later.body]).toEqual([200, first.body]);
    expect((await write(ann, { ...body, text: "another" }, "key-one")).status).toBe(409);
    expect(await search(ann, "made once")).toEqual(["made once"]);
    const { items } = await manager.ask<Page<{ action: string; thingId: string }>>("GET", "/audit?action=note.create");
    expect(items.filter(({ thingId }) => thingId === first.body.id)).toHaveLength(1);
  });

  test("is made once when it is sent many times at once", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => write(ann, { at: at(2), text: "all at once" }, "key-two")));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.every(({ status }) => status === 200 || status === 201)).toBe(true);
    expect(await search(ann, "\"all at once\"")).toHaveLength(1);
  });

  test("is edited by who wrote it or leads; what it said before stays", async () => {
    const note = await said(ann, { at: at(3), text: "first words" });
    expect((await bob.call("PATCH", `/notes/${note.id}`, { text: "taken over" })).status).toBe(403);
    expect((await bob.call("DELETE", `/notes/${note.id}`)).status).toBe(403);
    const edited = await ann.call<Note>("PATCH", `/notes/${note.id}`, { text: "second words", at: at(4) }, { "If-Match": '"1"' });
    expect([edited.status, edited.headers.get("ETag"), edited.body.at]).toEqual([200, '"2"', at(4).replace(".000Z", "Z")]);
    expect((await ann.call("PATCH", `/notes/${note.id}`, { text: "late" }, { "If-Match": '"1"' })).status).toBe(412);
    expect((await manager.call<Note>("PATCH", `/notes/${note.id}`, { tags: ["checked"] })).body).toMatchObject({ authorId: idOf(ann), version: 3, text: "second words" });
    const { items } = await bob.ask<Page<{ version: number; text: string; writtenBy: { name: string } }>>("GET", `/notes/${note.id}/revisions`);
    expect(items.map(({ version, text, writtenBy }) => [version, text, writtenBy.name])).toEqual([[2, "second words", "ann"], [1, "first words", "ann"]]);
    expect(await search(ann, "first words")).not.toContain("first words");
    expect((await manager.call("DELETE", `/notes/${note.id}`)).status).toBe(204);
    expect((await ann.call("GET", `/notes/${note.id}`)).status).toBe(404);
  });

  test("mentions colleagues by number, and says their names of today", async () => {
    const note = await said(ann, { at: at(5), text: `ask <@${idOf(bob)}> and <@999999>` });
    expect(note.mentions).toEqual([{ id: idOf(bob), name: "bob" }]);
    expect(await texts(bob, "mentions=me")).toEqual([note.text]);
    expect(await texts(ann, "mentions=me")).toEqual([]);
    await bob.ask("PATCH", "/me", { name: "Roberto" });
    expect((await ann.ask<Note>("GET", `/notes/${note.id}`)).mentions).toEqual([{ id: idOf(bob), name: "Roberto" }]);
    const { items } = await ann.ask<Page<{ id: string; name: string }>>("GET", "/colleagues");
    expect(items).toContainEqual({ id: idOf(bob), name: "Roberto" });
  });

  test("is nothing that readers get", async () => {
    for (const path of ["/notes", "/note-templates", "/note-tags", "/colleagues"]) expect((await reader.call("GET", path)).status, path).toBe(403);
  });
});

describe("a template", () => {
  test("names what is missing and what is wrong, by the field", async () => {
    const fields = [
      { key: "topic", label: "Topic", kind: "choice", required: true, options: [{ value: "War", hotkey: "w" }, { value: "Sport" }] },
      { key: "marks", label: "Marks", kind: "tag", options: [{ value: "lie" }] },
      { key: "who", label: "Who", kind: "person" },
    ];
    const made = await manager.call<Template>("POST", "/note-templates", { name: "Desk", fields, isDefault: true });
    expect(made.status).toBe(201);
    const templateId = made.body.id;
    const refused = await write(ann, { at: at(6), templateId, fields: { marks: ["truth"], who: "999999" }, text: "incomplete" });
    expect(refused.status).toBe(400);
    const problem = refused.body as unknown as Problem;
    expect(problem.errors?.map(({ field }) => field).sort()).toEqual(["fields.marks", "fields.topic", "fields.who"]);
    const note = await said(ann, { at: at(6), templateId, fields: { topic: "War", marks: ["lie"], who: idOf(bob) }, tags: ["free"] });
    expect(note.tags.sort()).toEqual(["free", "lie"]);
    expect(await texts(ann, `templateId=${templateId}`)).toEqual([""]);
    expect(await search(ann, "war")).toEqual([""]);
  });

  test("may be removed while drafts are on their way", async () => {
    const { body } = await manager.call<Template>("POST", "/note-templates", { name: "Passing", fields: [] });
    expect((await manager.call("DELETE", `/note-templates/${body.id}`, undefined, { "If-Match": '"7"' })).status).toBe(412);
    expect((await manager.call("DELETE", `/note-templates/${body.id}`, undefined, { "If-Match": '"1"' })).status).toBe(204);
    await said(ann, { at: at(7), templateId: body.id, text: "typed offline" });
  });

  test("is the managers' to change, and tells who came late", async () => {
    expect((await ann.call("POST", "/note-templates", { name: "Mine", fields: [] })).status).toBe(403);
    const bad = await manager.call<Problem>("POST", "/note-templates", { name: "Bad", fields: [{ key: "Two words", label: "x", kind: "text" }, { key: "c", label: "c", kind: "choice" }] });
    expect([bad.status, bad.body.errors?.map(({ field }) => field)]).toEqual([400, ["fields[0].key", "fields[1].options"]]);
    const { body } = await manager.call<Template>("POST", "/note-templates", { name: "Edited", fields: [], channelIds: [channel] });
    expect((await manager.call("PATCH", `/note-templates/${body.id}`, { name: "Renamed" }, { "If-Match": '"1"' })).status).toBe(200);
    expect((await manager.call("PATCH", `/note-templates/${body.id}`, { name: "Late" }, { "If-Match": '"1"' })).status).toBe(412);
    expect((await manager.call("POST", "/note-templates", { name: "Renamed", fields: [] })).status).toBe(409);
  });
});

describe("search", () => {
  test("finds words of three languages, without accents and by their beginning", async () => {
    await said(ann, { at: at(20), text: "El árbitro señaló penalti" });
    await said(ann, { at: at(21), text: "Ведущий ошибся в прямом эфире" });
    await said(bob, { at: at(22), text: "The referee pointed to the spot", channelId: other });
    expect(await search(bob, "ARBITRO senal")).toEqual(["El árbitro señaló penalti"]);
    expect(await search(bob, "ошибся эфи")).toEqual(["Ведущий ошибся в прямом эфире"]);
    expect(await search(bob, "refer")).toEqual(["The referee pointed to the spot"]);
    for (const odd of ["\"", "NEAR(", "a AND", "*", "marks:o1", "-", "'"]) expect(Array.isArray(await search(bob, odd)), odd).toBe(true);
  });

  test("is cut by channel, author, tag and period, in pages, newest moment first", async () => {
    expect(await texts(ann, `channelId=${other}`)).toEqual(["The referee pointed to the spot"]);
    expect(await texts(ann, `channelId=${other}&authorId=${idOf(ann)}`)).toEqual([]);
    expect(await texts(ann, `from=${at(20)}&to=${at(22)}`)).toEqual(["Ведущий ошибся в прямом эфире", "El árbitro señaló penalti"]);
    expect(await texts(ann, "tag=kept")).toEqual(["made once"]);
    const { items: tags } = await ann.ask<{ items: { tag: string; notes: number }[] }>("GET", "/note-tags");
    expect(tags).toContainEqual({ tag: "kept", notes: 1 });
    const all = await texts(ann, "limit=200");
    const paged: string[] = [];
    let cursor = "";
    do {
      const page: Page<Note> = await ann.ask("GET", `/notes?limit=2${cursor && `&cursor=${cursor}`}`);
      paged.push(...page.items.map(({ text }) => text));
      cursor = page.next ?? "";
    } while (cursor);
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThan(5);
  });
});

test("open pages are told of a colleague's note, its edit and its end; readers are not", async () => {
  const heard = (who: Browser): { texts: string[]; stop: () => void } => {
    const stop = new AbortController();
    const texts: string[] = [];
    void (async () => {
      const answer = await who.fetch("/events", { signal: stop.signal });
      const stream = answer.body?.getReader();
      for (let piece = await stream?.read(); piece && !piece.done; piece = await stream?.read()) texts.push(Buffer.from(piece.value).toString());
    })().catch(() => undefined);
    return { texts, stop: () => stop.abort() };
  };
  const [page, forbidden] = [heard(bob), heard(reader)];
  await waitFor("both streams", async () => page.texts.length > 0 && forbidden.texts.length > 0);
  const note = await said(ann, { at: at(30), text: "breaking" });
  await ann.ask("PATCH", `/notes/${note.id}`, { text: "broken" });
  await ann.call("DELETE", `/notes/${note.id}`);
  const all = () => page.texts.join("");
  await waitFor("the events", async () => all().includes("event: note-removed"));
  expect(all()).toContain('"text":"breaking"');
  expect(all()).toContain('"text":"broken"');
  await reader.ask("PATCH", "/me", { name: "Reader" }); // their own news comes after what they would have heard
  await waitFor("the reader's own event", async () => forbidden.texts.join("").includes("event: me"));
  expect(forbidden.texts.join("")).not.toContain("break");
  page.stop();
  forbidden.stop();
});

test("a person's data holds their notes, and an erased person leaves them without a name", async () => {
  const leaver = await addPerson(server, "leaver", "editor");
  const { id } = await leaver.ask<Me>("GET", "/me");
  const note = await said(leaver, { at: at(40), text: "left behind" });
  const data = await leaver.ask<{ notes: Note[] }>("GET", "/me/data");
  expect(data.notes.map(({ text }) => text)).toEqual(["left behind"]);
  expect((await root.call("DELETE", `/users/${id}`)).status).toBe(204);
  const left = await ann.ask<Note>("GET", `/notes/${note.id}`);
  expect([left.text, left.author]).toEqual(["left behind", ""]);
  expect(JSON.stringify(left)).not.toContain("leaver");
});
