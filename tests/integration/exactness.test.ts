// Exactness, read from pixels: what is shown at an instant, and what a range holds, to the frame. The
// sources carry a counter in the picture and loop; a frame's place in the loop is its counter.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countersOf, probe } from "../support/media.ts";
import { Server, addChannel, type Channel } from "../support/server.ts";
import { makeFootage, startHls, startRtmp, type Source } from "../support/sources.ts";
import {
  frameLength, instant, microseconds, range, recordedSpan, second, shownAt, type Shown, type Span,
} from "./instants.ts";

const turn = 200; // frames of the 8 s loop
const drift = 20_000; // anchors may slew by 500 ppm and be rounded to milliseconds; less than a frame

let server: Server;
const sources: Source[] = [];

beforeAll(async () => {
  server = await Server.start();
});
afterAll(async () => {
  await server?.stop();
  await Promise.all(sources.map((source) => source.stop()));
});

/** The counter of the frame `count` frames after one. */
const after = (counter: number, count: number): number => (((counter + count) % turn) + turn) % turn;

type Recording = { channel: Channel; span: Span; first: Shown; cut: number };

/** Records a source until a segment was cut well inside; `cut` is the wall clock's boundary. */
async function record(name: string, source: Source): Promise<Recording> {
  sources.push(source);
  const channel = await addChannel(server, name, source.url, { segmentSeconds: 10 });
  const span = await recordedSpan(server, channel.id, 26);
  const first = await shownAt(server, channel.id, span.from);
  const cut = Math.ceil((span.from + 5 * second) / (10 * second)) * 10 * second;
  return { channel, span, first, cut };
}

/** Instants in the middle of frames all over the span, and how many frames lie before each. */
function middles({ first, span }: Recording): { time: number; frames: number }[] {
  const frames = Math.floor((span.to - first.begins) / frameLength) - 2;
  return [...Array(40).keys()].map((i) => {
    const count = (i * 97) % frames;
    return { time: first.begins + count * frameLength + frameLength / 2, frames: count };
  });
}

/** Everything that holds of a recording, whatever its source. */
function exactnessOf(recording: () => Recording, channelNumber: number): void {
  test("the span begins with a picture", () => {
    const { first, span } = recording();
    expect(Math.abs(first.begins - span.from)).toBeLessThanOrEqual(frameLength);
    expect(first.channel).toBe(channelNumber);
  });

  test("at any instant the frame of that instant is shown", async () => {
    const { channel, first } = recording();
    for (const { time, frames } of middles(recording())) {
      const shown = await shownAt(server, channel.id, time);
      expect([shown.channel, shown.frame], instant(time)).toEqual([channelNumber, after(first.frame, frames)]);
      expect(Math.abs(shown.begins - (first.begins + frames * frameLength))).toBeLessThan(drift);
    }
  });

  test("a frame is shown from its very first microsecond on, and not one before", async () => {
    const { channel, cut } = recording();
    for (const time of [cut - 3 * second, cut - frameLength, cut, cut + frameLength, cut + 2 * second]) {
      const shown = await shownAt(server, channel.id, time);
      const same = await shownAt(server, channel.id, shown.begins);
      const before = await shownAt(server, channel.id, shown.begins - 1);
      expect(same).toEqual(shown);
      expect(before.frame, `before ${instant(shown.begins)}`).toBe(after(shown.frame, -1));
      expect(shown.begins - before.begins).toBeGreaterThan(frameLength / 2);
    }
  });

  test("a range across a segment cut holds its frames, all of them and no other", async () => {
    const { channel, cut } = recording();
    for (const [from, to] of [[cut - 1_300_000, cut + 2_500_000], [cut - 40_000, cut + 2_040_000]] as const) {
      const start = await shownAt(server, channel.id, from);
      const last = await shownAt(server, channel.id, to - 1);
      const counters = await countersOf(await server.bytes(`/channels/${channel.id}/video.mp4?${range(from, to)}`));
      const count = Math.round((last.begins - start.begins) / frameLength) + 1;
      expect(counters.map((counter) => counter.frame)).toEqual(
        [...Array(count).keys()].map((i) => after(start.frame, i)),
      );
      expect(counters.at(-1)?.frame).toBe(last.frame);
    }
  });

  test("a range from a frame's start to another's holds neither the frame before nor the last", async () => {
    const { channel, cut } = recording();
    const start = await shownAt(server, channel.id, cut - second);
    const end = await shownAt(server, channel.id, cut + 3 * second);
    const path = `/channels/${channel.id}/video.mp4?${range(start.begins, end.begins)}`;
    const answer = await server.fetch(path);
    const counters = await countersOf(Buffer.from(await answer.arrayBuffer()));
    expect(counters[0]?.frame).toBe(start.frame);
    expect(counters.at(-1)?.frame).toBe(after(end.frame, -1));
    expect(counters).toHaveLength(Math.round((end.begins - start.begins) / frameLength));
    expect(microseconds(answer.headers.get("Longtake-From") ?? "")).toBe(start.begins);
    expect(microseconds(answer.headers.get("Longtake-To") ?? "")).toBe(end.begins);
    const seen = await probe({ url: `${server.url}/api/v1${path}`, headers: server.session });
    const length = (end.begins - start.begins) / second;
    expect(Math.abs(Number(seen.format.duration) - length)).toBeLessThan(0.1);
  });
}

describe("HLS with B-frames and the source's own clock", () => {
  let recording: Recording;
  let source: Source;
  beforeAll(async () => {
    source = await startHls(await makeFootage("source-b.mp4", { channel: 4, seconds: 8, bframes: 2 }), { pdt: true });
    recording = await record("clock", source);
  });
  exactnessOf(() => recording, 4);

  test("the frame at an instant is the one the source's clock tells", async () => {
    const playlist = await (await fetch(source.url)).text();
    const entries = [...playlist.matchAll(/#EXT-X-PROGRAM-DATE-TIME:(\S+)\s+(\S+\.ts)/g)];
    expect(entries.length).toBeGreaterThan(2);
    // The newest segments are not recorded yet: take the oldest that is listed.
    for (const [, told = "", file = ""] of entries.slice(0, 2)) {
      const [head] = await countersOf(new URL(file, source.url).href, 1);
      const told_ = microseconds(told);
      await recordedSpan(server, recording.channel.id, (told_ - recording.span.from) / second + 1);
      const shown = await shownAt(server, recording.channel.id, told_ + frameLength / 2);
      expect(shown.frame).toBe(head?.frame);
      expect(Math.abs(shown.begins - told_)).toBeLessThan(frameLength / 2);
    }
  });
});

describe("RTMP, which tells no clock", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record("no clock", await startRtmp(await makeFootage("source.mp4", { channel: 3, seconds: 8 })));
  });
  exactnessOf(() => recording, 3);
});
