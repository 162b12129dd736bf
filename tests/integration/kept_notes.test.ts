// What is kept of a moment belongs to a note, or to none; it is found by its words, and is of its maker's data.

import { afterAll, beforeAll, expect, test } from "vitest";
import { askForClip, cutClip, type Clip } from "../support/clips.ts";
import { addPerson, type Browser, Listener, type Me, type Problem, superadmin } from "../support/people.ts";
import { waitFor } from "../support/process.ts";
import { type Channel, Server } from "../support/server.ts";
import { noon, part, startWithFootage } from "./imported.ts";
import { instant, second } from "./instants.ts";

type Kept = { id: string; noteId?: string; author: string };
type Note = { id: string; screenshotIds: string[]; clipIds: string[] };

let server: Server;
let channel: Channel;
let ann: Browser;

beforeAll(async () => {
  ({ server, channel } = await startWithFootage({ env: { LONGTAKE_CLIPS_LONGEST_MINUTES: "7" } }));
  ann = await addPerson(server, "ann", "editor");
});
afterAll(async () => {
  await server?.stop();
});

const moment = (at: number): object => ({ channelId: channel.id, at: instant(noon + at * second) });
const between = (from: number, to: number, more = {}): object => part(channel, from, to, more);
const write = (text: string, by: Browser = ann): Promise<Note> => by.ask<Note>("POST", "/notes", { ...moment(1), text });
const keep = (more: object = {}, by: Browser = ann): Promise<Kept> => by.ask<Kept>("POST", "/screenshots", { ...moment(2), ...more });
const noteNow = (note: Note): Promise<Note> => ann.ask<Note>("GET", `/notes/${note.id}`);
const list = async (path: string): Promise<string[]> => (await ann.ask<{ items: Kept[] }>("GET", path)).items.map((one) => one.id);

test("a note has its pictures and clips, those have their note, and lists find them by it", async () => {
  const note = await write("The crossing");
  expect([note.screenshotIds, note.clipIds]).toEqual([[], []]);
  const shot = await keep({ noteId: note.id });
  const clip = await askForClip(ann, between(1, 2, { noteId: note.id }));
  expect([shot.noteId, clip.noteId]).toEqual([note.id, note.id]);
  const [alone, free] = [await keep(), await askForClip(ann, between(2, 3))];
  expect([alone.noteId, free.noteId]).toEqual([undefined, undefined]);
  expect(await noteNow(note)).toMatchObject({ screenshotIds: [shot.id], clipIds: [clip.id] });
  await ann.ask("PATCH", `/screenshots/${alone.id}`, { noteId: note.id });
  await ann.ask("PATCH", `/clips/${free.id}`, { noteId: note.id });
  expect(await noteNow(note)).toMatchObject({ screenshotIds: [shot.id, alone.id], clipIds: [clip.id, free.id] });
  expect(await list(`/screenshots?noteId=${note.id}`)).toEqual([alone.id, shot.id]);
  expect(await list(`/clips?noteId=${note.id}`)).toEqual([free.id, clip.id]);
  expect((await ann.ask<Kept>("PATCH", `/screenshots/${shot.id}`, { noteId: null })).noteId).toBeUndefined();
  expect((await ann.ask<Kept>("PATCH", `/clips/${clip.id}`, { noteId: null })).noteId).toBeUndefined();
  await ann.ask("DELETE", `/screenshots/${alone.id}`);
  expect(await noteNow(note)).toMatchObject({ screenshotIds: [], clipIds: [free.id] });
});

test("when the note is removed, what was kept with it stays", async () => {
  const note = await write("Removed");
  const shot = await keep({ noteId: note.id });
  const clip = await cutClip(ann, between(1, 2, { noteId: note.id }));
  await ann.ask("DELETE", `/notes/${note.id}`);
  const left = await ann.ask<Kept>("GET", `/screenshots/${shot.id}`);
  expect(left.noteId).toBeUndefined();
  expect(await ann.ask<Clip>("GET", `/clips/${clip.id}`)).toMatchObject({ state: "ready", version: clip.version + 1 });
  expect((await ann.call("GET", `/screenshots/${shot.id}/file.png`)).status).toBe(200);
});

test("a note that is not there, or of another organization, is named", async () => {
  const root = await superadmin(server);
  const { id: home } = (await root.ask<Me>("GET", "/me")).organization;
  const { id: elsewhere } = await root.ask<{ id: string }>("POST", "/organizations", { name: "Elsewhere", slug: "elsewhere" });
  const stranger = await addPerson(server, "stranger", "manager", "elsewhere");
  const there = await stranger.ask<{ id: string }>("POST", "/channels", { name: "Theirs", source: { url: "http://127.0.0.1:9/a.m3u8" }, start: false });
  const foreign = await stranger.ask<Note>("POST", "/notes", { channelId: there.id, at: instant(noon), text: "Theirs" });
  expect(elsewhere).not.toBe(home);
  const [shot, clip] = [await keep(), await askForClip(ann, between(1, 2))];
  for (const noteId of [foreign.id, "999999", "nonsense"])
    for (const [method, path, body] of [
      ["POST", "/screenshots", moment(1)], ["POST", "/clips", between(1, 2)], ["PATCH", `/screenshots/${shot.id}`, {}], ["PATCH", `/clips/${clip.id}`, {}],
    ] as const) {
      const answer = await ann.call<Problem>(method, path, { ...body, noteId });
      expect([answer.status, answer.body.detail], `${method} ${path} ${noteId}`).toEqual([404, "there is no such note"]);
    }
  expect(await stranger.ask<Note>("GET", `/notes/${foreign.id}`)).toMatchObject({ screenshotIds: [], clipIds: [] });
  const { secret } = await ann.ask<{ secret: string }>("POST", "/tokens", { name: "cuts", scopes: ["watch", "cut_clips"] });
  const note = await write("Written");
  const program = await fetch(`${server.url}/api/v1/clips/${clip.id}`, {
    method: "PATCH", headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" }, body: JSON.stringify({ noteId: note.id }),
  });
  expect(program.status, "who may not write notes").toBe(403);
});

test("only its own and managers give a picture another note", async () => {
  const shot = await keep();
  const note = await write("Whose?");
  const bob = await addPerson(server, "bob", "editor");
  expect((await bob.call("PATCH", `/screenshots/${shot.id}`, { noteId: note.id })).status).toBe(403);
  expect((await server.call("PATCH", `/screenshots/${shot.id}`, { noteId: note.id })).status).toBe(200);
});

test("open pages are told of a note that has something else with it", async () => {
  const note = await write("Live");
  const listener = await Listener.open(ann);
  const told = (): Note | undefined => listener.events.filter((event) => event.event === "note").map((event) => JSON.parse(event.data) as Note).filter((one) => one.id === note.id).at(-1);
  const shot = await keep({ noteId: note.id });
  await waitFor("the picture to be told", () => told()?.screenshotIds.includes(shot.id));
  await ann.ask("DELETE", `/screenshots/${shot.id}`);
  await waitFor("its end to be told", () => told()?.screenshotIds.length === 0);
  const clip = await askForClip(ann, between(1, 2, { noteId: note.id }));
  await waitFor("the clip to be told", () => told()?.clipIds.includes(clip.id));
  listener.close();
});

test("who edit different parts of a clip at the same time both have their way", async () => {
  const clip = await askForClip(ann, between(1, 2, { title: "Before", tags: ["before"] }));
  const note = await write("With");
  await Promise.all([
    ann.ask("PATCH", `/clips/${clip.id}`, { title: "After" }),
    ann.ask("PATCH", `/clips/${clip.id}`, { tags: ["after"] }),
    ann.ask("PATCH", `/clips/${clip.id}`, { noteId: note.id }),
  ]);
  expect(await ann.ask<Clip>("GET", `/clips/${clip.id}`)).toMatchObject({ title: "After", tags: ["after"], noteId: note.id, version: 4 });
});

test("words of title and tags find a clip, page by page, with every other filter", async () => {
  const first = await askForClip(ann, between(1, 2, { title: "Penalti señalado", tags: ["found"] }));
  const other = await askForClip(ann, between(4, 5, { title: "Another", tags: ["found penalty"] }));
  expect(await list("/clips?q=senalado")).toEqual([first.id]);
  expect(await list("/clips?q=found")).toEqual([other.id, first.id]);
  expect(await list("/clips?q=pena")).toEqual([other.id, first.id]);
  expect(await list(`/clips?q=found&channelId=${channel.id}&tag=found&to=${instant(noon + 3 * second)}`)).toEqual([first.id]);
  const page = await ann.ask<{ items: Clip[]; next: string }>("GET", "/clips?q=found&limit=1");
  expect([page.items[0]?.id, await list(`/clips?q=found&limit=1&cursor=${page.next}`)]).toEqual([other.id, [first.id]]);
  expect(await list(`/clips?q=${encodeURIComponent('found" OR *')}`)).toEqual([]);
});

test("a clip is found by the name that its author has now, and by none once they are erased", async () => {
  const cutter = await addPerson(server, "zoraida", "editor");
  const clip = await askForClip(cutter, between(1, 2, { title: "By somebody" }));
  expect(await list("/clips?q=zoraida")).toEqual([clip.id]);
  await cutter.ask("PATCH", "/me", { name: "Begoña Quintanilla" });
  expect(await list("/clips?q=zoraida")).toEqual([]);
  expect(await list("/clips?q=begona+somebody")).toEqual([clip.id]);
  const { id } = await cutter.ask<Me>("GET", "/me");
  await (await superadmin(server)).ask("DELETE", `/users/${id}`);
  expect(await list("/clips?q=quintanilla")).toEqual([]);
  expect(await list("/clips?q=somebody")).toEqual([clip.id]);
});

test("the server tells its limits, and what a clip ahead waits for", async () => {
  expect(await ann.ask("GET", "/clip-limits")).toEqual({ longestMs: 420_000, furthestMs: 600_000 });
  const ahead = await askForClip(ann, { channelId: channel.id, from: new Date().toISOString(), to: new Date(Date.now() + 300_000).toISOString() });
  expect(ahead).toMatchObject({ state: "queued", notBefore: ahead.to });
  await ann.ask("POST", `/clips/${ahead.id}/actions/cancel`);
});

test("a person's data name what they kept; when they are erased it stays, without their name", async () => {
  const eve = await addPerson(server, "eve", "editor");
  const { id } = await eve.ask<Me>("GET", "/me");
  const shot = await keep({}, eve);
  const clip = await cutClip(eve, between(1, 2, { title: "Hers" }));
  type Data = { clips: (Clip & Kept)[]; screenshots: Kept[]; notes: unknown[] };
  const data = await eve.ask<Data>("GET", "/me/data");
  expect(data.notes).toEqual([]);
  expect(data.clips.map((one) => [one.id, one.title])).toEqual([[clip.id, "Hers"]]);
  expect(data.screenshots.map((one) => one.id)).toEqual([shot.id]);
  const { items } = await eve.ask<{ items: { kind: string }[] }>("GET", "/privacy");
  expect(items.map((item) => item.kind)).toContain("clips");
  expect((await server.call("DELETE", `/users/${id}`)).status).toBe(204);
  expect(await ann.ask<Clip>("GET", `/clips/${clip.id}`)).toMatchObject({ author: "", state: "ready" });
  expect(await ann.ask<Kept>("GET", `/screenshots/${shot.id}`)).toMatchObject({ author: "" });
  expect((await ann.call("GET", `/clips/${clip.id}/file.mp4`)).status).toBe(200);
});
