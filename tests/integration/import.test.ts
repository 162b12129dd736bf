// A recording that lies in a file, imported with its instant: the archive holds it as if it had come in live.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countersOf } from "../support/media.ts";
import { Server, addChannel, timelineOf, type Channel } from "../support/server.ts";
import { makeFootage } from "../support/sources.ts";
import { frameLength, instant, range, second, shownAt } from "./instants.ts";

const noon = Date.UTC(2026, 0, 15, 12) * 1000;
let server: Server;
let channel: Channel;
let file: string;

beforeAll(async () => {
  file = await makeFootage("import.mp4", { bframes: 2, seconds: 8 });
  server = await Server.start();
  // Nobody answers there: all the footage is what is imported.
  channel = await addChannel(server, "Import", "http://127.0.0.1:9/none.m3u8");
  await server.halt();
});
afterAll(async () => {
  await server?.stop();
});

const importAt = (time: number, path = file) => server.command(["import", "Import", path, "--at", instant(time)]);

describe("longtake import", () => {
  test("takes recordings in order of time and refuses others by name", async () => {
    const first = await importAt(noon);
    expect(first.code).toBe(0);
    expect(first.stdout.toString()).toContain(": 2026-01-15T12:00:00Z to 2026-01-15T12:00:08Z");
    expect(await importAt(noon + 60 * second)).toMatchObject({ code: 0 });
    const early = await importAt(noon + 30 * second);
    expect(early.code).toBe(1);
    expect(early.stderr.trim()).toBe(
      "longtake: the channel has footage up to 2026-01-15T12:01:08Z: import what begins there or later",
    );
    expect(await importAt(noon + 90 * second, "/none.mp4")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/none\.mp4: .*no such file/i),
    });
  });

  test("is refused beside a running server", async () => {
    await server.resume();
    expect(await importAt(noon + 90 * second)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("in use by another server"),
    });
  });

  test("is on the timeline with the gap between", async () => {
    const line = await timelineOf(server, channel.id, new Date(noon / 1000), new Date(noon / 1000 + 68_000));
    expect(line.spans.map((span) => [span.from, span.to])).toEqual([
      ["2026-01-15T12:00:00Z", "2026-01-15T12:00:08Z"],
      ["2026-01-15T12:01:00Z", "2026-01-15T12:01:08Z"],
    ]);
    expect(line.gaps).toEqual([
      {
        from: "2026-01-15T12:00:08Z",
        to: "2026-01-15T12:01:00Z",
        cause: "source_lost",
        detail: "the end of an imported file",
      },
    ]);
  });

  test("shows each picture at its instant", async () => {
    for (const base of [noon, noon + 60 * second])
      for (const frame of [0, 1, 49, 50, 123, 199]) {
        const shown = await shownAt(server, channel.id, base + frame * frameLength + frameLength / 2);
        expect(shown.frame).toBe(frame);
        expect(Math.abs(shown.begins - base - frame * frameLength)).toBeLessThanOrEqual(20);
      }
  });

  test("gives a range of both as one film", async () => {
    const film = await server.bytes(
      `/channels/${channel.id}/video.mp4?${range(noon + 190 * frameLength, noon + 60 * second + 10 * frameLength)}`,
    );
    const frames = (await countersOf(film)).map((counter) => counter.frame);
    expect(frames).toEqual([...Array(10).keys()].map((i) => 190 + i).concat([...Array(10).keys()]));
  });
});
