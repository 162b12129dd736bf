// Pictures that are kept: the one on the screen, as recorded, there when the footage has gone.

import { afterAll, beforeAll, expect, test } from "vitest";
import { keptFiles } from "../support/clips.ts";
import { counterOf, grayPictures, type GrayPicture } from "../support/media.ts";
import { addPerson } from "../support/people.ts";
import { waitFor } from "../support/process.ts";
import { type Channel, Server } from "../support/server.ts";
import { noon, startWithFootage } from "./imported.ts";
import { frameLength, instant, microseconds, second } from "./instants.ts";

type Screenshot = { id: string; channelId: string; channel: string; at: string; author: string; bytes: number; file: string; burnedIn: string };

let server: Server;
let channel: Channel;

beforeAll(async () => {
  ({ server, channel } = await startWithFootage());
});
afterAll(async () => {
  await server?.stop();
});

const keep = (at: number, by: Pick<Server, "ask"> = server): Promise<Screenshot> =>
  by.ask<Screenshot>("POST", "/screenshots", { channelId: channel.id, at: instant(at) });
const fileOf = (shot: Screenshot): Promise<Buffer> => server.bytes(shot.file.replace("/api/v1", ""));
const whole = async (bytes: Buffer): Promise<GrayPicture> => {
  const [picture] = await grayPictures(bytes);
  if (!picture) throw new Error("no picture");
  return picture;
};
/** How many pixels differ, and within which edges. */
function differencesOf(one: GrayPicture, other: GrayPicture): { count: number; left: number; right: number; top: number; bottom: number } {
  const places = [...one.gray.keys()].filter((i) => one.gray[i] !== other.gray[i]);
  const [xs, ys] = [places.map((i) => i % one.width), places.map((i) => Math.floor(i / one.width))];
  return { count: places.length, left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

test("it is the picture displayed at the instant, to the frame, between keyframes too", async () => {
  for (const frame of [0, 37, 38, 49, 50, 51, 199]) {
    const shot = await keep(noon + frame * frameLength + frameLength / 2);
    expect(microseconds(shot.at), "the picture's own instant").toBe(noon + frame * frameLength);
    expect((await counterOf(await fileOf(shot))).frame).toBe(frame);
  }
});

test("it is lossless, at recorded resolution, under a name that says channel and local time", async () => {
  const shot = await keep(noon + second);
  const bytes = await fileOf(shot);
  const exact = await server.bytes(`/channels/${channel.id}/frame.png?at=${instant(noon + second)}`);
  expect(bytes.equals(exact)).toBe(true);
  expect(bytes.length).toBe(shot.bytes);
  const head = await server.fetch(`/screenshots/${shot.id}/file.png?download=1`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-type")]).toEqual([200, "image/png"]);
  expect(head.headers.get("content-disposition")).toBe("attachment; filename=\"Import 2026-01-15 12-00-01.png\"; filename*=UTF-8''Import%202026-01-15%2012-00-01.png");
});

test("channel and local time are written into a copy of it; what is kept stays as it was", async () => {
  const shot = await keep(noon + second);
  const kept = await fileOf(shot);
  const copy = async (): Promise<{ picture: GrayPicture; tag: string | null; bytes: Buffer }> => {
    const answer = await server.fetch(shot.burnedIn.replace("/api/v1", ""));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/png"]);
    const bytes = Buffer.from(await answer.arrayBuffer());
    return { picture: await whole(bytes), tag: answer.headers.get("etag"), bytes };
  };
  const [plain, first] = [await whole(kept), await copy()];
  expect((await counterOf(first.bytes)).frame, "the picture itself").toBe(25);
  const changed = differencesOf(plain, first.picture);
  expect(changed.count).toBeGreaterThan(500);
  expect([changed.left < 20, changed.right < 320, changed.top > 150, changed.bottom > 160], "in its lower left corner").toEqual([true, true, true, true]);
  await server.ask("PATCH", `/channels/${channel.id}`, { name: "Первый" });
  const renamed = await copy();
  expect(renamed.tag).not.toBe(first.tag);
  expect(differencesOf(first.picture, renamed.picture).count, "another name").toBeGreaterThan(50);
  await server.ask("PATCH", `/channels/${channel.id}`, { name: "Import" });
  const head = await server.fetch(`/screenshots/${shot.id}/burned-in.png?download=1`, { method: "HEAD" });
  expect(head.headers.get("content-disposition")).toMatch(/^attachment; filename="Import 2026-01-15 12-00-01.png"/);
  expect((await server.fetch(`/screenshots/${shot.id}/burned-in.png`, { headers: { "If-None-Match": head.headers.get("etag") ?? "" } })).status).toBe(304);
  expect((await server.call("GET", `/screenshots/${shot.id}/burned-in.png?download=2`)).status).toBe(400);
  expect((await fileOf(shot)).equals(kept)).toBe(true);
});

test("where nothing is recorded there is none", async () => {
  const before = keptFiles(server);
  const answer = await server.call<{ type: string }>("POST", "/screenshots", { channelId: channel.id, at: instant(noon - 60 * second) });
  expect([answer.status, answer.body.type]).toEqual([404, "urn:longtake:not-recorded"]);
  expect((await server.call("POST", "/screenshots", { channelId: "999", at: instant(noon) })).status).toBe(404);
  expect((await server.call("POST", "/screenshots", { channelId: channel.id, at: "yesterday" })).status).toBe(400);
  expect(keptFiles(server)).toEqual(before);
});

test("they are listed by channel, person and time, page by page; their own and managers remove them", async () => {
  const [ann, bob] = [await addPerson(server, "ann", "editor"), await addPerson(server, "bob", "editor")];
  const boss = await addPerson(server, "boss", "manager");
  const [one, two] = [await keep(noon + second, ann), await keep(noon + 2 * second, ann)];
  const list = async (query: string): Promise<string[]> => (await server.ask<{ items: Screenshot[] }>("GET", `/screenshots?${query}`)).items.map((shot) => shot.id);
  const { id: author } = await ann.ask<{ id: string }>("GET", "/me");
  expect(await list(`authorId=${author}`)).toEqual([two.id, one.id]);
  expect(await list(`authorId=${author}&channelId=${channel.id}&from=${instant(noon + 2 * second)}`)).toEqual([two.id]);
  expect(await list(`authorId=${author}&to=${instant(noon + 2 * second)}`)).toEqual([one.id]);
  const page = await server.ask<{ items: Screenshot[]; next: string }>("GET", `/screenshots?authorId=${author}&limit=1`);
  expect([page.items[0]?.id, await list(`authorId=${author}&limit=1&cursor=${page.next}`)]).toEqual([two.id, [one.id]]);
  const files = keptFiles(server).length;
  expect((await bob.call("DELETE", `/screenshots/${one.id}`)).status).toBe(403);
  expect((await ann.call("DELETE", `/screenshots/${one.id}`)).status).toBe(204);
  expect((await boss.call("DELETE", `/screenshots/${two.id}`)).status).toBe(204);
  expect((await ann.call("GET", `/screenshots/${one.id}/file.png`)).status).toBe(404);
  expect(keptFiles(server).length).toBe(files - 2);
});

test("it stays when the footage has expired", async () => {
  const shot = await keep(noon + 3 * second);
  await server.ask("PATCH", `/channels/${channel.id}`, { retention: { maxAgeHours: 1 } });
  await waitFor("the footage to expire", async () => (await server.fetch(`/channels/${channel.id}/frame.png?at=${instant(noon + 3 * second)}`)).status === 404, { timeoutMs: 60_000, everyMs: 500 });
  expect((await counterOf(await fileOf(shot))).frame).toBe(75);
  const found = await server.command(["check"]);
  expect(found.stdout.toString()).not.toContain("blobs/");
});
