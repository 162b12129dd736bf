import { beforeEach, describe, expect, it, vi } from "vitest";
import { type EpochMs, epochMs, type Range } from "@/time/instant";
import type { Recording } from "./face";
import { FetchQueue } from "./fetch-queue";
import type { Snapshot } from "./member";
import { Wall } from "./wall";
import { FakeAudio, FakeMedia, FakeMediaSource, installFakeBrowser, passFrames, time } from "./testing/fake-browser";
import { FakeServer } from "./testing/fake-server";
import { noon, recordingOf, s, span } from "./testing/recordings";

function scene(spans: Range[], over: Partial<Recording> = {}) {
  const server = new FakeServer(spans);
  const video = new FakeMedia();
  const recording = recordingOf(spans, over);
  const open = (at: EpochMs, speed = 1) => {
    const wall = new Wall({
      audio: new FakeAudio() as unknown as HTMLAudioElement,
      queue: new FetchQueue(server.fetch),
      now: () => time.now,
      present: () => epochMs(server.edge + 500),
      at,
      speed,
    });
    wall.add("7", "/api/v1/channels/7", video as unknown as HTMLVideoElement);
    wall.setRecording("7", recording);
    return wall;
  };
  const run = async (wall: Wall, ms: number, each?: (snapshot: Snapshot) => void) => {
    let last: Snapshot | undefined;
    const frame = () => {
      last = wall.tick()?.lead ?? last;
      if (last && each) each(last);
    };
    await passFrames(ms, frame, () => [video]);
    return last!;
  };
  return { server, video, recording, open, run };
}

const frameOf = (snapshot: Snapshot) => Math.round((snapshot.report.frame?.at ?? 0) - noon);

beforeEach(() => {
  vi.unstubAllGlobals();
  installFakeBrowser((name, value) => vi.stubGlobal(name, value));
});

describe("Wall of one tile, standing", () => {
  it("shows the last frame that begins at or before the instant", async () => {
    const { open, run } = scene([span(0, 60)]);
    const shot = await run(open(epochMs(s(10) + 59.9)), 300);
    expect(shot.report.face.kind).toBe("paused");
    expect(frameOf(shot)).toBe(10_040);
  });

  it("waits longer each time for a machine that takes long to seek", async () => {
    const { open, run, video } = scene([span(0, 60)]);
    video.seekMs = 2500;
    const shot = await run(open(epochMs(s(10) + 59.9)), 7000);
    expect(frameOf(shot)).toBe(10_040);
    expect(shot.report.still).toBe(false);
  });

  it("steps to exactly the next and the previous frame, across groups of pictures", async () => {
    const { open, run } = scene([span(0, 60)]);
    const wall = open(epochMs(s(10) + 930));
    expect(frameOf(await run(wall, 300))).toBe(10_920);
    const seen: number[] = [];
    for (const direction of [1, 1, 1, -1, -1, -1, -1] as const) {
      wall.deck.step(direction);
      seen.push(frameOf(await run(wall, 200)));
    }
    expect(seen).toEqual([10_960, 11_000, 11_040, 11_000, 10_960, 10_920, 10_880]);
  });

  it("steps over a gap and says so", async () => {
    const { open, run } = scene([span(0, 10), span(40, 60)]);
    const wall = open(epochMs(s(10) - 1));
    expect(frameOf(await run(wall, 300))).toBe(9960);
    wall.deck.step(1);
    let told = false;
    const shot = await run(wall, 300, (x) => (told ||= x.notice?.kind === "jumped"));
    expect(frameOf(shot)).toBe(40_000);
    expect(told).toBe(true);
    wall.deck.step(-1);
    expect(frameOf(await run(wall, 300))).toBe(9960);
  });

  it("scrubs by keyframes and settles on the exact frame", async () => {
    const { open, run, server } = scene([span(0, 600)]);
    const wall = open(s(10));
    await run(wall, 200);
    wall.deck.scrub(epochMs(s(300) + 530));
    expect(frameOf(await run(wall, 100))).toBe(300_000);
    expect(server.requests.at(-1)?.get("frames")).toBe("key");
    wall.deck.endScrub(epochMs(s(300) + 530));
    expect(frameOf(await run(wall, 200))).toBe(300_520);
  });
});

describe("Wall of one tile, moving", () => {
  it("begins when its first picture is on the screen: nothing passes that nobody sees", async () => {
    const { open, run, video } = scene([span(0, 600)]);
    video.paintMs = 300;
    const wall = open(s(10), 16);
    wall.play();
    const passed: number[] = [];
    await run(wall, 2000, (shot) => shot.report.frame === undefined && passed.push(shot.at - s(10)));
    expect(passed.length).toBeGreaterThan(10);
    expect(Math.max(...passed), "a tick").toBeLessThanOrEqual(16 * 16);
    wall.deck.seek(s(300));
    const unseen: number[] = [];
    const last = await run(wall, 2000, (shot) => frameOf(shot) < 299_000 && shot.at >= s(300) && unseen.push(shot.at - s(300)));
    expect(unseen.length).toBeGreaterThan(10);
    expect(Math.max(...unseen), "a tick").toBeLessThanOrEqual(16 * 16);
    expect(last.at).toBeGreaterThan(s(310));
  });

  it("does not wait for long for a browser that does not say what it shows", async () => {
    const { open, run, video } = scene([span(0, 600)]);
    video.paintMs = Infinity;
    const wall = open(s(10));
    wall.play();
    const last = await run(wall, 2000);
    expect(last.at).toBeGreaterThan(s(11));
  });

  it("keeps to the clock at 1x", async () => {
    const { open, run } = scene([span(0, 600)]);
    const wall = open(s(10));
    wall.play();
    await run(wall, 500);
    const shot = await run(wall, 5000, (x) => {
      expect(Math.abs((x.report.frame?.at ?? 0) - x.at)).toBeLessThan(120);
    });
    expect(shot.report.face.kind).toBe("playing");
    expect(shot.at).toBeGreaterThan(s(14.5));
  });

  it("keeps the picture that was seen when paused", async () => {
    const { open, run } = scene([span(0, 600)]);
    const wall = open(s(10));
    wall.play();
    const before = await run(wall, 2000);
    wall.pause();
    const after = await run(wall, 300);
    expect(frameOf(after)).toBe(frameOf(before));
    expect(after.report.face.kind).toBe("paused");
  });

  it("plays 60x by keyframes in compressed time, forward and backward", async () => {
    const { open, run, server } = scene([span(0, 7200)]);
    const wall = open(s(600), 60);
    wall.play();
    await run(wall, 500);
    const start = wall.deck.clock.instant();
    const shot = await run(wall, 4000);
    expect(shot.report.face.kind).toBe("keyframes");
    expect(server.requests.at(-1)?.get("speed")).toBe("8");
    expect(server.requests.at(-1)?.get("every")).toBe("2");
    expect(shot.at - start).toBeGreaterThan(3500 * 60);
    expect(Math.abs((shot.report.frame?.at ?? 0) - shot.at)).toBeLessThan(8000);
    wall.deck.setSpeed(-8);
    await run(wall, 500);
    const turned = wall.deck.clock.instant();
    const back = await run(wall, 3000);
    expect(turned - back.at).toBeGreaterThan(2500 * 8);
    expect(Math.abs((back.report.frame?.at ?? 0) - back.at)).toBeLessThan(3000);
  });

  it("drops to keyframes when decoding is outrun, however far", async () => {
    const { open, run, video } = scene([span(0, 3000)]);
    const wall = open(s(10), 8);
    video.power = 1;
    wall.play();
    let keyframesAfter: number | undefined;
    let passed = 0;
    await run(wall, 12_000, (shot) => {
      passed += 16;
      if (shot.mode === "key") keyframesAfter ??= passed;
    });
    expect(keyframesAfter).toBeLessThan(10_000);
  });

  it("jumps a gap and names its cause for a second", async () => {
    const gaps = [{ ...span(20, 50), cause: "source_lost", detail: "refused" }];
    const { open, run } = scene([span(0, 20), span(50, 600)], { gaps });
    const wall = open(s(18));
    wall.play();
    const notices: string[] = [];
    const shot = await run(wall, 4000, (x) => {
      if (x.notice?.kind === "jumped") notices.push(x.notice.gap?.cause ?? "");
    });
    expect(shot.at).toBeGreaterThan(s(51));
    expect(shot.report.face.kind).toBe("playing");
    expect(new Set(notices)).toEqual(new Set(["source_lost"]));
    expect(notices.length * 16).toBeLessThanOrEqual(1100);
  });

  it("stops at the end and at the beginning", async () => {
    const { open, run } = scene([span(0, 20)]);
    const wall = open(s(19));
    wall.play();
    const end = await run(wall, 2000);
    expect(end.playing).toBe(false);
    expect(end.at).toBeLessThan(s(20));
    wall.deck.setSpeed(-8);
    wall.play();
    const beginning = await run(wall, 4000);
    expect(beginning.playing).toBe(false);
    expect(beginning.at).toBe(s(0));
  });

  it.each([8, 32, 60])("comes down from %dx to 1x at the live edge, and goes on as footage arrives", async (speed) => {
    const { open, run, server, recording } = scene([span(0, 60)], { live: true });
    const wall = open(s(10), speed);
    wall.play();
    const edge = await run(wall, 10_000);
    expect(edge.live).toBe(true);
    expect(edge.speed).toBe(1);
    expect(edge.at).toBeLessThanOrEqual(s(60));
    const grown = { ...recording, spans: [span(0, 90)], edge: s(90) };
    server.spans = grown.spans;
    server.edge = grown.edge;
    wall.setRecording("7", grown);
    const later = await run(wall, 4000);
    expect(later.running).toBe(true);
    expect(later.at).toBeGreaterThan(s(60));
  });
});

describe("Wall of one tile, in trouble", () => {
  it("tries again by itself when the server does not answer, and shows why meanwhile", async () => {
    const { open, run, server } = scene([span(0, 600)]);
    server.failure = "network";
    const wall = open(s(10));
    expect((await run(wall, 2500)).report.face.kind).toBe("retrying");
    server.failure = undefined;
    expect((await run(wall, 4000)).report.face.kind).toBe("paused");
  });

  it("does not ask again and again what is refused", async () => {
    const { open, run, server } = scene([span(0, 600)]);
    server.failure = 403;
    const wall = open(s(10));
    expect((await run(wall, 3000)).report.face.kind).toBe("not-permitted");
  });

  it("says which codec the browser cannot play, and offers stills", async () => {
    const { open, run, server } = scene([span(0, 600)]);
    server.contentType = 'video/mp4; codecs="hvc1.1.6.L93.B0"';
    FakeMediaSource.supported = (type) => !type.includes("hvc1");
    const shot = await run(open(s(10)), 300);
    expect(shot.report.face).toEqual({ kind: "unsupported", codec: "HEVC (H.265)" });
    expect(shot.report.still).toBe(true);
  });

  it("plays across a change of codec configuration", async () => {
    const { open, run, server } = scene([span(0, 600)]);
    server.configuration = (at) => (at < s(14) ? "a" : "b");
    const wall = open(s(10));
    wall.play();
    const shot = await run(wall, 6000);
    expect(shot.report.face.kind).toBe("playing");
    expect(shot.at).toBeGreaterThan(s(15));
    expect(Math.abs((shot.report.frame?.at ?? 0) - shot.at)).toBeLessThan(200);
  });

  it("asks for nothing while hidden", async () => {
    const { open, run, server } = scene([span(0, 600)]);
    const wall = open(s(10));
    wall.play();
    await run(wall, 1000);
    wall.setHidden(true);
    const asked = server.requests.length;
    await run(wall, 5000);
    expect(server.requests.length).toBe(asked);
    wall.setHidden(false);
    const shot = await run(wall, 1000);
    expect(shot.running).toBe(true);
    expect(shot.at).toBeLessThan(s(13));
  });
});
