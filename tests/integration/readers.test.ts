// Independent readers accept what is served and what is stored: ffprobe, ffmpeg, MP4Box.

import { readdirSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaintsOf, countersOf, probe, type Input } from "../support/media.ts";
import { run, temporaryFolder } from "../support/process.ts";
import { Server, addChannel, type Channel } from "../support/server.ts";
import { makeFootage, startHls, startRtmp, type Source } from "../support/sources.ts";
import { instant, microseconds, range, recordedSpan, second, shownAt, type Span } from "./instants.ts";

const turn = 200; // frames of the 8 s loop
const there = (program: string): boolean => spawnSync(program, ["-h"]).error === undefined;

const folder = temporaryFolder();
const sources: Source[] = [];
let server: Server;
type Recording = { channel: Channel; span: Span };
const recordings: Recording[] = [];

beforeAll(async () => {
  server = await Server.start();
  const reordered = await makeFootage("source-b.mp4", { channel: 4, seconds: 8, bframes: 2 });
  sources.push(await startHls(reordered, { pdt: true }));
  sources.push(await startRtmp(await makeFootage("source.mp4", { channel: 3, seconds: 8 })));
  for (const [i, source] of sources.entries()) {
    const channel = await addChannel(server, `reader ${i}`, source.url, { segmentSeconds: 10 });
    recordings.push({ channel, span: { from: 0, to: 0 } });
  }
  for (const recording of recordings) recording.span = await recordedSpan(server, recording.channel.id, 24);
});
afterAll(async () => {
  await server?.stop();
  await Promise.all(sources.map((source) => source.stop()));
  folder.remove();
});

const view = (path: string): { url: string; headers: Record<string, string> } => ({
  url: `${server.url}/api/v1${path}`,
  headers: server.session,
});
/** A range whose ends lie inside groups of pictures, over at least one segment cut. */
const film = ({ channel, span }: Recording): string =>
  `/channels/${channel.id}/video.mp4?${range(span.from + 1_230_000, span.from + 18_770_000)}`;

function storedSegments(): string[] {
  return readdirSync(join(server.data, "archive"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".mp4"))
    .sort()
    .map((name) => join(server.data, "archive", name));
}

async function expectAccepted(input: Input): Promise<void> {
  expect((await probe(input)).streams.map((stream) => stream.codec_name).sort()).toEqual(["aac", "h264"]);
  expect(await complaintsOf(input)).toBe("");
}

describe("MP4 of a range", () => {
  test.each(["exact", "keyframe"])("ffprobe and ffmpeg have nothing to say (cut=%s)", async (cut) => {
    for (const recording of recordings) await expectAccepted(view(`${film(recording)}&cut=${cut}`));
  });

  test.each([["v", ["video"]], ["a", ["audio"]]])("tracks=%s alone", async (tracks, kinds) => {
    for (const recording of recordings) {
      const input = view(`${film(recording)}&tracks=${tracks}`);
      expect((await probe(input)).streams.map((stream) => stream.codec_type)).toEqual(kinds);
      expect(await complaintsOf(input)).toBe("");
    }
  });

  test.skipIf(!there("MP4Box"))("MP4Box reads it (needs gpac)", async () => {
    for (const [i, recording] of recordings.entries()) {
      const file = join(folder.path, `box-${i}.mp4`);
      writeFileSync(file, await server.bytes(film(recording)));
      const told = await run("MP4Box", ["-info", file]);
      expect(told.code, told.stderr).toBe(0);
      expect(told.stderr).not.toMatch(/error|warning/i);
    }
  });
});

describe("HTTP of a range", () => {
  let path = "";
  let whole = Buffer.alloc(0);
  let etag = "";
  beforeAll(async () => {
    const [recording] = recordings;
    if (!recording) throw new Error("no recording");
    path = film(recording);
    const answer = await server.fetch(path);
    whole = Buffer.from(await answer.arrayBuffer());
    etag = answer.headers.get("etag") ?? "";
    expect(answer.status).toBe(200);
    expect(answer.headers.get("accept-ranges")).toBe("bytes");
    expect(answer.headers.get("content-type")).toMatch(/^video\/mp4/);
    expect(Number(answer.headers.get("content-length"))).toBe(whole.length);
    expect(etag).not.toBe("");
  });

  const part = async (bytes: string, more: Record<string, string> = {}): Promise<[Response, Buffer]> => {
    const answer = await server.fetch(path, { headers: { Range: `bytes=${bytes}`, ...more } });
    return [answer, Buffer.from(await answer.arrayBuffer())];
  };
  const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

  test("HEAD tells what GET gives", async () => {
    const head = await server.fetch(path, { method: "HEAD" });
    expect([head.status, Number(head.headers.get("content-length")), head.headers.get("etag")]).toEqual([200, whole.length, etag]);
    expect((await head.arrayBuffer()).byteLength).toBe(0);
  });

  test("any part is the same bytes", async () => {
    const size = whole.length;
    const parts = [[0, 0], [0, 99], [size - 1, size - 1], [1000, 70_000], [Math.floor(size / 2), size - 1], [0, size - 1]];
    for (let at = 12_345; at + 40_000 < size; at += Math.floor(size / 9)) parts.push([at, at + 40_000]);
    for (const [from = 0, to = 0] of parts) {
      const [answer, bytes] = await part(`${from}-${to}`);
      expect([answer.status, answer.headers.get("content-range")]).toEqual([206, `bytes ${from}-${to}/${size}`]);
      expect(digest(bytes), `${from}-${to}`).toBe(digest(whole.subarray(from, to + 1)));
    }
    expect(digest((await part("-500"))[1])).toBe(digest(whole.subarray(size - 500)));
    expect(digest((await part("500-"))[1])).toBe(digest(whole.subarray(500)));
  });

  test("a part outside is 416, and If-Range falls back to all of it", async () => {
    const [outside] = await part(`${whole.length}-`);
    expect([outside.status, outside.headers.get("content-range")]).toEqual([416, `bytes */${whole.length}`]);
    const [other, all] = await part("0-9", { "If-Range": '"another"' });
    expect([other.status, digest(all)]).toEqual([200, digest(whole)]);
  });

  test("its own ETag answers 304, and resumes a download", async () => {
    const known = await server.fetch(path, { headers: { "If-None-Match": etag } });
    expect([known.status, (await known.arrayBuffer()).byteLength]).toEqual([304, 0]);
    const [resumed, bytes] = await part("0-9", { "If-Range": etag });
    expect([resumed.status, bytes.length]).toEqual([206, 10]);
  });

  test("If-None-Match of another answers all of it", async () => {
    const other = await server.fetch(path, { headers: { "If-None-Match": '"another"' } });
    expect([other.status, digest(Buffer.from(await other.arrayBuffer()))]).toEqual([200, digest(whole)]);
  });
});

describe("HLS", () => {
  const closed = ({ channel, span }: Recording): string =>
    `/channels/${channel.id}/hls/master.m3u8?${range(span.from + 2 * second, span.from + 18 * second)}`;

  test("ffmpeg plays a closed one, every frame of it", async () => {
    for (const recording of recordings) {
      const counters = (await countersOf(view(closed(recording)))).map((counter) => counter.frame);
      const first = counters[0] ?? -1;
      expect(counters).toEqual(counters.map((_, i) => (first + i) % turn));
      expect(counters.length).toBeGreaterThanOrEqual(400);
    }
  });

  test("ffmpeg plays the live one", async () => {
    for (const recording of recordings) {
      const live = view(`/channels/${recording.channel.id}/hls/master.m3u8`);
      const counters = (await countersOf(live, 100)).map((counter) => counter.frame);
      const first = counters[0] ?? -1;
      expect(counters).toEqual([...Array(100).keys()].map((i) => (first + i) % turn));
    }
  });

});

describe("fragments on the wall clock", () => {
  type Part = { bytes: Buffer; covered: number; config: string };

  async function fragments(channel: Channel, from: number, to: number, base: number, init: 0 | 1): Promise<Part> {
    const answer = await server.fetch(`/channels/${channel.id}/media.mp4?${range(from, to)}&base=${instant(base)}&init=${init}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200) throw new Error(`${answer.status}: ${bytes.toString().slice(0, 300)}`);
    return {
      bytes,
      covered: microseconds(answer.headers.get("Longtake-Covered-To") ?? ""),
      config: answer.headers.get("Longtake-Init") ?? "",
    };
  }

  test("requests one after another tile the recording: no frame twice, none missing", async () => {
    for (const { channel, span } of recordings) {
      const base = span.from - 3600 * second;
      const end = span.from + 20 * second;
      const pieces: Buffer[] = [];
      const configs = new Set<string>();
      let at = span.from;
      while (at < end) {
        const part = await fragments(channel, at, Math.min(end, at + 3 * second), base, at === span.from ? 1 : 0);
        expect(part.covered).toBeGreaterThan(at);
        configs.add(part.config);
        pieces.push(part.bytes);
        at = part.covered;
      }
      const file = join(folder.path, `tiles-${channel.id}.mp4`);
      writeFileSync(file, Buffer.concat(pieces));
      expect(configs.size).toBe(1);
      expect(await complaintsOf(file)).toBe("");
      const counters = (await countersOf(file)).map((counter) => counter.frame);
      const first = await shownAt(server, channel.id, span.from);
      expect(counters).toEqual(counters.map((_, i) => (first.frame + i) % turn));
      expect(Math.abs(counters.length - (at - span.from) / 40_000)).toBeLessThanOrEqual(1);
      const seen = await probe(file, { packets: true });
      const times = (seen.packets ?? []).map((packet) => Number(packet.pts_time)).sort((a, b) => a - b);
      expect(Math.abs((times[0] ?? 0) - (first.begins - base) / second)).toBeLessThan(0.001);
      const steps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
      expect(Math.max(...steps.map((step) => Math.abs(step - 0.04)))).toBeLessThan(0.01);
    }
  });
});

// Last: the server ends, so that every segment is closed.
describe("stored segments", () => {
  test("ffprobe and ffmpeg have nothing to say, before a segment is closed and after", async () => {
    await server.halt();
    const segments = storedSegments();
    expect(segments.length).toBeGreaterThanOrEqual(6);
    for (const segment of segments) await expectAccepted(segment);
  });
});
