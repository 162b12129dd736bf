import { beforeEach, describe, expect, it, vi } from "vitest";
import { type EpochMs, epochMs, type Range } from "@/time/instant";
import type { Recording } from "./face";
import { FetchQueue } from "./fetch-queue";
import { FakeAudio, FakeMedia, installFakeBrowser, passFrames, time } from "./testing/fake-browser";
import { FakeServer } from "./testing/fake-server";
import { recordingOf, s, span } from "./testing/recordings";
import type { Snapshot } from "./member";
import { Wall, type WallSnapshot } from "./wall";

interface Station {
  server: FakeServer;
  video: FakeMedia;
  recording: Recording;
}

/** Channels `a`, `b`, ... each with a server of its own behind the one queue. */
class Scene {
  readonly stations = new Map<string, Station>();
  /** Channels whose answers never come. */
  readonly mute = new Set<string>();
  readonly wall: Wall;

  constructor(start: { at?: EpochMs; speed?: number } = {}) {
    const fetch = (url: string, init: { signal: AbortSignal }): Promise<Response> => {
      const id = /channels\/(\w+)\//.exec(url)?.[1] ?? "";
      if (!this.mute.has(id)) return this.station(id).server.fetch(url, init);
      return new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));
    };
    this.wall = new Wall({
      audio: new FakeAudio() as unknown as HTMLAudioElement,
      queue: new FetchQueue(fetch),
      now: () => time.now,
      present: () => epochMs(Math.max(...[...this.stations.values()].map(({ server }) => server.edge)) + 500),
      speed: start.speed ?? 1,
      ...(start.at === undefined ? {} : { at: start.at }),
    });
  }

  station(id: string): Station {
    const station = this.stations.get(id);
    if (!station) throw new Error(`no channel ${id}`);
    return station;
  }

  add(id: string, spans: Range[], over: Partial<Recording> = {}): this {
    const station = { server: new FakeServer(spans), video: new FakeMedia(), recording: recordingOf(spans, over) };
    this.stations.set(id, station);
    this.wall.add(id, `/api/v1/channels/${id}`, station.video as unknown as HTMLVideoElement);
    this.wall.setRecording(id, station.recording);
    return this;
  }

  async run(ms: number, each?: (snapshot: WallSnapshot) => void): Promise<WallSnapshot> {
    let last: WallSnapshot | undefined;
    const frame = () => {
      last = this.wall.tick() ?? last;
      if (last && each) each(last);
    };
    await passFrames(ms, frame, () => [...this.stations.values()].map(({ video }) => video));
    return last!;
  }
}

function tile(shot: WallSnapshot, id: string): Snapshot {
  const found = shot.tiles.get(id);
  if (!found) throw new Error(`no tile ${id}`);
  return found;
}
const off = (shot: Snapshot) => Math.abs((shot.report.frame?.at ?? 0) - shot.at);

beforeEach(() => {
  vi.unstubAllGlobals();
  installFakeBrowser((name, value) => vi.stubGlobal(name, value));
});

describe("Wall", () => {
  it("shows the same instant in every tile, at 1x and at 32x", async () => {
    const scene = new Scene({ at: s(10) });
    for (const id of ["a", "b", "c", "d"]) scene.add(id, [span(0, 3000)]);
    scene.wall.play();
    const slow = await scene.run(3000);
    for (const shot of slow.tiles.values()) expect(off(shot)).toBeLessThan(120);
    scene.wall.deck.setSpeed(32);
    const fast = await scene.run(4000);
    expect([...fast.tiles.values()].map((shot) => shot.at)).toEqual([fast.lead?.at, fast.lead?.at, fast.lead?.at, fast.lead?.at]);
    for (const shot of fast.tiles.values()) expect(off(shot)).toBeLessThan(3000);
    expect(fast.lead?.at).toBeGreaterThan(s(13 + 3.5 * 32));
  });

  it("waits a bounded time for a tile that cannot be fed, then goes on, and takes it back by itself", async () => {
    const scene = new Scene({ at: s(10) }).add("a", [span(0, 3000)]).add("b", [span(0, 3000)]);
    scene.station("b").server.failure = "network";
    scene.wall.play();
    const without = await scene.run(5000);
    expect(without.lead?.at).toBeGreaterThan(s(12.5));
    expect(tile(without, "a").report.face.kind).toBe("playing");
    expect(tile(without, "b").report.face.kind).toBe("retrying");
    scene.station("b").server.failure = undefined;
    const later = await scene.run(8000);
    expect(tile(later, "b").report.face.kind).toBe("playing");
    expect(off(tile(later, "b"))).toBeLessThan(200);
    expect(later.lead?.at).toBeGreaterThan(without.lead!.at + 7000);
  });

  it("waits longer for the tile that has the eye, and not for ever", async () => {
    const scene = new Scene({ at: s(10) }).add("a", [span(0, 3000)]).add("b", [span(0, 3000)]);
    scene.wall.setFocus("b");
    scene.mute.add("b");
    scene.wall.play();
    expect((await scene.run(5000)).lead?.at).toBeLessThan(s(10.1));
    const without = await scene.run(6000);
    expect(without.lead?.at).toBeGreaterThan(s(11));
    expect(tile(without, "b").report.face.kind).toBe("loading");
    expect(tile(without, "a").report.face.kind).toBe("playing");
  });

  it("leaves no keyframe out when a tile stumbles: the clock waits, the tile goes on", async () => {
    const scene = new Scene({ at: s(10), speed: 32 }).add("a", [span(0, 3000)]).add("b", [span(0, 3000)]);
    scene.wall.play();
    const seen: number[] = [];
    const note = (shot: WallSnapshot) => {
      const at = Math.round(tile(shot, "b").report.frame?.at ?? 0);
      if (at > 0 && at !== seen.at(-1)) seen.push(at);
    };
    await scene.run(2000, note);
    scene.station("b").video.power = 2;
    await scene.run(700, note);
    scene.station("b").video.power = Infinity;
    const after = await scene.run(3000, note);
    expect(seen.length).toBeGreaterThan(50);
    expect(new Set(seen.slice(1).map((at, i) => at - (seen[i] ?? 0)))).toEqual(new Set([1000]));
    expect(off(tile(after, "b"))).toBeLessThan(2000);
    expect(tile(after, "a").at).toBe(tile(after, "b").at);
  });

  it("thins the keyframes of a tile that cannot decode them, which then keeps up, and tries again later", async () => {
    const scene = new Scene({ at: s(10), speed: 16 }).add("a", [span(0, 6000)]).add("b", [span(0, 6000)]);
    for (const id of ["a", "b"]) scene.wall.setRecording(id, { ...scene.station(id).recording, pixels: 3840 * 2160 });
    scene.wall.play();
    const before = await scene.run(3000);
    expect(tile(before, "b").report.keys).toMatchObject({ every: 1, thinned: false });
    scene.station("b").video.decodes = 11;
    await scene.run(12_000);
    const begun = time.now;
    const from = tile(await scene.run(16), "b").at;
    let worst = 0;
    const after = await scene.run(5000, (shot) => (worst = Math.max(worst, off(tile(shot, "b")))));
    expect(tile(after, "a").report.keys).toMatchObject({ every: 1, thinned: false });
    expect(tile(after, "b").report.keys).toMatchObject({ every: 2, thinned: true });
    expect(tile(after, "b").report.face.kind).toBe("keyframes");
    expect(worst).toBeLessThan(2000 + 300 * 16 + 500);
    expect((tile(after, "b").at - from) / (time.now - begun)).toBeGreaterThan(15);
    scene.station("b").video.decodes = Infinity;
    const later = await scene.run(22_000);
    expect(tile(later, "b").report.keys).toMatchObject({ every: 1, thinned: false });
  });

  it("says of a tile that cannot keep up at all by how much it is behind, and the others go on", async () => {
    const scene = new Scene({ at: s(10), speed: 8 }).add("a", [span(0, 3000)]).add("b", [span(0, 3000)]);
    for (const id of ["a", "b"]) scene.wall.setRecording(id, { ...scene.station(id).recording, pixels: 3840 * 2160 });
    scene.wall.play();
    await scene.run(2000);
    scene.mute.add("b");
    const kinds = new Set<string>();
    let said = 0;
    const after = await scene.run(12_000, (shot) => {
      const { face } = tile(shot, "b").report;
      kinds.add(face.kind);
      if (face.kind === "behind") said = face.byMs;
      else expect(off(tile(shot, "b"))).toBeLessThan(1000 + 2000 * 8 + 500);
    });
    expect(said).toBeGreaterThan(16_000);
    expect(tile(after, "b").report.face.kind).toBe("behind");
    expect(tile(after, "a").report.face.kind).toBe("keyframes");
    scene.mute.clear();
    scene.wall.deck.seek(s(1000));
    const sought = new Set<string>();
    const back = await scene.run(6000, (shot) => sought.add(tile(shot, "b").report.face.kind));
    expect(sought).not.toContain("behind");
    expect(tile(back, "b").report.face.kind).toBe("keyframes");
  });

  it("does not stop for a source that was lost", async () => {
    const lost = { since: s(30), cause: "source-refused", detail: "connection refused" };
    const scene = new Scene({ at: s(27) }).add("a", [span(0, 30)], { live: true, lost }).add("b", [span(0, 60)], { live: true });
    scene.wall.play();
    const shot = await scene.run(8000);
    expect(tile(shot, "a").report.face.kind).toBe("lost");
    expect(shot.lead?.at).toBeGreaterThan(s(34));
    expect(tile(shot, "b").report.face.kind).toBe("playing");
  });

  it("jumps only where no tile has anything, and tells the gap of a tile while the others play", async () => {
    const gaps = [{ ...span(12, 30), cause: "source_lost", detail: "refused" }];
    const scene = new Scene({ at: s(11) }).add("a", [span(0, 12), span(30, 60)], { gaps }).add("b", [span(0, 16), span(25, 60)]);
    scene.wall.play();
    const inside = await scene.run(3000);
    expect(tile(inside, "a").report.face).toMatchObject({ kind: "gap", cause: "source_lost", until: s(30) });
    expect(tile(inside, "b").report.face.kind).toBe("playing");
    expect(inside.lead?.at).toBeLessThan(s(16));
    let told = false;
    const after = await scene.run(4000, (shot) => (told ||= shot.lead?.notice?.kind === "jumped"));
    expect(told).toBe(true);
    expect(after.lead?.at).toBeGreaterThan(s(25));
    expect(after.lead?.at).toBeLessThan(s(30));
    expect(tile(after, "b").report.face.kind).toBe("playing");
    expect(tile(after, "a").report.face.kind).toBe("gap");
  });

  it("begins live where every channel can follow, and waits for none that is far behind", async () => {
    const scene = new Scene().add("a", [span(0, 100)], { live: true }).add("b", [span(0, 92)], { live: true }).add("c", [span(0, 20)], { live: true });
    const shot = await scene.run(800);
    expect(shot.lead?.live).toBe(true);
    expect(shot.lead?.at).toBeGreaterThan(s(88));
    expect(shot.lead?.at).toBeLessThan(s(92));
    expect(tile(shot, "c").report.face.kind).toBe("late");
  });

  it("adds, hides and removes tiles without asking anything anew for the others", async () => {
    const scene = new Scene({ at: s(10) }).add("a", [span(0, 3000)]);
    scene.wall.play();
    await scene.run(1000);
    const inits = () => scene.station("a").server.requests.filter((request) => request.get("init") === "1").length;
    expect(inits()).toBe(1);
    scene.add("b", [span(0, 3000)]);
    await scene.run(1500);
    scene.wall.setTileHidden("b", true);
    const asked = scene.station("b").server.requests.length;
    const shot = await scene.run(3000);
    expect(scene.station("b").server.requests.length).toBe(asked);
    expect(tile(shot, "a").report.face.kind).toBe("playing");
    scene.wall.setTileHidden("b", false);
    const back = await scene.run(2000);
    expect(tile(back, "b").report.face.kind).toBe("playing");
    expect(off(tile(back, "b"))).toBeLessThan(200);
    scene.wall.remove("b");
    await scene.run(1000);
    expect(inits()).toBe(1);
  });

  it("lets a tile leave the clock and come back", async () => {
    const scene = new Scene({ at: s(100) }).add("a", [span(0, 3000)]).add("b", [span(0, 3000)]);
    scene.wall.play();
    await scene.run(1000);
    scene.wall.setFocus("b");
    scene.wall.solo("b");
    scene.wall.deck.seek(s(50));
    const apart = await scene.run(1000);
    expect(tile(apart, "b").place).toBe("solo");
    expect(tile(apart, "b").at).toBeLessThan(s(52));
    expect(tile(apart, "a").at).toBeGreaterThan(s(101));
    scene.wall.rejoin("b");
    const together = await scene.run(1500);
    expect(tile(together, "b").at).toBe(tile(together, "a").at);
    expect(off(tile(together, "b"))).toBeLessThan(200);
  });

  it("stops one tile for a note, and lets it catch up", async () => {
    const scene = new Scene({ at: s(100) }).add("a", [span(0, 3000)]).add("b", [span(0, 3000)]);
    scene.wall.play();
    await scene.run(1000);
    scene.wall.pauseTile("b", s(99));
    const noting = await scene.run(5000);
    expect(tile(noting, "b")).toMatchObject({ place: "note", at: s(99), playing: false });
    expect(noting.lead?.at).toBeGreaterThan(s(105));
    scene.wall.resumeTile("b");
    const places = new Set<string>();
    const speeds = new Set<number>();
    const back = await scene.run(9000, (shot) => {
      places.add(tile(shot, "b").place);
      if (tile(shot, "b").place === "catching-up") speeds.add(tile(shot, "b").speed);
    });
    expect([...places]).toEqual(["catching-up", "wall"]);
    expect(Math.max(...speeds)).toBe(2);
    expect(tile(back, "b").at).toBe(tile(back, "a").at);
    expect(off(tile(back, "b"))).toBeLessThan(200);
  });

  it("holds the picture for a note of a tile that catches up, or has a clock of its own, too", async () => {
    const scene = new Scene({ at: s(100) }).add("a", [span(0, 3000)]).add("b", [span(0, 3000)]).add("c", [span(0, 3000)]);
    scene.wall.play();
    scene.wall.solo("c");
    await scene.run(1000);
    scene.wall.pauseTile("b", s(90));
    await scene.run(1000);
    scene.wall.resumeTile("b");
    expect(tile(await scene.run(1000), "b")).toMatchObject({ place: "catching-up", playing: true });

    scene.wall.pauseTile("b");
    scene.wall.pauseTile("c");
    const then = await scene.run(200);
    expect(tile(then, "b")).toMatchObject({ place: "note", playing: false });
    expect(tile(then, "c")).toMatchObject({ place: "solo", playing: false });
    const noting = await scene.run(1000);
    for (const id of ["b", "c"]) expect(tile(noting, id).at, id).toBe(tile(then, id).at);
    expect(tile(noting, "a").at).toBeGreaterThan(tile(then, "a").at + 900);

    scene.wall.resumeTile("b");
    scene.wall.resumeTile("c");
    const after = await scene.run(300);
    expect(tile(after, "b")).toMatchObject({ place: "catching-up", playing: true });
    expect(tile(after, "c")).toMatchObject({ place: "solo", playing: true });
    scene.wall.pause();
    scene.wall.setFocus("c");
    scene.wall.pause();
    scene.wall.pauseTile("c");
    scene.wall.resumeTile("c");
    expect(tile(await scene.run(300), "c").playing, "what stood before the note stands after it").toBe(false);
  });
});

describe("Going to another channel", () => {
  it("goes beyond what the channels of now have: alone, and on a wall that plays", async () => {
    const alone = new Scene({ at: s(10) }).add("a", [span(0, 60)]);
    await alone.run(200);
    alone.wall.goTo(s(500), "b");
    alone.wall.remove("a");
    alone.stations.delete("a");
    alone.add("b", [span(0, 1000)]);
    expect((await alone.run(500)).lead?.at).toBe(s(500));

    const many = new Scene({ at: s(10) }).add("a", [span(0, 60)]);
    many.wall.play();
    await many.run(200);
    many.wall.goTo(s(500), "b");
    await many.run(500);
    many.add("b", [span(0, 1000)]);
    const shot = await many.run(1000);
    expect(tile(shot, "b")).toMatchObject({ playing: true });
    expect(tile(shot, "b").at).toBeGreaterThan(s(500));
    expect(tile(shot, "b").at).toBeLessThan(s(503));
  });

  it("goes to its live edge, and to that of the others when nothing comes of it", async () => {
    const scene = new Scene({ at: s(10) }).add("a", [span(0, 60)]);
    await scene.run(200);
    scene.wall.goTo("live", "b");
    await scene.run(200);
    scene.wall.remove("a");
    scene.stations.delete("a");
    scene.add("b", [span(0, 1000)], { live: true });
    const shot = await scene.run(500);
    expect(shot.lead).toMatchObject({ live: true });
    expect(shot.lead?.at).toBeGreaterThan(s(990));
    scene.wall.goTo("live", "nowhere");
    scene.wall.deck.seek(s(10));
    expect((await scene.run(4000)).lead?.live).toBe(false);
    expect((await scene.run(2000)).lead?.live).toBe(true);
  });
});

describe("Live", () => {
  it("is not said of what lies far behind what there is to see", async () => {
    const scene = new Scene().add("a", [span(0, 60)], { live: true });
    expect((await scene.run(800)).lead?.live).toBe(true);
    const { recording, server } = scene.station("a");
    const grow = (to: number) => {
      server.spans = [span(0, to)];
      server.edge = s(to);
      scene.wall.setRecording("a", { ...recording, spans: [span(0, to)], edge: s(to) });
    };
    grow(70);
    expect((await scene.run(300)).lead?.live, "ten seconds").toBe(true);
    grow(300);
    expect((await scene.run(300)).lead?.live, "minutes").toBe(false);
    scene.wall.goLive();
    expect((await scene.run(300)).lead).toMatchObject({ live: true });
  });
});
