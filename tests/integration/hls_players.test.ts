// The server's HLS in players that people use: GStreamer's two, hls.js in a browser, ffmpeg. Over segment
// cuts and over a break of the source, closed and live: every picture, in order, and no complaint.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../e2e/browser.ts";
import { startProxy, type Proxy } from "../support/cookie_proxy.ts";
import { readCounter, type Counter } from "../support/counter.ts";
import { complaintsOf, countersOf } from "../support/media.ts";
import { root, run, waitFor } from "../support/process.ts";
import { Server, addChannel, timelineOf, type Channel } from "../support/server.ts";
import { makeFootage, startRtmpServer, type RtmpServer } from "../support/sources.ts";
import { frameLength, instant, microseconds, range, second, shownAt, type Span } from "./instants.ts";

const turn = 200; // frames of each 8 s loop
const sides = [{ channel: 13, from: 0 }, { channel: 14, from: 5000 }] as const;

let server: Server;
let source: RtmpServer;
let proxy: Proxy;
let channel: Channel;
let spans: [Span, Span];

async function spansNow(): Promise<Span[]> {
  const line = await timelineOf(server, channel.id, new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000));
  return line.spans.map((span) => ({ from: microseconds(span.from), to: microseconds(span.to) }));
}

const grown = (count: number, seconds: number): Promise<Span[]> =>
  waitFor(`${seconds} s of side ${count}`, async () => {
    const now = await spansNow();
    const last = now[count - 1];
    return last && last.to - last.from >= seconds * second ? now : undefined;
  }, { timeoutMs: 90_000, everyMs: 250 });

beforeAll(async () => {
  server = await Server.start({ env: { LONGTAKE_INGEST_FIRST_RETRY_MS: "300", LONGTAKE_INGEST_READ_TIMEOUT_MS: "3000" } });
  proxy = await startProxy(server.url, server.session);
  source = await startRtmpServer();
  const [before = "", after = ""] = await Promise.all(
    sides.map((side) => makeFootage(`hls-${side.channel}.mp4`, { ...side, seconds: 8, bframes: 2 })),
  );
  const publisher = await source.publish("live", before);
  channel = await addChannel(server, "hls", `${source.url}/live`, { segmentSeconds: 10 });
  await grown(1, 24);
  await publisher.stop("SIGKILL");
  await waitFor("the loss to be noticed", async () =>
    (await server.ask<Channel>("GET", `/channels/${channel.id}`)).state === "reconnecting");
  await source.publish("live", after);
  const [one, two] = await grown(2, 14);
  if (!one || !two) throw new Error("not two sides");
  spans = [one, two];
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
  await source?.stop();
});

const master = (query = ""): string => `/api/v1/channels/${channel.id}/hls/master.m3u8${query}`;
/** Over at least one segment cut of the first side, the break, and a segment cut of the second. */
const closed = (): string => master(`?${range(spans[0].to - 14 * second, spans[1].from + 12 * second)}`);

type Picture = Pick<Counter, "channel" | "frame">;
const step = (picture: Picture, count: number): Picture => {
  const side = sides.find((each) => each.channel === picture.channel) ?? sides[0];
  return { channel: picture.channel, frame: side.from + ((((picture.frame - side.from + count) % turn) + turn) % turn) };
};

/** All pictures of the closed playlist: what the server itself says is there, from edge to edge. */
async function expectWhole(pictures: readonly Picture[]): Promise<void> {
  const [last, first] = await Promise.all([spans[0].to - 1, spans[1].from].map((time) => shownAt(server, channel.id, time)));
  if (!last || !first) throw new Error("no pictures");
  const split = pictures.findIndex((picture) => picture.channel === sides[1].channel);
  const [one, two] = [pictures.slice(0, split), pictures.slice(split)];
  // Entries are whole groups of pictures: they begin at or before the range.
  expect(one.length).toBeGreaterThanOrEqual(14 * 25);
  expect(one.length).toBeLessThanOrEqual(16 * 25 + 25);
  expect(two.length).toBeGreaterThanOrEqual(12 * 25);
  expect(one).toEqual(one.map((_, i) => step(one[0] ?? last, i)));
  expect(one.at(-1)).toEqual({ channel: last.channel, frame: last.frame });
  expect(two).toEqual(two.map((_, i) => step(first, i)));
}

describe("ffmpeg", () => {
  test("a closed playlist over cuts and a break: every picture", async () => {
    const input = { url: server.url + closed(), headers: server.session };
    await expectWhole((await countersOf(input)).map(({ channel, frame }) => ({ channel, frame })));
  });

  test("nothing to say over segment cuts", async () => {
    const query = `?${range(spans[0].from, spans[0].to)}`;
    expect(await complaintsOf({ url: server.url + master(query), headers: server.session })).toBe("");
  });
});

describe.each([
  ["GStreamer's hlsdemux2", "uridecodebin3", {}],
  ["GStreamer's hlsdemux", "uridecodebin", { GST_PLUGIN_FEATURE_RANK: "hlsdemux2:NONE" }],
])("%s", (_name, bin, env) => {
  /** Every picture that a pipeline shows, and what it complained about. */
  async function play(path: string, most?: number): Promise<{ pictures: Counter[]; said: string; code: number }> {
    const [width, height] = [320, 180];
    const shape = `video/x-raw,format=GRAY8,width=${width},height=${height}`;
    const limit = most ? `! identity eos-after=${most + 1}` : "";
    const line = `${bin} uri=${proxy.url}${path} name=d  d. ! video/x-raw ! queue ! videoconvert ! videoscale ! ${shape} ` +
      `${limit} ! fdsink fd=1 sync=false  d. ! audio/x-raw ! queue ! fakesink sync=false`;
    const done = await run("gst-launch-1.0", ["-q", ...line.split(/\s+/)], { env, timeoutMs: 90_000 });
    const pictures: Counter[] = [];
    for (let at = 0; at + width * height <= done.stdout.length; at += width * height) {
      const reading = readCounter(done.stdout.subarray(at, at + width * height), width, height);
      if (!reading.ok) throw new Error(`picture ${pictures.length}: ${reading.reason}`);
      pictures.push(reading.counter);
    }
    return { pictures, said: done.stderr, code: done.code };
  }

  test("a closed playlist over cuts and a break: every picture", async () => {
    const { pictures, said, code } = await play(closed());
    expect([code, said]).toEqual([0, ""]);
    await expectWhole(pictures);
    expect(proxy.refusals).toEqual([]);
  });

  test("the live one", async () => {
    const { pictures, said } = await play(master(), 150);
    expect(said).not.toMatch(/error/i);
    expect(pictures.length).toBeGreaterThanOrEqual(150);
    expect(pictures).toEqual(pictures.map((_, i) => step(pictures[0] ?? { channel: -1, frame: -1 }, i)));
    expect(proxy.refusals).toEqual([]);
  });
});

/** What the page under test keeps. */
type Watched = {
  errors: string[];
  strips: { gray: number[]; mediaTime: number }[];
  ended: boolean;
  discontinuities: number;
};
type Strip = { gray: number[]; date: number };
declare global {
  interface Window {
    watched: Watched;
    begin(url: string, rate: number): void;
    lookAt(time: number | undefined): Promise<Strip>;
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
    readonly playingDate: Date | null;
  };
  const Hls = (window as unknown as { Hls: new () => HlsPlayer }).Hls;
  const hls = new Hls();
  window.watched = { errors: [], strips: [], ended: false, discontinuities: 0 };
  const { watched } = window;
  hls.on("hlsError", (_, told) => watched.errors.push(`${told.details} ${told.fatal} ${told.error?.message ?? ""}`));
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
  window.lookAt = (time) =>
    new Promise((done) => {
      const drawn = (): void => done({ gray: strip(), date: hls.playingDate?.getTime() ?? 0 });
      video.pause();
      if (time === undefined) return drawn();
      video.requestVideoFrameCallback(() => drawn());
      video.currentTime = time;
    });
}

describe("hls.js in Chromium", () => {
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
  async function expectDated(strip: Strip): Promise<void> {
    const told = await shownAt(server, channel.id, strip.date * 1000);
    const seen = counterIn(strip.gray);
    expect([seen.channel, seen.frame], instant(strip.date * 1000)).toEqual([told.channel, told.frame]);
  }

  test("a closed playlist over cuts and a break plays to its end, and any moment is the right one", async () => {
    const page = await open();
    await page.evaluate((url) => window.begin(url, 2), closed());
    await waitFor("the end", () => page.evaluate(() => window.watched.ended), { timeoutMs: 90_000 }).catch(async (error: unknown) => {
      const state = await page.evaluate(() => ({ ...window.watched, strips: window.watched.strips.length }));
      throw new Error(`${String(error)}: ${JSON.stringify(state)}`);
    });
    const watched = await page.evaluate(() => window.watched);
    expect(watched.errors).toEqual([]);
    expect(watched.discontinuities).toBe(1);
    const pictures = watched.strips.map(({ gray, mediaTime }) => ({ ...counterIn(gray), mediaTime }));
    const split = pictures.findIndex((picture) => picture.channel === sides[1].channel);
    for (const part of [pictures.slice(0, split), pictures.slice(split)]) {
      expect(part.length).toBeGreaterThan(100);
      // A picture drawn late is the next one: at most one frame from what the browser says.
      const [first] = part;
      const far = part.map((picture) => {
        const expected = step(first ?? picture, Math.round((picture.mediaTime - (first?.mediaTime ?? 0)) * 25));
        return (picture.frame - expected.frame + turn + turn / 2) % turn - turn / 2;
      });
      expect(Math.max(...far) - Math.min(...far), `${far.join(" ")}`).toBeLessThanOrEqual(2);
    }
    const last = await shownAt(server, channel.id, spans[0].to - 1);
    const near = pictures[split - 1];
    expect((last.frame - (near?.frame ?? -1) + turn) % turn, "the first side is shown to its end").toBeLessThanOrEqual(4);
    const length = await page.evaluate(() => document.querySelector("video")?.duration ?? 0);
    for (let i = 0; i < 12; i++) {
      const time = 0.5 + ((length - 1) * i) / 12;
      const grid = Math.floor(time * 25) / 25 + 0.02;
      await expectDated(await page.evaluate((at) => window.lookAt(at), grid));
    }
    expect(await page.evaluate(() => window.watched.errors)).toEqual([]);
    await page.context().close();
  });

  test("the live one plays on, dated as the server dates it", async () => {
    const page = await open();
    await page.evaluate((url) => window.begin(url, 1), master());
    await waitFor("12 s of play", () => page.evaluate(() => {
      const { strips } = window.watched;
      return (strips.at(-1)?.mediaTime ?? 0) - (strips[0]?.mediaTime ?? 0) > 12;
    }), { timeoutMs: 90_000, everyMs: 250 }).catch(async (error: unknown) => {
      const state = await page.evaluate(() => ({ ...window.watched, strips: window.watched.strips.length }));
      throw new Error(`${String(error)}: ${JSON.stringify(state)}`);
    });
    await expectDated(await page.evaluate(() => window.lookAt(undefined)));
    const watched = await page.evaluate(() => window.watched);
    expect(watched.errors).toEqual([]);
    const counters = watched.strips.map(({ gray }) => counterIn(gray));
    expect(new Set(counters.map((counter) => counter.channel))).toEqual(new Set([sides[1].channel]));
    const steps = counters.slice(1).map((counter, i) => (counter.frame - (counters[i]?.frame ?? 0) + turn) % turn);
    expect(Math.max(...steps), "never backward, never a leap").toBeLessThan(turn / 4);
    await page.context().close();
  });
});
