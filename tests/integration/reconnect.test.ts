// A source that breaks off and comes back: both sides of the break are exact and placed in time, the break
// is named, and what is given of both sides leaves out nothing but the break. Another clip, whose counters
// lie elsewhere, plays after the break, so that the sides cannot be taken for one another.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LiveWatch } from "../support/live.ts";
import { complaintsOf, countersOf, probe } from "../support/media.ts";
import { freePort, waitFor, type Running } from "../support/process.ts";
import { Server, addChannel, timelineOf, type Channel, type Timeline } from "../support/server.ts";
import { makeFootage, startRtmpServer, startRtsp, type Source } from "../support/sources.ts";
import { frameLength, instant, microseconds, range, second, shownAt } from "./instants.ts";

const turn = 200; // frames of each 8 s loop
const fragment = 2 * second; // a group of pictures of the footage
/**
 * The recorder dates a picture by the least-delayed one of those that came first, or by the sender's reports;
 * so does the reader beside it. Both run on a busy machine.
 */
const placement = 0.25 * second;

type Side = { channel: number; from: number }; // what its counters look like
const sides: readonly [Side, Side] = [{ channel: 11, from: 0 }, { channel: 12, from: 5000 }];
const clips: string[] = [];
let server: Server;

/** A live address that can be broken off and brought back. */
type Breakable = {
  readonly url: string;
  /** The source goes on air with a clip. */
  air(clip: string): Promise<void>;
  cut(): Promise<void>;
  stop(): Promise<void>;
};

beforeAll(async () => {
  const quick = { LONGTAKE_INGEST_FIRST_RETRY_MS: "300", LONGTAKE_INGEST_MAX_RETRY_MS: "600", LONGTAKE_INGEST_READ_TIMEOUT_MS: "4000" };
  server = await Server.start({ env: quick });
  for (const { channel, from } of sides) {
    clips.push(await makeFootage(`side-${channel}.mp4`, { channel, from, seconds: 8 }));
  }
});
afterAll(async () => {
  await server?.stop();
});

/** nginx stays, and may keep the recorder's connection; its publisher is killed. */
async function rtmp(): Promise<Breakable> {
  const nginx = await startRtmpServer();
  let publisher: Running | undefined;
  return {
    url: `${nginx.url}/break`,
    air: async (clip) => void (publisher = await nginx.publish("break", clip)),
    cut: async () => publisher?.stop("SIGKILL"),
    stop: async () => {
      await publisher?.stop();
      await nginx.stop();
    },
  };
}

/** The whole server goes and comes back. */
async function rtsp(): Promise<Breakable> {
  const port = await freePort();
  let source: Source | undefined;
  return {
    url: `rtsp://127.0.0.1:${port}/break`,
    air: async (clip) => void (source = await startRtsp({ break: clip }, { port })),
    cut: async () => source?.stop(),
    stop: async () => source?.stop(),
  };
}

const lineOf = (channel: Channel): Promise<Timeline> =>
  timelineOf(server, channel.id, new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000));

type Span = { from: number; to: number };
type Trial = { channel: Channel; line: Timeline; spans: [Span, Span]; watches: [LiveWatch, LiveWatch] };

type Kind = {
  name: string;
  make: () => Promise<Breakable>;
  options: readonly string[];
  /** Back before the recorder can have noticed a loss. */
  atOnce?: true;
  causes: readonly string[];
};
const kinds: Kind[] = [
  { name: "RTMP, its publisher killed", make: rtmp, options: [], causes: ["source_lost"] },
  // The connection stays and the stamps begin anew: after a silence (on a busy machine) that was a loss,
  // else all that can be known is that another time line began.
  { name: "RTMP, its publisher killed and back at once", make: rtmp, options: [], atOnce: true, causes: ["source_changed", "source_lost"] },
  { name: "RTSP, its server restarted", make: rtsp, options: ["-rtsp_transport", "tcp"], causes: ["source_lost"] },
];

/** Records, breaks until the recorder has noticed, brings back, records again. */
async function recordOver(source: Breakable, { name, options, atOnce }: Kind): Promise<Trial> {
  const [before = "", after = ""] = clips;
  const grown = (channel: Channel, count: number, seconds: number): Promise<Timeline> =>
    waitFor(`${seconds} s of side ${count}`, async () => {
      const line = await lineOf(channel);
      const last = line.spans[count - 1];
      return last && microseconds(last.to) - microseconds(last.from) >= seconds * second ? line : undefined;
    }, { timeoutMs: 90_000, everyMs: 250 });

  await source.air(before);
  const first = new LiveWatch(source.url, options);
  const channel = await addChannel(server, name, source.url, { segmentSeconds: 10 });
  await grown(channel, 1, 13);
  await first.watched(100);
  await source.cut();
  if (!atOnce) {
    await waitFor("the loss to be noticed", async () => {
      const now = await server.ask<Channel>("GET", `/channels/${channel.id}`);
      return now.state === "reconnecting";
    });
  }
  await first.stop();
  await source.air(after);
  const second_ = new LiveWatch(source.url, options);
  const line = await grown(channel, 2, 13);
  await second_.watched(100);
  await second_.stop();
  const spans = line.spans.map((span) => ({ from: microseconds(span.from), to: microseconds(span.to) }));
  const [one, two] = spans;
  if (!one || !two || spans.length > 2) throw new Error(`not two sides: ${JSON.stringify(line)}`);
  return { channel, line, spans: [one, two], watches: [first, second_] };
}

describe.each(kinds)("$name", (kind) => {
  let source: Breakable;
  let trial: Trial;
  beforeAll(async () => {
    source = await kind.make();
    trial = await recordOver(source, kind);
  });
  afterAll(async () => {
    await source?.stop();
  });

  /** The counter of the frame `count` frames after `frame` on a side. */
  const after = (side: Side, frame: number, count: number): number => {
    const place = (frame - side.from + count) % turn;
    return side.from + ((place + turn) % turn);
  };

  test("the break stands on the timeline, whole and with its cause", () => {
    const { line, spans } = trial;
    const gaps = line.gaps.filter((gap) => microseconds(gap.from) >= spans[0].from && microseconds(gap.from) < spans[1].to);
    expect(gaps.map((gap) => [gap.from, gap.to])).toEqual([[line.spans[0]?.to, line.spans[1]?.from]]);
    expect(kind.causes).toContain(gaps[0]?.cause);
    expect(gaps[0]?.detail).toMatch(/^[^\n]+$/);
  });

  test.each([0, 1] as const)("side %d: at any instant the frame of that instant", async (i) => {
    const side = sides[i];
    const span = trial.spans[i];
    const first = await shownAt(server, trial.channel.id, span.from);
    expect(first.channel).toBe(side.channel);
    expect(Math.abs(first.begins - span.from)).toBeLessThanOrEqual(frameLength);
    const frames = Math.floor((span.to - first.begins) / frameLength) - 1;
    for (let k = 0; k < 20; k++) {
      const count = (k * 53) % frames;
      const time = first.begins + count * frameLength + frameLength / 2;
      const shown = await shownAt(server, trial.channel.id, time);
      expect([shown.channel, shown.frame], instant(time)).toEqual([side.channel, after(side, first.frame, count)]);
    }
  });

  test.each([0, 1] as const)("side %d lies where it happened", async (i) => {
    const side = sides[i];
    const watch = trial.watches[i];
    expect(new Set(watch.seen.map((sighting) => sighting.channel))).toEqual(new Set([side.channel]));
    const sent = watch.origin(turn, frameLength) + side.from * frameLength; // when a turn began
    for (const time of [trial.spans[i].from + 3 * second, trial.spans[i].to - second]) {
      const shown = await shownAt(server, trial.channel.id, time);
      const placed = shown.begins - (shown.frame - side.from) * frameLength;
      const off = (placed - sent) % (turn * frameLength);
      const nearest = ((off + 12 * second) % (8 * second)) - 4 * second; // within half a turn of 0
      expect(Math.abs(nearest), `${nearest} us off`).toBeLessThan(placement);
    }
  });

  test("nothing that came before the break is missing", async () => {
    const last = await shownAt(server, trial.channel.id, trial.spans[0].to - 1);
    const behind = (trial.watches[0].last.frame - last.frame + turn) % turn;
    expect(Math.min(behind, turn - behind), `${last.frame}, another reader saw ${trial.watches[0].last.frame}`).toBeLessThanOrEqual(2);
    const first = await shownAt(server, trial.channel.id, trial.spans[1].from);
    expect((first.frame - sides[1].from) % 50, "the first picture after the break is a keyframe").toBe(0);
    expect(trial.spans[1].from - trial.spans[0].to).toBeGreaterThan(0);
  });

  test("an MP4 over the break holds both sides and leaves out only the break", async () => {
    const [one, two] = trial.spans;
    const id = trial.channel.id;
    // Not half a frame off the frames' grid: ffmpeg rounds to that grid, and would be undecided.
    const from = one.to - fragment - 710_000;
    const to = two.from + 3 * second + 300_000;
    const path = `/channels/${id}/video.mp4?${range(from, to)}`;
    const answer = await server.fetch(path);
    expect(answer.headers.get("Longtake-Missing")).toBe(`${instant(one.to)}/${instant(two.from)}`);
    const counters = await countersOf(Buffer.from(await answer.arrayBuffer()));
    const ends = await Promise.all([from, one.to - 1, two.from, to - 1].map((time) => shownAt(server, id, time)));
    const [start, last, first, end] = ends;
    if (!start || !last || !first || !end) throw new Error("no pictures");
    const run = (side: Side, a: typeof start, b: typeof start): [number, number][] =>
      [...Array(Math.round((b.begins - a.begins) / frameLength) + 1).keys()].map((i) => [side.channel, after(side, a.frame, i)]);
    expect(counters.map((counter) => [counter.channel, counter.frame])).toEqual([
      ...run(sides[0], start, last), ...run(sides[1], first, end),
    ]);
    expect(counters.at(-1)).toEqual({ channel: end.channel, frame: end.frame });
    const input = { url: `${server.url}/api/v1${path}`, headers: server.session };
    expect(await complaintsOf(input)).toBe("");
    const length = (one.to - from + to - two.from) / second;
    expect(Math.abs(Number((await probe(input)).format.duration) - length)).toBeLessThan(0.1);
  });

  test("a range inside the break, and a picture there, are not recorded", async () => {
    const middle = Math.floor((trial.spans[0].to + trial.spans[1].from) / 2);
    const inside = await server.call<{ type: string }>("GET", `/channels/${trial.channel.id}/frame.png?at=${instant(middle)}`);
    expect([inside.status, inside.body.type]).toEqual([404, "urn:longtake:not-recorded"]);
    const film = await server.call<{ type: string }>(
      "GET", `/channels/${trial.channel.id}/video.mp4?${range(middle, trial.spans[1].from)}`,
    );
    expect([film.status, film.body.type]).toEqual([404, "urn:longtake:not-recorded"]);
  });
});
