import { describe, expect, it } from "vitest";
import { type DecodeHistory, decideMode, type DecodeSample, demandOf, learn, type ModeQuestion, NO_HISTORY } from "./mode";
import { thinning } from "./speeds";

const hd = 1280 * 720;
function ask(over: Partial<ModeQuestion>): ModeQuestion {
  const speed = over.speed ?? 1;
  return { speed, demand: demandOf(1, speed, 25, hd), current: "all", sinceMs: 0, now: 0, focused: true, apart: false, crowding: false, ...over };
}

/** The same bad measurement until it is believed. */
function fail(history: DecodeHistory, sample: DecodeSample): DecodeHistory {
  const first = learn(history, { ...sample, at: sample.at - 2400 });
  return learn(learn(first, { ...sample, at: sample.at - 1200 }), sample);
}

describe("decideMode", () => {
  it("never asks for every frame backward or past 16x", () => {
    const tiny = { demand: 1 };
    expect(decideMode(ask({ speed: -1, ...tiny }), NO_HISTORY)).toBe("key");
    expect(decideMode(ask({ speed: 32, ...tiny }), NO_HISTORY)).toBe("key");
    expect(decideMode(ask({ speed: 16, ...tiny }), NO_HISTORY)).toBe("all");
  });

  it("starts from what a slow machine can do", () => {
    expect(decideMode(ask({ speed: 8 }), NO_HISTORY)).toBe("all");
    expect(decideMode(ask({ speed: 16 }), NO_HISTORY)).toBe("key");
    expect(decideMode(ask({ speed: 8, demand: demandOf(9, 8, 25, hd) }), NO_HISTORY)).toBe("key");
  });

  it("drops to keyframes after failing and stays there at that load", () => {
    const demand = demandOf(1, 8, 25, hd);
    const history = fail(NO_HISTORY, { at: 0, demand, reached: 0.6, dropped: 0 });
    expect(decideMode(ask({ speed: 8, now: 1000 }), history)).toBe("key");
    expect(decideMode(ask({ speed: 8, current: "key", sinceMs: 15_000, now: 15_000 }), history)).toBe("key");
    expect(decideMode(ask({ speed: 4, current: "key", now: 15_000 }), history)).toBe("all");
  });

  it("does not flap: having just changed, it waits", () => {
    const demand = demandOf(1, 8, 25, hd);
    expect(decideMode(ask({ demand, current: "key", sinceMs: 2_000 }), NO_HISTORY)).toBe("key");
    expect(decideMode(ask({ demand, current: "key", sinceMs: 6_000 }), NO_HISTORY)).toBe("all");
  });

  it("tries again when the failure is old, and less often when it comes back", () => {
    const demand = demandOf(1, 8, 25, hd);
    const bad = { at: 0, demand, reached: 0.5, dropped: 0 };
    const once = fail(NO_HISTORY, bad);
    expect(decideMode(ask({ speed: 8, now: 19_000 }), once)).toBe("key");
    expect(decideMode(ask({ speed: 8, now: 21_000 }), once)).toBe("all");
    const twice = fail(once, { ...bad, at: 30_000 });
    expect(decideMode(ask({ speed: 8, now: 69_000 }), twice)).toBe("key");
    expect(decideMode(ask({ speed: 8, now: 71_000 }), twice)).toBe("all");
  });

  it("takes one bad moment for what it is", () => {
    const demand = demandOf(1, 8, 25, hd);
    const bad = { at: 0, demand, reached: 0.5, dropped: 0 };
    const good = { ...bad, reached: 1 };
    const history = [bad, bad, good, bad, bad, good].map((sample, i) => ({ ...sample, at: i * 1200 })).reduce(learn, NO_HISTORY);
    expect(decideMode(ask({ speed: 8 }), history)).toBe("all");
  });

  it("takes the same bad moment of many tiles for one", () => {
    const demand = demandOf(16, 1, 25, hd);
    const history = Array.from({ length: 16 }, (_, i) => ({ at: i * 10, demand, reached: 0.5, dropped: 0 })).reduce(learn, NO_HISTORY);
    expect(history.failed).toBeUndefined();
  });

  it("keeps every frame of the focused tile among keyframes while that leaves room for them", () => {
    const among = { apart: true, speed: 8 };
    expect(decideMode(ask({ ...among, demand: demandOf(1, 8, 25, 640 * 360) }), NO_HISTORY)).toBe("all");
    expect(decideMode(ask({ ...among, demand: demandOf(1, 8, 25, hd) }), NO_HISTORY)).toBe("key");
  });

  it("shows keyframes there too while another tile lacks what every frame of it takes", () => {
    const among = { apart: true, speed: 8, demand: demandOf(1, 8, 25, 640 * 360) };
    expect(decideMode(ask({ ...among, crowding: true }), NO_HISTORY)).toBe("key");
    expect(decideMode(ask({ ...among, apart: false, crowding: true }), NO_HISTORY)).toBe("all");
  });

  it("lets the focused tile keep every frame longest", () => {
    const demand = 1100 * 640 * 360 * 0.9;
    expect(decideMode(ask({ demand }), NO_HISTORY)).toBe("all");
    expect(decideMode(ask({ demand, focused: false }), NO_HISTORY)).toBe("key");
  });

  it("uses more once more was proven", () => {
    const demand = demandOf(1, 16, 25, hd);
    const history = learn(NO_HISTORY, { at: 0, demand, reached: 1, dropped: 0 });
    expect(decideMode(ask({ speed: 16 }), history)).toBe("all");
  });

  it("counts dropped frames as not keeping up", () => {
    const demand = demandOf(1, 2, 25, hd);
    const history = fail(NO_HISTORY, { at: 0, demand, reached: 1, dropped: 0.5 });
    expect(history.failed?.demand).toBe(demand);
  });
});

describe("thinning", () => {
  it("shows at most about thirty keyframes a second", () => {
    expect(thinning(60, 2000)).toBe(1);
    expect(thinning(60, 1000)).toBe(2);
    expect(thinning(-60, 480)).toBe(4);
    expect(thinning(60, 40)).toBe(16);
    expect(thinning(1, 40)).toBe(1);
  });
});
