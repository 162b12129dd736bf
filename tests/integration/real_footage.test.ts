// Recordings of real cameras, looped as RTMP, RTSP and HLS at once, recorded, and played back at random instants
// everywhere. The recordings lie in REAL_FOOTAGE_FOLDER; REAL_FOOTAGE_SECONDS says for how long.
// Nothing is encoded on the way, so that what comes out must decode to the very pictures of the file.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaintsOf, grayPictures, probe, type Address } from "../support/media.ts";
import { must, temporaryFolder, waitFor } from "../support/process.ts";
import { Server, addChannel, timelineOf, type Channel, type Timeline } from "../support/server.ts";
import { startHls, startRtmpServer, startRtsp, type Source } from "../support/sources.ts";
import { instant, microseconds, range, second, type Span } from "./instants.ts";

const folder = process.env.REAL_FOOTAGE_FOLDER ?? "";
const seconds = Number(process.env.REAL_FOOTAGE_SECONDS ?? 45);
const seed = Number(process.env.REAL_FOOTAGE_SEED ?? Date.now() % 1_000_000);
const files = ["car-detection", "one-by-one-person-detection", "bottle-detection"];
const protocols = ["RTMP", "RTSP", "HLS"] as const;
const kinds = files.flatMap((file) => protocols.map((protocol) => ({ name: `${file} over ${protocol}`, file, protocol })));
type Kind = (typeof kinds)[number];

/** What a file holds: its pictures as they decode, and small ones to find a still picture among. */
type Film = { rate: number; hashes: readonly string[]; places: ReadonlyMap<string, readonly number[]>; small: readonly Uint8Array[] };

let server: Server;
let place: ReturnType<typeof temporaryFolder>;
const sources: { stop(): Promise<void> }[] = [];
const films = new Map<string, Film>();
const channels = new Map<string, Channel>();

const size = { width: 64, height: 36 };
const pathOf = (file: string): string => join(folder, `${file}.mp4`);

/** A hash of every picture, as it decodes, in order. */
async function hashesOf(input: string | Address): Promise<string[]> {
  const headers = typeof input === "string" ? {} : (input.headers ?? {});
  const said = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const words = [...(said ? ["-headers", said] : []), "-i", typeof input === "string" ? input : input.url];
  const text = await must("ffmpeg", ["-v", "error", ...words, "-map", "0:v:0", "-vsync", "passthrough", "-f", "framemd5", "pipe:1"]);
  return text.toString().split("\n").filter((line) => line && !line.startsWith("#")).map((line) => line.split(",").at(-1)?.trim() ?? "");
}

async function study(file: string): Promise<Film> {
  const hashes = await hashesOf(pathOf(file));
  const places = new Map<string, number[]>();
  hashes.forEach((hash, i) => places.set(hash, [...(places.get(hash) ?? []), i]));
  const seen = await probe(pathOf(file));
  const rate = hashes.length / Number(seen.streams.find((stream) => stream.codec_type === "video")?.duration);
  return { rate, hashes, places, small: (await grayPictures(pathOf(file), size)).map((picture) => picture.gray) };
}

async function startAll(): Promise<Map<string, string>> {
  const urls = new Map<string, string>();
  const rtmp = await startRtmpServer();
  sources.push(rtmp);
  const rtsp = await startRtsp(Object.fromEntries(files.map((file) => [file, pathOf(file)])));
  sources.push(rtsp);
  await Promise.all(files.map(async (file) => {
    await rtmp.publish(file, pathOf(file));
    urls.set(`${file} over RTMP`, `${rtmp.url}/${file}`);
    urls.set(`${file} over RTSP`, `${rtsp.url}/${file}`);
    const hls: Source = await startHls(pathOf(file));
    sources.push(hls);
    urls.set(`${file} over HLS`, hls.url);
  }));
  return urls;
}

const lineOf = (channel: Channel): Promise<Timeline> =>
  timelineOf(server, channel.id, new Date(Date.now() - (seconds + 3600) * 1000), new Date(Date.now() + 60_000));
const spansIn = (line: Timeline): Span[] => line.spans.map((span) => ({ from: microseconds(span.from), to: microseconds(span.to) }));

async function prepare(): Promise<void> {
  place = temporaryFolder();
  for (const file of files) films.set(file, await study(file));
  server = await Server.start();
  const urls = await startAll();
  for (const kind of kinds) {
    channels.set(kind.name, await addChannel(server, kind.name, urls.get(kind.name) ?? "", { segmentSeconds: 20 }));
  }
  await Promise.all([...channels.values()].map((channel) =>
    waitFor(`${seconds} s of ${channel.name}`, async () => {
      const spans = spansIn(await lineOf(channel));
      return ((spans.at(-1)?.to ?? 0) - (spans[0]?.from ?? 0)) >= seconds * second;
    }, { timeoutMs: (seconds * 1.2 + 90) * 1000, everyMs: 1000 })));
}

/** Pseudo-random numbers in [0, 1): a failure can be had again with REAL_FOOTAGE_SEED. */
function dice(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many pictures, from the first on, follow each other as in the loop. */
function followed(film: Film, hashes: readonly string[]): number {
  const counts = (film.places.get(hashes[0] ?? "") ?? []).map((at) => {
    const odd = hashes.findIndex((hash, i) => film.hashes[(at + i) % film.hashes.length] !== hash);
    return odd < 0 ? hashes.length : odd;
  });
  return Math.max(0, ...counts);
}

/**
 * Whole fragments that hold a range: its pictures, each once, in order. A fragment that ends inside a group of
 * pictures ends in decoding order: of its last pictures, those that come behind the range, some may be elsewhere.
 */
function expectHeld(film: Film, hashes: readonly string[], { from, to }: Span, what: string): void {
  const right = followed(film, hashes);
  expect(right, what).toBeGreaterThanOrEqual(Math.floor(((to - from) / second) * film.rate));
  expect(right, what).toBeGreaterThanOrEqual(hashes.length - 3);
}

/** The picture of the file that a still one is, and how far it is from it (0 to 255). */
function nearest(film: Film, gray: Uint8Array): { at: number; off: number } {
  let best = { at: -1, off: 255 };
  film.small.forEach((picture, at) => {
    let sum = 0;
    for (let i = 0; i < picture.length; i++) sum += Math.abs((picture[i] ?? 0) - (gray[i] ?? 0));
    if (sum / picture.length < best.off) best = { at, off: sum / picture.length };
  });
  return best;
}

function playedBack(kind: Kind): void {
  let channel: Channel;
  let line: Timeline;
  let film: Film;
  let roll: () => number;
  beforeAll(async () => {
    channel = channels.get(kind.name) ?? channel;
    film = films.get(kind.file) ?? film;
    line = await lineOf(channel);
    roll = dice(seed + kinds.indexOf(kind));
  });
  const note = (): string => `REAL_FOOTAGE_SEED=${seed}`;
  const addressOf = (path: string): Address => ({ url: `${server.url}/api/v1${path}`, headers: server.session });

  /** A stretch inside one span. */
  function stretch(most: number): Span {
    const spans = spansIn(line).filter((span) => span.to - span.from > second);
    const span = spans[Math.floor(roll() * spans.length)];
    if (!span) throw new Error("nothing is recorded");
    const length = Math.min((1 + roll() * (most - 1)) * second, (span.to - span.from) / 2);
    const from = Math.floor(span.from + roll() * (span.to - span.from - length));
    return { from, to: from + Math.floor(length) };
  }

  test("nothing is missing but what is told", () => {
    const spans = spansIn(line);
    const [from, to] = [spans[0]?.from ?? 0, spans.at(-1)?.to ?? 0];
    const inside = line.gaps.filter((gap) => microseconds(gap.from) >= from && microseconds(gap.to) <= to);
    expect(inside.length).toBe(spans.length - 1);
    for (const gap of inside) expect([gap.cause, gap.detail], JSON.stringify(gap)).toEqual([expect.stringMatching(/^source_/), expect.stringMatching(/^[^\n]+$/)]);
    const share = spans.reduce((sum, span) => sum + span.to - span.from, 0) / (to - from);
    const turns = seconds / (film.hashes.length / film.rate);
    console.log(`${kind.name}: ${((to - from) / second).toFixed(1)} s, ${turns.toFixed(1)} turns, ${(share * 100).toFixed(3)}% recorded, ` +
      `${inside.length} gaps ${JSON.stringify(inside.map((gap) => [gap.cause, gap.detail, (microseconds(gap.to) - microseconds(gap.from)) / second]))}`);
    // The time stamps of a loop may jump at its seam, and nowhere else.
    expect(inside.length, JSON.stringify(inside)).toBeLessThanOrEqual(Math.ceil(turns));
    expect(share).toBeGreaterThan(0.95);
  });

  test("a picture at any instant is one of the file, and begins when it should", async () => {
    for (let i = 0; i < 8; i++) {
      const { from } = stretch(1);
      const answer = await server.fetch(`/channels/${channel.id}/frame.png?at=${instant(from)}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(answer.status, `${instant(from)} ${note()}: ${bytes.toString().slice(0, 200)}`).toBe(200);
      const [picture] = await grayPictures(bytes, size);
      expect(nearest(film, picture?.gray ?? new Uint8Array()).off, `${instant(from)} ${note()}`).toBeLessThan(1.5);
      const age = from - microseconds(answer.headers.get("Longtake-Instant") ?? "");
      expect(age).toBeGreaterThanOrEqual(0);
      expect(age, `${instant(from)} ${note()}`).toBeLessThanOrEqual((2 * second) / film.rate);
    }
  });

  test("an MP4 of any range holds the pictures of the file, each once, and no other", async () => {
    for (let i = 0; i < 2; i++) {
      const { from, to } = stretch(10);
      const input = addressOf(`/channels/${channel.id}/video.mp4?${range(from, to)}`);
      const what = `${range(from, to)} ${note()}`;
      const hashes = await hashesOf(input);
      expect(followed(film, hashes), what).toBe(hashes.length);
      expect(Math.abs(hashes.length - ((to - from) / second) * film.rate), what).toBeLessThanOrEqual(2);
      expect(await complaintsOf(input), what).toBe("");
    }
  });

  test("HLS of any range plays without a complaint", async () => {
    const { from, to } = stretch(10);
    const input = addressOf(`/channels/${channel.id}/hls/master.m3u8?${range(from, to)}`);
    const what = `${range(from, to)} ${note()}`;
    expectHeld(film, await hashesOf(input), { from, to }, what);
    expect(await complaintsOf(input), what).toBe("");
  });

  test("fragments of any range hold it, and sprites show it", async () => {
    const { from, to } = stretch(10);
    const what = `${range(from, to)} ${note()}`;
    const base = instant(from - 3600 * second);
    const answer = await server.fetch(`/channels/${channel.id}/media.mp4?${range(from, to)}&base=${base}`);
    expect([answer.status, microseconds(answer.headers.get("Longtake-Covered-To") ?? "") >= to], what).toEqual([200, true]);
    const file = join(place.path, `${kinds.indexOf(kind)}.mp4`);
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    expectHeld(film, await hashesOf(file), { from, to }, what);

    const sheet = await server.bytes(`/channels/${channel.id}/sprite.jpg?${range(from, from + 4 * second)}&step=1000&width=160`);
    const [cells] = await grayPictures(sheet, { width: 4 * 64, height: 36 });
    expect(cells?.gray.length).toBe(4 * 64 * 36);
    const first = Uint8Array.from({ length: 64 * 36 }, (_, i) => cells?.gray[Math.floor(i / 64) * 256 + (i % 64)] ?? 0);
    expect(nearest(film, first).off, what).toBeLessThan(4);
  });
}

if (!folder || !files.every((file) => existsSync(pathOf(file)))) {
  test.skip(`needs ${files.join(", ")} (.mp4) in ${folder || "REAL_FOOTAGE_FOLDER"}`, () => undefined);
} else {
  beforeAll(prepare, (seconds * 1.2 + 300) * 1000);
  afterAll(async () => {
    await server?.stop();
    await Promise.all(sources.map((source) => source.stop()));
    place?.remove();
  });
  for (const kind of kinds) describe(kind.name, () => playedBack(kind));
  test("after all of it the archive is sound", async () => {
    await server.halt();
    const checked = await server.command(["check", "--json"]);
    expect(checked.code, `${checked.stdout.toString()}${checked.stderr}`).toBe(0);
  });
}
