// Clips: exact to the picture, made once whatever happens meanwhile, there when the footage has gone.

import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askForClip, clipIs, cutClip, fileOf, isReady, keptFiles, type Clip } from "../support/clips.ts";
import { complaintsOf, framesOf, probe } from "../support/media.ts";
import { Listener, addPerson, superadmin } from "../support/people.ts";
import { waitFor } from "../support/process.ts";
import { Server, addChannel, type Channel } from "../support/server.ts";
import { makeFootage } from "../support/sources.ts";
import { footageEnd, noon, numbers, part, startWithFootage } from "./imported.ts";
import { instant, microseconds, second } from "./instants.ts";

type Problem = { type: string; detail: string; errors?: { field: string; message: string }[] };

let server: Server;
let channel: Channel;

beforeAll(async () => {
  ({ server, channel } = await startWithFootage());
});
afterAll(async () => {
  await server?.stop();
});

const between = (from: number, to: number, more = {}): object => part(channel, from, to, more);

describe("a clip", () => {
  test("shows the in-point first and the out-point last, between keyframes and over reordered pictures", async () => {
    const clip = await cutClip(server, between(1.4, 3.2, { title: "The goal", tags: ["sport", " goal ", "sport"] }));
    expect(clip).toMatchObject({ channel: "Import", title: "The goal", tags: ["sport", "goal"], author: "tester", missing: [] });
    expect([clip.shownFrom, clip.shownTo].map((at) => microseconds(at ?? ""))).toEqual([noon + 1.4 * second, noon + 3.2 * second]);
    const bytes = await fileOf(server, clip);
    expect(bytes.length).toBe(clip.bytes);
    expect(await framesOf(bytes)).toEqual(numbers(35, 80));
    const address = { url: server.url + (clip.file ?? ""), headers: server.session };
    expect(await complaintsOf(address)).toBe("");
    const { streams } = await probe(address);
    expect(streams.map((stream) => stream.codec_type).sort()).toEqual(["audio", "video"]);
  });

  test("is the very film that the range gives, byte by byte", async () => {
    const clip = await cutClip(server, between(2, 5));
    const film = await server.bytes(`/channels/${channel.id}/video.mp4?from=${instant(noon + 2 * second)}&to=${instant(noon + 5 * second)}`);
    expect((await fileOf(server, clip)).equals(film)).toBe(true);
  });

  test("answers ranges, conditions and HEAD, under a name that says channel and local time", async () => {
    const clip = await cutClip(server, between(1, 2));
    const path = (clip.file ?? "").replace("/api/v1", "");
    const head = await server.fetch(path, { method: "HEAD" });
    expect([head.status, Number(head.headers.get("content-length"))]).toEqual([200, clip.bytes]);
    expect(head.headers.get("content-disposition")).toBe("inline; filename=\"Import 2026-01-15 12-00-01.mp4\"; filename*=UTF-8''Import%202026-01-15%2012-00-01.mp4");
    const saved = await server.fetch(`${path}?download=1`, { method: "HEAD" });
    expect(saved.headers.get("content-disposition")).toMatch(/^attachment; /);
    const part = await server.fetch(path, { headers: { Range: "bytes=4-7" } });
    expect([part.status, Buffer.from(await part.arrayBuffer()).toString()]).toEqual([206, "ftyp"]);
    const same = await server.fetch(path, { headers: { "If-None-Match": head.headers.get("etag") ?? "" } });
    expect(same.status).toBe(304);
    const poster = await server.fetch((clip.poster ?? "").replace("/api/v1", ""));
    expect([poster.status, poster.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
  });

  test("says what is missing, and why, as far as it is known", async () => {
    const clip = await cutClip(server, { ...between(6, 7), to: instant(footageEnd + 4 * second) });
    expect(await framesOf(await fileOf(server, clip))).toEqual(numbers(150, 200));
    expect(clip.missing).toHaveLength(1);
    expect(microseconds(clip.missing?.[0]?.from ?? "")).toBe(footageEnd);
    expect(microseconds(clip.missing?.[0]?.to ?? "")).toBe(footageEnd + 4 * second);
  });

  test("fails with its reason where nothing is recorded, and may be tried again", async () => {
    const asked = await askForClip(server, between(-100, -90));
    const failed = await clipIs(server, asked.id, (clip) => clip.state === "failed");
    expect(failed.failure?.kind).toBe("not-recorded");
    const file = await server.call<Problem>("GET", `/clips/${asked.id}/file.mp4`);
    expect([file.status, file.body.type]).toEqual([409, "urn:longtake:clip-not-ready"]);
    expect((await server.ask<Clip>("POST", `/clips/${asked.id}/actions/retry`)).state).toBe("queued");
    await clipIs(server, asked.id, (clip) => clip.state === "failed");
    const ready = await cutClip(server, between(1, 2));
    expect((await server.call("POST", `/clips/${ready.id}/actions/retry`)).status).toBe(409);
    expect((await server.call("POST", `/clips/${ready.id}/actions/cancel`)).status).toBe(409);
  });

  test("whose end lies ahead waits for it, and can be cancelled", async () => {
    const now = Date.now() * 1000;
    const asked = await askForClip(server, { channelId: channel.id, from: instant(now - 5 * second), to: instant(now + 300 * second) });
    expect(asked.state).toBe("queued");
    expect((await server.ask<Clip>("POST", `/clips/${asked.id}/actions/cancel`)).state).toBe("cancelled");
    expect((await server.call("POST", `/clips/${asked.id}/actions/cancel`)).status).toBe(409);
  });

  test("is made once for one Idempotency-Key", async () => {
    const init = { method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": "twice" }, body: JSON.stringify(between(1, 2)) };
    const [first, second] = [await server.fetch("/clips", init), await server.fetch("/clips", init)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await second.text()).toBe(await first.text());
  });
});

describe("over a gap and over a change of codec", () => {
  let broken: Channel;
  beforeAll(async () => {
    broken = await addChannel(server, "Broken", "http://127.0.0.1:9/none.m3u8", { start: false });
    const file = await makeFootage("import.mp4", { bframes: 2, seconds: 8 });
    const small = await makeFootage("small.mp4", { seconds: 8, size: "320x180" });
    await server.halt();
    for (const [name, at] of [[file, noon], [file, noon + 20 * second], [small, noon + 40 * second]] as const) {
      const done = await server.command(["import", "Broken", name, "--at", instant(at)]);
      if (done.code !== 0) throw new Error(done.stderr);
    }
    await server.resume();
  });

  test("the film goes on after the gap, which is told", async () => {
    const clip = await cutClip(server, { ...between(6, 22), channelId: broken.id });
    expect(await framesOf(await fileOf(server, clip))).toEqual([...numbers(150, 200), ...numbers(0, 50)]);
    expect(clip.missing?.map((gap) => [microseconds(gap.from), microseconds(gap.to)])).toEqual([[footageEnd, noon + 20 * second]]);
    expect(await complaintsOf({ url: server.url + (clip.file ?? ""), headers: server.session })).toBe("");
  });

  test("a change of codec settings fails it, naming the instant", async () => {
    const asked = await askForClip(server, { ...between(22, 42), channelId: broken.id });
    const failed = await clipIs(server, asked.id, (clip) => clip.state === "failed");
    expect(failed.failure?.kind).toBe("codec-change");
    expect(failed.failure?.detail).toContain("change at 2026-01-15T12:00:40Z");
  });

  test("several channels in one go", async () => {
    const { items } = await server.ask<{ items: Clip[] }>("POST", "/clips", { ...between(1, 2), channelId: undefined, channelIds: [channel.id, broken.id] });
    expect(items.map((clip) => clip.channelId)).toEqual([channel.id, broken.id]);
    for (const clip of items) expect(await framesOf(await fileOf(server, await clipIs(server, clip.id, isReady)))).toEqual(numbers(25, 50));
  });
});

describe("the registry", () => {
  test("lists by channel, tag, author and period, page by page", async () => {
    const one = await cutClip(server, between(3, 4, { tags: ["listed"] }));
    const two = await cutClip(server, between(5, 6, { tags: ["listed", "second"] }));
    const list = async (query: string): Promise<string[]> =>
      (await server.ask<{ items: Clip[] }>("GET", `/clips?${query}`)).items.map((clip) => clip.id);
    expect(await list("tag=listed")).toEqual([two.id, one.id]);
    expect(await list("tag=second")).toEqual([two.id]);
    expect(await list(`tag=listed&channelId=${channel.id}&authorId=${one.authorId}`)).toEqual([two.id, one.id]);
    expect(await list("tag=listed&channelId=999")).toEqual([]);
    expect(await list(`tag=listed&from=${instant(noon + 4 * second)}`)).toEqual([two.id]);
    expect(await list(`tag=listed&to=${instant(noon + 5 * second)}`)).toEqual([one.id]);
    const page = await server.ask<{ items: Clip[]; next: string | null }>("GET", "/clips?tag=listed&limit=1");
    expect([page.items[0]?.id, await list(`tag=listed&limit=1&cursor=${page.next}`)]).toEqual([two.id, [one.id]]);
  });

  test("renames and tags, without overwriting what somebody else wrote", async () => {
    const clip = await cutClip(server, between(1, 2));
    const { headers } = await server.call("GET", `/clips/${clip.id}`);
    const edit = (title: string, tag: string | null): Promise<Response> =>
      server.fetch(`/clips/${clip.id}`, { method: "PATCH", headers: { "Content-Type": "application/json", "If-Match": tag ?? "" }, body: JSON.stringify({ title, tags: ["a"] }) });
    const first = await edit("First", headers.get("etag"));
    expect([first.status, ((await first.json()) as Clip).title]).toEqual([200, "First"]);
    expect((await edit("Second", headers.get("etag"))).status).toBe(412);
    expect((await edit("Third", first.headers.get("etag"))).status).toBe(200);
  });

  test("belongs to who made them and to managers", async () => {
    const [ann, bob] = [await addPerson(server, "ann", "editor"), await addPerson(server, "bob", "editor")];
    const boss = await addPerson(server, "boss", "manager");
    const clip = await cutClip(ann, between(1, 2));
    expect((await bob.call("GET", `/clips/${clip.id}`)).status).toBe(200);
    for (const [method, path, body] of [["PATCH", "", { title: "x" }], ["DELETE", "", undefined], ["POST", "/actions/retry", undefined], ["POST", "/actions/cancel", undefined]] as const)
      expect((await bob.call(method, `/clips/${clip.id}${path}`, body)).status, `${method} ${path}`).toBe(403);
    expect((await ann.call("PATCH", `/clips/${clip.id}`, { title: "own" })).status).toBe(200);
    expect((await boss.call("DELETE", `/clips/${clip.id}`)).status).toBe(204);
    expect((await ann.call("GET", `/clips/${clip.id}`)).status).toBe(404);
    expect(keptFiles(server).filter((file) => file === clip.storedAt)).toEqual([]);
  });

  test("names what is wrong with a request", async () => {
    const wrong = async (body: object): Promise<string[]> => {
      const answer = await server.call<Problem>("POST", "/clips", body);
      expect(answer.status).toBe(400);
      return answer.body.errors?.map((error) => error.field) ?? [answer.body.detail];
    };
    expect(await wrong({ from: instant(noon), to: instant(noon + second) })).toEqual(["channelId"]);
    expect(await wrong(between(2, 1))).toEqual(["to"]);
    expect(await wrong({ ...between(1, 2), channelIds: [channel.id] })).toEqual(["channelIds"]);
    expect(await wrong(between(1, 2, { tags: ["x".repeat(51)] }))).toEqual(["tags"]);
    expect(await wrong(between(0, 7201))).toEqual(["to: a clip is at most 120 minutes long"]);
    const now = Date.now() * 1000;
    expect(await wrong({ channelId: channel.id, from: instant(now), to: instant(now + 700 * second) })).toEqual(["to: at most 10 minutes ahead of now"]);
    expect((await server.call("POST", "/clips", { ...between(1, 2), channelId: "999" })).status).toBe(404);
  });

  test("tells open pages how it goes", async () => {
    const listener = await Listener.open(await superadmin(server));
    const clip = await cutClip(server, between(1, 2));
    const told = (): Clip[] => listener.events.filter((event) => event.event === "clip").map((event) => JSON.parse(event.data) as Clip).filter((one) => one.id === clip.id);
    await waitFor("the ready clip to be told", () => told().some((one) => one.state === "ready"));
    const order = ["queued", "cutting", "ready"];
    const places = told().map((one) => order.indexOf(one.state));
    expect(places, "never back").toEqual([...places].sort());
    await server.ask("DELETE", `/clips/${clip.id}`);
    expect(JSON.parse((await listener.until("clip-removed")).data)).toEqual({ id: clip.id });
    listener.close();
  });
});

describe("a file that cannot be removed", () => {
  test("keeps neither its clip, nor its picture, nor the server from going on", async () => {
    const listener = await Listener.open(await superadmin(server));
    const clip = await cutClip(server, between(1, 2));
    await server.ask("POST", "/screenshots", { channelId: channel.id, at: instant(noon + second) });
    const pictures = await server.ask<{ items: { id: string }[] }>("GET", "/screenshots");
    const picture = pictures.items[0]?.id ?? "";
    const files = [clip.storedAt ?? "", keptFiles(server).find((file) => file.includes("/screenshots/")) ?? ""].map((file) => join(server.data, "blobs", file));
    // A folder with something in it where the file was.
    for (const file of files) {
      rmSync(file);
      mkdirSync(join(file, "full"), { recursive: true });
    }
    expect((await server.call("DELETE", `/clips/${clip.id}`)).status).toBe(204);
    expect(JSON.parse((await listener.until("clip-removed")).data)).toEqual({ id: clip.id });
    expect((await server.call("DELETE", `/screenshots/${picture}`)).status).toBe(204);
    listener.close();
    await server.halt();
    await server.resume();
    expect((await server.call("GET", `/clips/${clip.id}`)).status).toBe(404);
    for (const file of files) {
      rmSync(file, { recursive: true });
      writeFileSync(file, "left behind");
    }
    await server.halt();
    await server.resume();
    expect(files.filter((file) => existsSync(file)), "the next start removes it").toEqual([]);
  });
});

describe("for whoever has no account", () => {
  test("a signed link opens the file, and nothing else", async () => {
    const clip = await cutClip(server, between(1, 2));
    const { url } = await server.ask<{ url: string }>("POST", `/clips/${clip.id}/links`, { expiresInSeconds: 600 });
    const get = (path: string): Promise<Response> => fetch(server.url + path);
    const film = await get(url);
    expect([film.status, Buffer.from(await film.arrayBuffer()).length]).toEqual([200, clip.bytes]);
    expect((await get(url.replace("file.mp4", "poster.jpg"))).status).toBe(403);
    const other = await cutClip(server, between(2, 3));
    expect((await get(url.replace(`/clips/${clip.id}/`, `/clips/${other.id}/`))).status).toBe(403);
    expect((await get(url.replace(/expires=\d+/, "expires=4000000000"))).status).toBe(403);
    expect((await get(url.replace(/\?.*/, ""))).status).toBe(401);
    const ended = await server.ask<{ url: string }>("POST", "/clips/" + clip.id + "/links", {});
    await server.ask("POST", "/signing-keys", { endOpenLinks: true });
    expect((await get(ended.url)).status).toBe(403);
  });

  test("a share plays when the footage has expired, until the clip goes", async () => {
    const kept = await addChannel(server, "Expires", "http://127.0.0.1:9/none.m3u8", { start: false });
    const file = await makeFootage("import.mp4", { bframes: 2, seconds: 8 });
    await server.halt();
    const imported = await server.command(["import", "Expires", file, "--at", instant(noon)]);
    expect(imported.stderr).toBe("");
    await server.resume();
    const clip = await cutClip(server, { ...between(1, 3), channelId: kept.id });
    const made = await server.ask<{ url: string; share: { id: string; clipId: string } }>("POST", "/shares", { clipId: clip.id, title: "For you" });
    expect(made.share.clipId).toBe(clip.id);
    await server.ask("PATCH", `/channels/${kept.id}`, { retention: { maxAgeHours: 1 } });
    const view = `/channels/${kept.id}/video.mp4?from=${instant(noon + second)}&to=${instant(noon + 2 * second)}`;
    await waitFor("the footage to expire", async () => (await server.fetch(view)).status === 404, { timeoutMs: 60_000, everyMs: 500 });
    expect(await framesOf(await fileOf(server, clip))).toEqual(numbers(25, 75));
    await server.ask("DELETE", `/channels/${kept.id}`);
    const visit = async (): Promise<{ status: number; body: { video?: string; poster?: string; title: string; channel: string } }> => {
      const answer = await fetch(`${server.url}/api/v1/shared/${made.url.replace("/s/", "")}`);
      return { status: answer.status, body: (await answer.json()) as never };
    };
    const { body } = await visit();
    expect(body).toMatchObject({ title: "For you", channel: "Expires" });
    const film = await fetch(server.url + (body.video ?? ""));
    expect(await framesOf(Buffer.from(await film.arrayBuffer()))).toEqual(numbers(25, 75));
    expect((await fetch(server.url + (body.poster ?? ""))).headers.get("content-type")).toBe("image/jpeg");
    await server.ask("DELETE", `/clips/${clip.id}`);
    expect((await visit()).status).toBe(410);
    expect((await fetch(server.url + (body.video ?? ""))).status).toBe(410);
  });

  test("what is not ready is not shared", async () => {
    const asked = await askForClip(server, between(-100, -90));
    expect((await server.call("POST", "/shares", { clipId: asked.id })).status).toBe(409);
    expect((await server.call("POST", "/shares", { clipId: "999999" })).status).toBe(404);
  });
});

describe("whatever happens to the server", () => {
  let slow: Server;
  let from: Channel;
  beforeAll(async () => {
    // So slow that a clip takes minutes: whatever is done to the server is done in the middle of it.
    const file = await makeFootage("import.mp4", { bframes: 2, seconds: 8 });
    slow = await Server.start({ env: { LONGTAKE_CLIPS_BYTES_PER_SECOND: "2000", LONGTAKE_CLIPS_WAITING: "2" } });
    from = await addChannel(slow, "Import", "http://127.0.0.1:9/none.m3u8", { start: false });
    await slow.halt();
    const imported = await slow.command(["import", "Import", file, "--at", instant(noon)]);
    expect(imported.stderr).toBe("");
    await slow.resume();
  });
  afterAll(async () => {
    await slow?.stop();
  });
  const whole = (): object => ({ channelId: from.id, from: instant(noon), to: instant(noon + 2 * second) });
  const isBeingCut = (clip: Clip): boolean => clip.state === "cutting" && keptFiles(slow).length > 0;
  const films = (): string[] => keptFiles(slow).filter((file) => file.endsWith(".mp4"));

  test("so many at once and no more; a cancel leaves nothing", async () => {
    const asked = [await askForClip(slow, whole()), await askForClip(slow, whole())];
    const third = await slow.call<Problem>("POST", "/clips", whole());
    expect([third.status, third.body.type]).toEqual([429, "urn:longtake:too-many"]);
    for (const clip of asked) {
      await clipIs(slow, clip.id, (one) => one.state === "cutting");
      await slow.ask("POST", `/clips/${clip.id}/actions/cancel`);
    }
    await waitFor("the cutters to give up", () => keptFiles(slow).length === 0);
    for (const clip of asked) expect((await slow.ask<Clip>("GET", `/clips/${clip.id}`)).state).toBe("cancelled");
  });

  test("killed in the middle, there is one file afterwards, and it is whole", async () => {
    const asked = await askForClip(slow, whole());
    await clipIs(slow, asked.id, isBeingCut);
    await slow.halt("SIGKILL");
    expect(films()).toHaveLength(1);
    const fast = await Server.start({ data: slow.data, port: slow.port });
    try {
      const clip = await clipIs(fast, asked.id, isReady);
      expect(films()).toEqual([clip.storedAt]);
      expect(await framesOf(await fast.bytes(`/clips/${clip.id}/file.mp4`))).toEqual(numbers(0, 50));
    } finally {
      await fast.halt();
    }
    await slow.resume();
  });

  test("asked to stop in the middle, it stops soon and goes on after the start", async () => {
    const before = films();
    const asked = await askForClip(slow, whole());
    await clipIs(slow, asked.id, (clip) => clip.state === "cutting" && films().length > before.length);
    const began = Date.now();
    const exit = await slow.halt();
    expect(exit).toMatchObject({ code: 0 });
    expect(Date.now() - began, "the promise of every stop").toBeLessThan(10_000);
    expect(films()).toEqual(before);
    const fast = await Server.start({ data: slow.data, port: slow.port });
    try {
      const clip = await clipIs(fast, asked.id, isReady);
      expect(films()).toEqual([...before, clip.storedAt].sort());
    } finally {
      await fast.halt();
    }
    await slow.resume();
  });
});
