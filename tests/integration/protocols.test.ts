// Every protocol, container and codec that is promised: a live source of each is recorded, and what comes
// out again is the same pictures at the same instants, with the sound that belongs to them.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaintsOf, countersOf, probe, type Address } from "../support/media.ts";
import { must, waitFor } from "../support/process.ts";
import { Server, addChannel, timelineOf, type Channel } from "../support/server.ts";
import {
  makeFootage, startHls, startRtsp, startTransportStream, type FootageOptions, type Source,
} from "../support/sources.ts";
import { frameLength, instant, microseconds, range, second, shownAt, type Shown, type Span } from "./instants.ts";

type Kind = {
  name: string;
  footage: string;
  clip: FootageOptions & { seconds: number };
  start: (file: string) => Promise<Source>;
  more?: object; // of the channel
  video?: string; // as ffprobe calls what comes out
  audio: string;
  tag?: string; // the MP4's name for the picture's codec
};

const loop = { channel: 21, seconds: 8 };
const rtsp = async (file: string): Promise<Source> => {
  const source = await startRtsp({ one: file });
  return { ...source, url: `${source.url}/one` };
};

// The length of a clip is a whole number of frames of its sound, so that it loops without a seam.
const kinds: Kind[] = [
  {
    name: "HEVC over RTSP", footage: "hevc.mp4", clip: { ...loop, codec: "hevc" }, start: rtsp,
    video: "hevc", audio: "aac", tag: "hvc1",
  },
  {
    name: "HEVC with B-frames in MPEG-TS over HTTP", footage: "hevc-b.mp4", clip: { ...loop, codec: "hevc", bframes: 2 },
    start: (file) => startTransportStream("http", file), video: "hevc", audio: "aac", tag: "hvc1",
  },
  {
    name: "AV1 with Opus over HLS of fragmented MP4", footage: "av1.mp4", clip: { ...loop, codec: "av1", audio: "opus" },
    start: (file) => startHls(file, { fmp4: true }), video: "av1", audio: "opus", tag: "av01",
  },
  {
    name: "H.264 with G.711 over RTSP, made AAC", footage: "alaw.mov", clip: { ...loop, audio: "alaw" }, start: rtsp,
    video: "h264", audio: "aac", tag: "avc1",
  },
  {
    name: "MP2 in MPEG-TS over HTTP, made AAC", footage: "mp2.ts", clip: { ...loop, audio: "mp2", seconds: 6 },
    start: (file) => startTransportStream("http", file), video: "h264", audio: "aac", tag: "avc1",
  },
  {
    name: "MPEG-TS over UDP with AC-3", footage: "ac3.mp4", clip: { ...loop, audio: "ac3", bframes: 2 },
    start: (file) => startTransportStream("udp", file), video: "h264", audio: "ac3", tag: "avc1",
  },
  {
    name: "RTSP over UDP", footage: "source.mp4", clip: { channel: 3, seconds: 8 }, start: rtsp, more: { rtspTransport: "udp" },
    video: "h264", audio: "aac", tag: "avc1",
  },
  {
    name: "HLS with its sound apart", footage: "source-b.mp4", clip: { channel: 4, seconds: 8, bframes: 2 },
    start: (file) => startHls(file, { apart: true }), video: "h264", audio: "aac", tag: "avc1",
  },
  {
    name: "HLS of fragmented MP4", footage: "source-b.mp4", clip: { channel: 4, seconds: 8, bframes: 2 },
    start: (file) => startHls(file, { fmp4: true, pdt: true }), video: "h264", audio: "aac", tag: "avc1",
  },
  {
    name: "HLS of fragmented MP4 with its sound apart", footage: "source-b.mp4", clip: { channel: 4, seconds: 8, bframes: 2 },
    start: (file) => startHls(file, { fmp4: true, apart: true }), video: "h264", audio: "aac", tag: "avc1",
  },
  {
    name: "SRT with MP3", footage: "mp3.mp4", clip: { ...loop, audio: "mp3", seconds: 6 },
    start: (file) => startTransportStream("srt", file), video: "h264", audio: "mp3", tag: "avc1",
  },
  {
    name: "a radio over HTTP", footage: "radio.ts", clip: { codec: "none", seconds: 8 },
    start: (file) => startTransportStream("http", file), audio: "aac",
  },
];

let server: Server;
const sources: Source[] = [];
const channels = new Map<string, Channel>();

beforeAll(async () => {
  server = await Server.start();
  const files = new Map<string, string>();
  for (const kind of kinds) {
    if (!files.has(kind.footage)) files.set(kind.footage, await makeFootage(kind.footage, kind.clip));
  }
  for (const kind of kinds) {
    const source = await kind.start(files.get(kind.footage) ?? "");
    sources.push(source);
    channels.set(kind.name, await addChannel(server, kind.name, source.url, { segmentSeconds: 10, ...kind.more }));
  }
}, 400_000);
afterAll(async () => {
  await server?.stop();
  await Promise.all(sources.map((source) => source.stop()));
});

/** Waits for enough footage; fails at once on a channel that says it cannot be. */
async function recorded(channel: Channel, seconds: number): Promise<Span> {
  const span = await waitFor(`${seconds} s of ${channel.name}`, async () => {
    const now = await server.ask<Channel & { cause?: string }>("GET", `/channels/${channel.id}`);
    if (now.state === "failed") return { failed: now.cause };
    const line = await timelineOf(server, channel.id, new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000));
    const [first] = line.spans;
    if (line.spans.length > 1) return { failed: `it broke: ${JSON.stringify([line.spans, line.gaps])}` };
    if (!first || microseconds(first.to) - microseconds(first.from) < seconds * second) return undefined;
    return { from: microseconds(first.from), to: microseconds(first.to) };
  }, { timeoutMs: 90_000, everyMs: 250 });
  if ("failed" in span) throw new Error(`${channel.name} failed: ${span.failed}`);
  return span;
}

const rate = 8000;

/** When the sound of an input beeps (a footage's beep lasts 1/25 s, once a second), in seconds. */
async function beepsOf(input: Address, tone: number): Promise<number[]> {
  const headers = Object.entries(input.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const raw = await must("ffmpeg", [
    "-v", "error", "-headers", headers, "-i", input.url, "-map", "0:a:0", "-af", "aresample=async=1:first_pts=0",
    "-ac", "1", "-ar", String(rate), "-f", "s16le", "pipe:1",
  ]);
  const samples = new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + (raw.length & ~1)));
  const window = rate / 100;
  const strength = (at: number, frequency: number): number => {
    let [re, im] = [0, 0];
    for (let i = 0; i < window; i++) {
      const angle = (2 * Math.PI * frequency * i) / rate;
      re += (samples[at + i] ?? 0) * Math.cos(angle);
      im += (samples[at + i] ?? 0) * Math.sin(angle);
    }
    return Math.hypot(re, im);
  };
  const starts = [...Array(Math.max(0, Math.floor((2 * (samples.length - window)) / window) + 1)).keys()].map((i) => (i * window) / 2);
  const high = starts.map((at) => strength(at, tone * 4));
  // What the first packet of MP3 gives without the ones it refers to is weaker than any beep.
  const least = Math.max(...high) / 3;
  const beeps: number[] = [];
  let inside = false;
  for (const [i, at] of starts.entries()) {
    const now = (high[i] ?? 0) > least && (high[i] ?? 0) > strength(at, tone);
    if (now && !inside) beeps.push(at / rate);
    inside = now;
  }
  return beeps;
}

describe.each(kinds)("$name", (kind) => {
  const turn = kind.clip.seconds * 25;
  let channel: Channel;
  let span: Span;
  let first: Shown;
  let film: { path: string; from: number; to: number; start: Shown; input: Address };
  const after = (frame: number, count: number): number => (((frame + count) % turn) + turn) % turn;

  beforeAll(async () => {
    channel = channels.get(kind.name) ?? channel;
    span = await recorded(channel, 20);
    // Over a segment's end, from a picture's own beginning to inside another.
    const cut = Math.ceil((span.from + 4 * second) / (10 * second)) * 10 * second;
    let from = cut - 3 * second - 130_000;
    let start: Shown = { frame: 0, channel: 0, begins: from };
    if (kind.video) {
      first = await shownAt(server, channel.id, span.from);
      start = await shownAt(server, channel.id, from);
      from = start.begins;
    }
    const to = from + 8 * second + 10_000;
    await waitFor("the end of the range", async () => (await recorded(channel, (to - span.from) / second + 1)).to >= to);
    const path = `/channels/${channel.id}/video.mp4?${range(from, to)}`;
    film = { path, from, to, start, input: { url: `${server.url}/api/v1${path}`, headers: server.session } };
  });

  test("one unbroken span", async () => {
    const now = await server.ask<Channel & { hasVideo: boolean; hasAudio: boolean }>("GET", `/channels/${channel.id}`);
    expect([now.state, now.hasVideo, now.hasAudio]).toEqual(["recording", kind.video !== undefined, true]);
    const grown = await recorded(channel, (span.to - span.from) / second + 1);
    expect(grown.from).toBe(span.from);
  });

  if (kind.video) {
    test("at any instant the frame of that instant", async () => {
      // Later anchors may slew by 500 ppm: after 24 s still less than half a frame.
      const frames = Math.min(600, Math.floor((span.to - first.begins) / frameLength) - 2);
      for (let k = 0; k < 16; k++) {
        const count = (k * 67) % frames;
        const time = first.begins + count * frameLength + frameLength / 2;
        const shown = await shownAt(server, channel.id, time);
        expect([shown.channel, shown.frame], instant(time)).toEqual([kind.clip.channel, after(first.frame, count)]);
      }
    });
  } else {
    test("there is no picture to show", async () => {
      const answer = await server.call<{ type: string }>("GET", `/channels/${channel.id}/frame.png?at=${instant(span.from + second)}`);
      expect([answer.status, answer.body.type]).toEqual([404, "urn:longtake:not-recorded"]);
    });
  }

  test("the MP4 of a range: its pictures, its sound, and no complaint", async () => {
    const seen = await probe(film.input);
    const [picture, sound] = [...(kind.video ? [] : [undefined]), ...seen.streams];
    expect([picture?.codec_name, picture?.codec_tag_string]).toEqual([kind.video, kind.tag]);
    expect([sound?.codec_type, sound?.codec_name]).toEqual(["audio", kind.audio]);
    const lengths = seen.streams.map((stream) => Number(stream.duration) - (film.to - film.from) / second);
    expect(Math.max(...lengths.map(Math.abs)), `streams differ from the range by ${lengths.join(", ")} s`).toBeLessThan(0.1);
    expect(await complaintsOf(film.input)).toBe("");
    if (!kind.video) return;
    // ffmpeg's other decoder of AV1 also gives the pictures that an edit list hides.
    const input = kind.video === "av1" ? { ...film.input, decoder: "libaom-av1" } : film.input;
    const counters = (await countersOf(input)).map((counter) => counter.frame);
    expect(counters).toEqual([...Array(201).keys()].map((i) => after(film.start.frame, i)));
  });

  test("the sound is with its picture", async () => {
    // One that the range's beginning cuts tells nothing of when it began.
    const beeps = (await beepsOf(film.input, kind.clip.tone ?? 440)).filter((beep) => beep >= 0.05);
    expect(beeps.length).toBeGreaterThanOrEqual(7);
    expect(beeps.length).toBeLessThanOrEqual(9);
    const steps = beeps.slice(1).map((beep, i) => Math.abs(beep - (beeps[i] ?? 0) - 1));
    expect(Math.max(...steps), `beeps at ${beeps.join(", ")}`).toBeLessThan(0.03);
    if (!kind.video) return;
    const expected = ((25 - (film.start.frame % 25)) % 25) * 0.04; // a beep begins with each second of the clip
    const off = beeps.map((beep) => ((beep - expected + 0.5 + 1) % 1) - 0.5);
    // An encoder's own delay comes with the clip: one packet or so.
    expect(Math.max(...off.map(Math.abs)), `beeps at ${beeps.join(", ")}, expected at ${expected}`).toBeLessThan(0.06);
  });

  test("HLS of it plays, every picture, without a complaint", async () => {
    const path = `/channels/${channel.id}/hls/master.m3u8?${range(film.from, film.to)}`;
    const input = { url: `${server.url}/api/v1${path}`, headers: server.session };
    const seen = await probe(input);
    expect([...new Set(seen.streams.map((stream) => stream.codec_name))].sort()).toEqual(
      [kind.video, kind.audio].filter((codec) => codec !== undefined).sort(),
    );
    expect(await complaintsOf(input)).toBe("");
    if (!kind.video) return;
    const counters = (await countersOf(input)).map((counter) => counter.frame);
    expect(counters.length).toBeGreaterThanOrEqual(200);
    expect(counters).toEqual(counters.map((_, i) => after(counters[0] ?? -1, i)));
    expect(counters).toContain(film.start.frame);
  });
});

test("after all of it the archive is sound", async () => {
  await server.halt();
  const checked = await server.command(["check", "--json"]);
  expect(checked.code, `${checked.stdout.toString()}${checked.stderr}`).toBe(0);
});
