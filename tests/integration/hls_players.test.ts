// The server's HLS in players that people use: GStreamer's two, hls.js in a browser, ffmpeg. Over segment
// cuts and over a break of the source, closed and live: every picture, in order, and no complaint.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../e2e/browser.ts";
import { startProxy, type Proxy } from "../support/cookie_proxy.ts";
import { readCounter, type Counter } from "../support/counter.ts";
import { complaintsOf, countersOf } from "../support/media.ts";
import { root, waitFor } from "../support/process.ts";
import { Server, addChannel, timelineOf, type Channel } from "../support/server.ts";
import { makeFootage, startRtmpServer, type RtmpServer } from "../support/sources.ts";
import { frameLength, instant, microseconds, range, second, shownAt, type Span } from "./instants.ts";

const turn = 200; // frames of each 8 s loop
// What is broken off inside a group of B-frames ends with pictures that never came, and no player can show them
// all: the sides of the break have none. Nor do all players take other parameter sets at a break.
const sides = [{ channel: 13, from: 0 }, { channel: 14, from: 5000 }] as const;
const steady = { channel: 15, from: 0, bframes: 2 } as const;

let server: Server;
let source: RtmpServer;
let proxy: Proxy;

/** A closed range to be played. */
type Film = { channel: Channel; sides: readonly number[]; path: string; from: number; to: number };
let unbroken: Channel;
/** Over a segment cut of the first side, the break, and a segment cut of the second. */
let broken: Promise<Film>;

async function spansOf(channel: Channel): Promise<Span[]> {
  const line = await timelineOf(server, channel.id, new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000));
  return line.spans.map((span) => ({ from: microseconds(span.from), to: microseconds(span.to) }));
}

const grown = (channel: Channel, count: number, seconds: number): Promise<Span[]> =>
  waitFor(`${seconds} s of span ${count}`, async () => {
    const now = await spansOf(channel);
    const last = now[count - 1];
    return last && last.to - last.from >= seconds * second ? now : undefined;
  }, { timeoutMs: 120_000, everyMs: 250 });

const master = (channel: Channel, query = ""): string => `/api/v1/channels/${channel.id}/hls/master.m3u8${query}`;
const filmOf = (channel: Channel, sides: readonly number[], from: number, to: number): Film =>
  ({ channel, sides, from, to, path: master(channel, `?${range(from, to)}`) });

/** Two sides, each longer than a segment and a group of pictures. */
async function recordBroken([before, after]: readonly [string, string]): Promise<Film> {
  const publisher = await source.publish("broken", before, { turns: 3 });
  const channel = await addChannel(server, "broken", `${source.url}/broken`, { segmentSeconds: 10 });
  await waitFor("the end of the first side", () => publisher.exit, { timeoutMs: 120_000 });
  await waitFor("the loss to be noticed", async () =>
    (await server.ask<Channel>("GET", `/channels/${channel.id}`)).state === "reconnecting");
  await source.publish("broken", after);
  const [one, two, ...more] = await grown(channel, 2, 15);
  if (!one || !two || more.length > 0) throw new Error("not two sides");
  return filmOf(channel, sides.map((side) => side.channel), one.to - 13 * second, two.from + 13 * second);
}

beforeAll(async () => {
  server = await Server.start({ env: { LONGTAKE_INGEST_FIRST_RETRY_MS: "300", LONGTAKE_INGEST_READ_TIMEOUT_MS: "3000" } });
  proxy = await startProxy(server.url, server.session);
  source = await startRtmpServer();
  const [before, after, whole] = await Promise.all(
    [...sides, steady].map((side) => makeFootage(`players-${side.channel}.mp4`, { ...side, seconds: 8, size: "320x180" })),
  );
  if (!before || !after || !whole) throw new Error("no footage");
  broken = recordBroken([before, after]);
  broken.catch(() => undefined); // whoever waits for it hears of it
  await source.publish("steady", whole);
  unbroken = await addChannel(server, "steady", `${source.url}/steady`, { segmentSeconds: 10 });
  await grown(unbroken, 1, 8);
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
  await source?.stop();
});

/** The last of the unbroken one, over a segment cut. */
async function wholeFilm(): Promise<Film> {
  const [span] = await grown(unbroken, 1, 15);
  if (!span) throw new Error("no span");
  return filmOf(unbroken, [steady.channel], span.to - 13 * second, span.to - 200_000);
}
const films = [
  { over: "cuts and a break", find: () => broken, discontinuities: 1 },
  { over: "a cut inside B-frames", find: wholeFilm, discontinuities: 0 },
] as const;

type Picture = Pick<Counter, "channel" | "frame">;
const step = (picture: Picture, count: number): Picture => {
  const { channel, from } = [...sides, steady].find((each) => each.channel === picture.channel) ?? steady;
  return { channel, frame: from + ((((picture.frame - from + count) % turn) + turn) % turn) };
};

/** All pictures of the playlist: those that the server itself says are there, from edge to edge. */
async function expectWhole({ channel, from, to }: Film, pictures: readonly Picture[]): Promise<void> {
  const spans = (await spansOf(channel)).map((span) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }));
  const parts = spans.map((span) => ({ span, pictures: [] as Picture[] }));
  for (const picture of pictures) {
    const part = parts.length === 1 ? 0 : sides.findIndex((side) => side.channel === picture.channel);
    parts[part]?.pictures.push(picture);
  }
  expect(parts.flatMap((part) => part.pictures)).toEqual(pictures);
  for (const { span, pictures } of parts) {
    const [first, last] = [await shownAt(server, channel.id, span.from), await shownAt(server, channel.id, span.to - 1)];
    const wanted = Math.round((last.begins - first.begins) / frameLength) + 1;
    // Entries are whole groups of pictures: they begin before the range and end behind it.
    const early = pictures.findIndex((picture) => picture.channel === first.channel && picture.frame === first.frame);
    expect(early).toBeGreaterThanOrEqual(0);
    expect(early).toBeLessThan(50);
    expect(pictures.length - early).toBeGreaterThanOrEqual(wanted);
    expect(pictures.length - early).toBeLessThan(wanted + 50);
    expect(pictures).toEqual(pictures.map((_, i) => step(first, i - early)));
    expect(pictures[early + wanted - 1]).toEqual({ channel: last.channel, frame: last.frame });
  }
}

const gstreamers = [
  { name: "GStreamer's hlsdemux2", bin: "uridecodebin3", env: {}, runs: 1 },
  { name: "GStreamer's hlsdemux", bin: "uridecodebin", env: { GST_PLUGIN_FEATURE_RANK: "hlsdemux2:NONE" }, runs: 4 },
] as const;

type Played = { pictures: Picture[]; said: string; code: number | null };
/** Every picture that a pipeline shows, or the first of them, and what it complained about. */
async function playOnce({ bin, env }: (typeof gstreamers)[number], path: string, most = Infinity): Promise<Played> {
  const [width, height] = [320, 180];
  const size = width * height;
  const line = `${bin} uri=${proxy.url}${path} name=d  d. ! video/x-raw ! queue ! videoconvert ! videoscale ! ` +
    `video/x-raw,format=GRAY8,width=${width},height=${height} ! fdsink fd=1 sync=false  ` +
    "d. ! audio/x-raw ! queue ! fakesink sync=false";
  const child = spawn("gst-launch-1.0", ["-q", ...line.split(/\s+/)], {
    env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"],
  });
  const pictures: Picture[] = [];
  let [said, unread] = ["", Buffer.alloc(0)];
  child.stdout.on("data", (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes]);
    for (; unread.length >= size && pictures.length < most; unread = unread.subarray(size)) {
      const reading = readCounter(unread.subarray(0, size), width, height);
      if (!reading.ok) said += `picture ${pictures.length}: ${reading.reason}\n`;
      pictures.push(reading.ok ? reading.counter : { channel: -1, frame: -1 });
    }
    if (pictures.length >= most) child.kill("SIGKILL");
  });
  child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const hung = setTimeout(() => {
    for (const what of proxy.owed()) said += `the server owes it ${what}\n`;
    child.kill("SIGKILL");
  }, 60_000);
  const code = await new Promise<number | null>((ended) => child.on("close", ended));
  clearTimeout(hung);
  return { pictures, said, code };
}

/**
 * GStreamer's older demultiplexer waits for ever in one run of a dozen or a hundred, says nothing, and is owed
 * nothing: it is begun again. What it shows it is held to each time.
 */
async function play(player: (typeof gstreamers)[number], path: string, most = Infinity): Promise<Played[]> {
  const runs: Played[] = [];
  do {
    const run = await playOnce(player, path, most);
    expect(run.said).toBe("");
    runs.push(run);
  } while (runs.at(-1)?.code === null && (runs.at(-1)?.pictures.length ?? 0) < most && runs.length < player.runs);
  return runs;
}

/** What the page under test keeps. */
type Watched = {
  errors: string[];
  waits: number;
  strips: { gray: number[]; mediaTime: number }[];
  ended: boolean;
  discontinuities: number;
};
type Strip = { gray: number[]; date: number };
declare global {
  interface Window {
    watched: Watched;
    begin(url: string, rate: number): void;
    lookAt(time?: number): Promise<Strip>;
  }
}

/** Runs in the page: hls.js on a bare video element. */
function teach(): void {
  const [width, rows] = [320, 12];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, 180];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const video = document.querySelector("video");
  if (!context || !video) throw new Error("no video");
  const strip = (): number[] => {
    context.drawImage(video, 0, 0, width, 180);
    const { data } = context.getImageData(0, 0, width, rows);
    return [...Array(width * rows).keys()].map((i) =>
      Math.round(0.299 * (data[i * 4] ?? 0) + 0.587 * (data[i * 4 + 1] ?? 0) + 0.114 * (data[i * 4 + 2] ?? 0)));
  };
  type Told = { type: string; details: string; fatal: boolean; error?: Error; frag?: { cc: number } };
  type HlsPlayer = {
    on(event: string, heard: (event: string, told: Told) => void): void;
    loadSource(url: string): void;
    attachMedia(element: HTMLVideoElement): void;
    readonly levels: { details?: { fragments: { start: number; startPTS?: number; programDateTime: number | null }[] } }[];
  };
  const Hls = (window as unknown as { Hls: new () => HlsPlayer }).Hls;
  const hls = new Hls();
  window.watched = { errors: [], waits: 0, strips: [], ended: false, discontinuities: 0 };
  const { watched } = window;
  // To wait for bytes, or for the processor, is no fault of what is played.
  const patient = ["bufferStalledError", "bufferNudgeOnStall"];
  hls.on("hlsError", (_, told) => {
    if (!told.fatal && patient.includes(told.details)) watched.waits++;
    else watched.errors.push(`${told.details} ${told.fatal} ${told.error?.message ?? ""}`);
  });
  const seen = new Set<number>();
  hls.on("hlsFragChanged", (_, told) => (watched.discontinuities = seen.add(told.frag?.cc ?? -1).size - 1));
  video.addEventListener("ended", () => (watched.ended = true));
  video.addEventListener("error", () => watched.errors.push(`video: ${video.error?.message}`));
  const look = (_now: number, facts: { mediaTime: number }): void => {
    watched.strips.push({ gray: strip(), mediaTime: facts.mediaTime });
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  window.begin = (url, rate) => {
    hls.loadSource(url);
    hls.attachMedia(video);
    video.defaultPlaybackRate = video.playbackRate = rate;
    void video.play();
  };
  const paintedAt = (time: number): Promise<number> =>
    new Promise((painted) => {
      video.requestVideoFrameCallback((_now, facts) => painted(facts.mediaTime));
      video.currentTime = time;
    });
  // Half a frame into what is painted, the date is that picture's. A programme date is that of the first
  // picture of its entry, which B-frames put behind the entry's start on the time line.
  window.lookAt = async (time = video.currentTime) => {
    video.pause();
    const middle = (await paintedAt(time)) + 0.02;
    const entries = hls.levels[0]?.details?.fragments ?? [];
    const entry = entries.findLast((each) => (each.startPTS ?? each.start) <= middle);
    return { gray: strip(), date: (entry?.programDateTime ?? 0) + (middle - (entry?.startPTS ?? entry?.start ?? 0)) * 1000 };
  };
}

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
});

async function open(): Promise<Page> {
  const context = await browser.newContext();
  const cookies = (server.session.Cookie ?? "").split("; ").map((pair) => {
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url: server.url };
  });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const library = readFileSync(join(root, "web/node_modules/hls.js/dist/hls.min.js"), "utf8");
  await page.route("**/bare/page", (route) =>
    route.fulfill({ contentType: "text/html", body: '<video muted playsinline></video><script src="hls.js"></script>' }));
  await page.route("**/bare/hls.js", (route) => route.fulfill({ contentType: "text/javascript", body: library }));
  await page.goto(`${server.url}/bare/page`);
  await page.evaluate(teach);
  return page;
}

const counterIn = (gray: readonly number[]): Counter => {
  const reading = readCounter(Uint8Array.from(gray), 320, 12);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.counter;
};

/** A paused picture is the one that the server shows at the instant that hls.js says it is. */
async function expectDated(channel: Channel, strips: readonly Strip[]): Promise<void> {
  const [seen, told]: [Picture[], Picture[]] = [[], []];
  for (const strip of strips) {
    seen.push(counterIn(strip.gray));
    const { channel: from, frame } = await shownAt(server, channel.id, Math.round(strip.date * 1000));
    told.push({ channel: from, frame });
  }
  expect(seen, strips.map((strip) => instant(Math.round(strip.date * 1000))).join(", ")).toEqual(told);
}

async function becomes(what: string, page: Page, probe: () => boolean): Promise<Watched> {
  const wait = waitFor(what, () => page.evaluate(probe), { timeoutMs: 90_000, everyMs: 200 });
  await wait.catch(async (error: unknown) => {
    const state = await page.evaluate(() => ({ ...window.watched, strips: window.watched.strips.length }));
    throw new Error(`${String(error)}: ${JSON.stringify(state)}`);
  });
  return page.evaluate(() => window.watched);
}

/** What was watched went on and on: a busy browser leaves out pictures and draws late, but never goes back. */
function expectForward({ strips }: Watched, channels: readonly number[]): void {
  const pictures = strips.map(({ gray }) => counterIn(gray));
  const changes = pictures.filter((picture, i) => picture.channel !== pictures[i - 1]?.channel);
  expect(changes.map((picture) => picture.channel)).toEqual(channels);
  for (const channel of channels) {
    const frames = pictures.filter((picture) => picture.channel === channel).map((picture) => picture.frame);
    expect(frames.length).toBeGreaterThan(25);
    const steps = frames.slice(1).map((frame, i) => (frame - (frames[i] ?? 0) + turn) % turn);
    expect(Math.max(...steps), steps.join(" ")).toBeLessThan(turn / 2);
  }
}

describe("a channel live", () => {
  test.each(gstreamers)("in $name: every picture", async (player) => {
    const runs = await play(player, master(unbroken), 150);
    for (const { pictures } of runs) {
      expect(pictures).toEqual(pictures.map((_, i) => step(pictures[0] ?? { channel: -1, frame: -1 }, i)));
      expect(pictures[0]?.channel ?? steady.channel).toBe(steady.channel);
    }
    expect(runs.at(-1)?.pictures.length).toBe(150);
  }, 300_000);

  test("in hls.js it plays on, dated as the server dates it", async () => {
    const page = await open();
    await page.evaluate((url) => window.begin(url, 1), master(unbroken));
    const watched = await becomes("8 s of play", page, () => {
      const { strips } = window.watched;
      return (strips.at(-1)?.mediaTime ?? 0) - (strips[0]?.mediaTime ?? 0) > 8;
    });
    expect(watched.errors).toEqual([]);
    expectForward(watched, [steady.channel]);
    await expectDated(unbroken, [await page.evaluate(() => window.lookAt())]);
    await page.context().close();
  });
});

describe.each(films)("a closed playlist over $over", ({ find, discontinuities }) => {
  let film: Film;
  beforeAll(async () => {
    film = await find();
  });

  test("it is what it should be", async () => {
    const text = (await server.bytes(film.path.replace("/api/v1", "").replace("master", "media"))).toString();
    expect(text.match(/^#EXT-X-DISCONTINUITY$/gm)?.length ?? 0).toBe(discontinuities);
    expect(text.match(/^#EXT-X-MAP:/gm)?.length).toBe(discontinuities + 1);
    expect(new Set(text.match(/^segments\/.+$/gm)).size).toBeGreaterThanOrEqual(2 * (discontinuities + 1));
    expect(text).toContain("#EXT-X-ENDLIST");
  });

  // Over a break ffmpeg reads the second header as a duplicate, and decodes nothing whose time stamps lie before
  // those it had: the first entry of the new run. That is its own way.
  if (discontinuities === 0) {
    test("ffmpeg: every picture, and nothing to say", async () => {
      const input = { url: server.url + film.path, headers: server.session };
      await expectWhole(film, (await countersOf(input)).map(({ channel, frame }) => ({ channel, frame })));
      expect(await complaintsOf(input)).toBe("");
    });
  }

  test.each(gstreamers)("$name: every picture", async (player) => {
    const runs = await play(player, film.path);
    const { pictures, code } = runs.pop() ?? { pictures: [], code: null };
    expect(code).toBe(0);
    await expectWhole(film, pictures);
    for (const hung of runs) expect(hung.pictures).toEqual(pictures.slice(0, hung.pictures.length));
  }, 300_000);

  test("hls.js plays it to its end, and any moment is the right one", async () => {
    const page = await open();
    await page.evaluate((url) => window.begin(url, 2), film.path);
    const watched = await becomes("the end", page, () => window.watched.ended);
    expect(watched.errors).toEqual([]);
    expect(watched.discontinuities).toBe(discontinuities);
    expectForward(watched, film.sides);
    const length = await page.evaluate(() => document.querySelector("video")?.duration ?? 0);
    const strips: Strip[] = [];
    for (let i = 0; i < 10; i++) {
      strips.push(await page.evaluate((at) => window.lookAt(at), 0.3 + ((length - 0.6) * i) / 9));
    }
    await expectDated(film.channel, strips);
    expect(await page.evaluate(() => window.watched.errors)).toEqual([]);
    await page.context().close();
  });
});

test("no player was refused anything", () => {
  expect(proxy.refusals).toEqual([]);
});
