// What survives a kill, an orderly stop and a source that dies: the footage, and a gap with its cause.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaintsOf, countersOf } from "../support/media.ts";
import { freePort, waitFor } from "../support/process.ts";
import { Server, addChannel, timelineOf, type Channel, type Timeline } from "../support/server.ts";
import { makeFootage, startHls, startRtmp, startRtsp, type Source } from "../support/sources.ts";
import { microseconds, range, recordedSpan, second, shownAt, spansOf } from "./instants.ts";

const turn = 200; // frames of the 8 s loop
const fragment = 2 * second; // a group of pictures of the footage

let server: Server;
const sources: Source[] = [];
const channels: Channel[] = [];
let rtmpPort = 0;
let clip = "";

beforeAll(async () => {
  server = await Server.start({ env: { LONGTAKE_INGEST_FIRST_RETRY_MS: "300", LONGTAKE_INGEST_MAX_RETRY_MS: "1000" } });
  clip = await makeFootage("source.mp4", { channel: 3, seconds: 8 });
  const reordered = await makeFootage("source-b.mp4", { channel: 4, seconds: 8, bframes: 2 });
  rtmpPort = await freePort();
  const rtsp = await startRtsp({ one: clip, two: clip });
  sources.push(rtsp, await startHls(reordered, { pdt: true }), await startRtmp(clip, { port: rtmpPort }));
  const addresses = [...sources.slice(1).map((source) => source.url), `${rtsp.url}/one`, `${rtsp.url}/two`];
  for (const [i, url] of addresses.entries()) {
    channels.push(await addChannel(server, `channel ${i}`, url, { segmentSeconds: 10 }));
  }
});
afterAll(async () => {
  await server?.stop();
  await Promise.all(sources.map((source) => source.stop()));
});

async function lineOf(channel: Channel): Promise<Timeline> {
  return timelineOf(server, channel.id, new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000));
}

/** Waits until the channel records beyond `end` again; gives its timeline. */
function goesOn(channel: Channel, end: number): Promise<Timeline> {
  return waitFor(
    `${channel.name} to record again`,
    async () => {
      const line = await lineOf(channel);
      const last = line.spans.at(-1);
      return last && microseconds(last.from) >= end && microseconds(last.to) > microseconds(last.from) + 3 * second ? line : undefined;
    },
    { timeoutMs: 90_000, everyMs: 250 },
  );
}

/**
 * From the span that begins at `since`, between every two stands a gap with its cause. Only HLS may
 * do without one: its playlist still lists what was missed, and the recording then goes on where it ended.
 */
function expectGaps(channel: Channel, whole: Timeline, since: number, causes: readonly string[]): void {
  const line = {
    spans: whole.spans.filter((span) => microseconds(span.from) >= since),
    gaps: whole.gaps.filter((gap) => microseconds(gap.from) >= since),
  };
  expect(line.spans, channel.name).toHaveLength(causes.length + 1);
  const expected = causes.map((cause, i) => [cause, line.spans[i]?.to, line.spans[i + 1]?.from]);
  expect(line.gaps.map((gap) => [gap.cause, gap.from, gap.to]), channel.name).toEqual(
    expected.filter(([, from, to]) => channel.source.kind !== "hls" || from !== to),
  );
}

async function expectSound(): Promise<void> {
  const checked = await server.command(["check", "--json"]);
  expect(checked.code, `${checked.stdout.toString()}${checked.stderr}`).toBe(0);
}

describe.sequential("four channels", () => {
  test("kill -9: at most two fragments are lost, the gap tells why, recording goes on", async () => {
    await Promise.all(channels.map((channel) => recordedSpan(server, channel.id, 14)));
    const before = await Promise.all(
      channels.map(async (channel) => (await spansOf(server, channel.id)).at(-1) ?? { from: 0, to: 0 }),
    );
    expect((await server.halt("SIGKILL"))?.signal).toBe("SIGKILL");
    await server.resume();
    for (const [i, channel] of channels.entries()) {
      const was = before[i] ?? { from: 0, to: 0 };
      const line = await goesOn(channel, was.from + second);
      const kept = line.spans.find((span) => microseconds(span.from) === was.from);
      if (!kept) throw new Error(`nothing of ${channel.name} is left`);
      expect(was.to - microseconds(kept.to), channel.name).toBeLessThanOrEqual(2 * fragment);
      expectGaps(channel, line, was.from, ["server_crashed"]);
    }
  });

  test("all that is listed after the kill is there, unbroken", async () => {
    for (const channel of channels) {
      const kept = (await spansOf(server, channel.id)).at(-2);
      if (!kept) throw new Error("no span");
      const url = `${server.url}/api/v1/channels/${channel.id}/video.mp4?${range(kept.from, kept.to)}`;
      expect(await complaintsOf({ url, headers: server.session }), channel.name).toBe("");
      const counters = (await countersOf({ url, headers: server.session })).map((counter) => counter.frame);
      const first = counters[0] ?? -1;
      expect(counters, channel.name).toEqual(counters.map((_, i) => (first + i) % turn));
      expect(Math.abs(counters.length - (kept.to - kept.from) / 40_000), channel.name).toBeLessThanOrEqual(1);
      expect((await shownAt(server, channel.id, kept.to - 1)).frame, channel.name).toBe(counters.at(-1));
    }
  });

  test("where HLS was caught up, no frame is missing", async () => {
    const [channel] = channels;
    if (!channel) throw new Error("no channel");
    const [kept, next] = (await spansOf(server, channel.id)).slice(-2);
    if (!kept || !next) throw new Error("no span");
    const last = await shownAt(server, channel.id, kept.to - 1);
    const first = await shownAt(server, channel.id, next.from);
    const missed = Math.round((next.from - kept.to) / 40_000);
    expect(first.frame).toBe((last.frame + missed + 1) % turn);
  });

  test("an orderly stop ends with 0 and leaves a sound archive and the gap's cause", async () => {
    const before = await Promise.all(channels.map((channel) => spansOf(server, channel.id)));
    process.kill(server.pid, "SIGTERM");
    const exit = await waitFor("the server to end", () => server.exit, { timeoutMs: 10_000 });
    expect(exit).toEqual({ code: 0, signal: null });
    await expectSound();
    await server.resume();
    for (const [i, channel] of channels.entries()) {
      const was = before[i]?.at(-1) ?? { from: 0, to: 0 };
      const line = await goesOn(channel, was.to);
      expectGaps(channel, line, was.from, ["server_down"]);
      expect(microseconds(line.spans.at(-2)?.to ?? ""), channel.name).toBeGreaterThanOrEqual(was.to);
    }
  });

  test("a source that dies is named, and recorded again when it is back", async () => {
    const [, , rtmp] = sources;
    const channel = channels[1];
    if (!rtmp || !channel) throw new Error("no source");
    const was = (await spansOf(server, channel.id)).at(-1) ?? { from: 0, to: 0 };
    await rtmp.stop();
    const lost = await waitFor("the loss to be seen", async () => {
      const now = await server.ask<Channel & { cause?: string }>("GET", `/channels/${channel.id}`);
      return now.state === "reconnecting" ? now : undefined;
    });
    expect(lost.cause).toMatch(/^[^\n]+$/);
    sources[2] = await startRtmp(clip, { port: rtmpPort });
    const line = await goesOn(channel, was.to);
    expect(line.gaps.at(-1)?.cause).toBe("source_lost");
    expect(line.gaps.at(-1)?.from).toBe(line.spans.at(-2)?.to);
    expect(line.gaps.at(-1)?.to).toBe(line.spans.at(-1)?.from);
    expect((await spansOf(server, channel.id)).at(-2)?.to).toBeGreaterThanOrEqual(was.to);
  });

  test("after all of it the archive is sound", async () => {
    expect(await server.halt()).toEqual({ code: 0, signal: null });
    await expectSound();
  });
});
