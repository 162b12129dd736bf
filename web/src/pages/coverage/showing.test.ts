import { beforeEach, describe, expect, it } from "vitest";
import { type EpochMs, epochMs } from "@/time/instant";
import { type Sight, Showing } from "./showing";

const noon = 1_795_000_000_000;
const at = (ms: number): EpochMs => epochMs(noon + ms);
const FRAME = 40;
const frameAt = (ms: number, durationMs = FRAME) => ({ at: at(Math.floor(ms / durationMs) * durationMs), durationMs });

let showing: Showing;
let now: number;
beforeEach(() => {
  showing = new Showing();
  now = 0;
});

function sight(ms: number, over: Partial<Sight> = {}): Sight {
  return { channel: "a", at: at(ms), speed: 1, playing: true, running: true, scrubbing: false, mode: "all", picture: true, frame: frameAt(ms), ...over };
}
const see = (...sights: Sight[]): void => showing.see(sights, epochMs(5e12 + now), now);

/** Plays from one place of the footage to another, sixty pictures a second. */
function play(from: number, to: number, over: Partial<Sight> = {}, gop = FRAME): void {
  const speed = over.speed ?? 1;
  const steps = Math.round(Math.abs((to - from) / speed) / 16);
  for (let i = 0; i <= steps; i += 1) {
    const ms = from + ((to - from) * i) / steps;
    see(sight(ms, { frame: frameAt(ms, gop), ...over }));
    now += 16;
  }
}
const taken = () => showing.take().map(({ from, to, speed, mode, shownFrom, shownTo }) => ({ from: from - noon, to: to - noon, speed, mode, shown: shownTo - shownFrom }));

describe("what a tile shows", () => {
  it("is one stretch while it plays", () => {
    play(1000, 6000);
    const [one, ...more] = taken();
    expect(more).toEqual([]);
    expect(one).toMatchObject({ from: 1000, to: 6000, speed: 1, mode: "all" });
    expect(one?.shown).toBeGreaterThan(4900);
    expect(one?.shown).toBeLessThan(5100);
  });

  it("goes on without a hole after it was told of", () => {
    play(1000, 3000);
    const first = taken();
    play(3016, 5000);
    const second = taken();
    expect([first.length, second.length]).toEqual([1, 1]);
    expect(second[0]?.from).toBe(first[0]?.to);
    expect(taken()).toEqual([]);
  });

  it("begins anew after a seek, another speed or another mode", () => {
    play(1000, 2000);
    play(60_000, 61_000);
    play(61_000, 65_000, { speed: 4 });
    play(65_000, 69_000, { speed: 4, mode: "key" });
    const all = taken();
    expect(all.map(({ speed, mode }) => [speed, mode])).toEqual([[1, "all"], [1, "all"], [4, "all"], [4, "key"]]);
    expect(all[0]).toMatchObject({ from: 1000, to: 2000 });
    expect(all[1]).toMatchObject({ from: 60_000, to: 61_000 });
  });

  it("counts keyframes from one to the next, at high speed", () => {
    play(0, 320_000, { speed: 32, mode: "key" }, 2000);
    const [one, ...more] = taken();
    expect(more).toEqual([]);
    expect(one).toMatchObject({ from: 0, to: 320_000, speed: 32, mode: "key" });
  });

  it("never tells of more footage than its time can have shown", () => {
    play(8000, 8800, { speed: 4, mode: "key" }, 8400);
    const [long] = taken();
    expect(long?.to).toBe(8800);
    expect((long?.to ?? 0) - (long?.from ?? 0)).toBeLessThanOrEqual(4 * ((long?.shown ?? 0) * 1.1 + 1000));

    // Again and again the clock waits while the picture makes up for what it lacks.
    now += 60_000;
    for (let i = 0; i < 40; i += 1) {
      const ms = 100_000 + i * 4000;
      play(ms, ms + 2000, { speed: 16, mode: "key" }, 2000);
      play(ms + 2000, ms + 4000, { speed: 16, mode: "key", running: false }, 2000);
    }
    for (const { from, to, shown } of taken()) expect(to - from).toBeLessThanOrEqual(16 * (shown * 1.1 + 1000));
  });

  it("counts backward", () => {
    play(20_000, 4000, { speed: -4 });
    const [one] = taken();
    expect(one?.from).toBe(4000);
    expect(one?.to).toBeGreaterThanOrEqual(20_000);
    expect(one?.speed).toBe(-4);
  });

  it("ends where the picture stands though the clock goes on", () => {
    play(1000, 3000);
    for (let ms = 3000; ms < 9000; ms += 16) {
      see(sight(ms, { frame: frameAt(3000) }));
      now += 16;
    }
    expect(Math.max(...taken().map(({ to }) => to))).toBeLessThanOrEqual(3040);
  });

  it("is nothing without a picture, while a finger is on the timeline, or out of place", () => {
    play(1000, 3000, { picture: false });
    play(1000, 3000, { scrubbing: true });
    for (let ms = 1000; ms < 3000; ms += 16) {
      see(sight(ms, { frame: frameAt(ms + 60_000) }));
      now += 16;
    }
    expect(taken()).toEqual([]);
  });

  it("ends when the tile goes out of sight, and when the page is elsewhere", () => {
    play(1000, 2000);
    see();
    play(2000, 3000);
    now += 60_000;
    play(3000, 4000);
    expect(taken().map(({ from, to }) => [from, to])).toEqual([[1000, 2000], [2000, 3000], [3000, 4000]]);
  });

  it("does not count the time that the clock waits", () => {
    play(1000, 2000);
    for (let i = 0; i < 100; i += 1) {
      see(sight(2000, { running: false }));
      now += 16;
    }
    play(2000, 3000);
    const [one, ...more] = taken();
    expect(more).toEqual([]);
    expect(one).toMatchObject({ from: 1000, to: 3000 });
    expect(one?.shown).toBeLessThan(2200);
  });

  it("is one frame while it stands, told of once", () => {
    for (let i = 0; i < 2000; i += 1) {
      see(sight(1000, { playing: false }));
      now += 16;
    }
    const [one, ...more] = taken();
    expect(more).toEqual([]);
    expect(one).toMatchObject({ from: 1000, to: 1040, speed: 0 });
    expect(one?.shown).toBeLessThanOrEqual(10_100);
    see(sight(1000, { playing: false }));
    now += 16;
    see(sight(1000, { playing: false }));
    expect(taken()).toEqual([]);
  });

  it("is each frame that is stepped to", () => {
    for (let frame = 0; frame < 10; frame += 1) {
      for (let i = 0; i < 5; i += 1) {
        see(sight(1000 + frame * FRAME, { playing: false }));
        now += 16;
      }
    }
    expect(taken().map(({ from, to, speed }) => [from, to, speed])).toEqual([[1000, 1400, 0]]);
  });

  it("is told tile by tile", () => {
    for (let ms = 0; ms <= 1000; ms += 16) {
      see(sight(ms), sight(ms, { channel: "b", mode: "key", frame: frameAt(ms, 500) }));
      now += 16;
    }
    expect(showing.take().map(({ channel }) => channel).sort()).toEqual(["a", "b"]);
  });
});
