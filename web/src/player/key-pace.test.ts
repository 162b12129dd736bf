import { describe, expect, it } from "vitest";
import { isCrowded, type KeyHistory, KeyPace, type KeySample, learnKeys, mostKeys, NO_KEY_HISTORY } from "./key-pace";
import { MOST_KEYS_PER_SECOND, safeSpeed } from "./speeds";

const bad: KeySample = { at: 0, perSecond: 8, keepsUp: false, beside: false };

/** The same bad measurement until it is believed, the last at `sample.at`. */
function fail(history: KeyHistory, sample: KeySample): KeyHistory {
  return [2400, 1200, 0].map((before) => ({ ...sample, at: sample.at - before })).reduce(learnKeys, history);
}

describe("KeyPace", () => {
  it("shows what a screen can while nothing was learned", () => {
    expect(mostKeys(NO_KEY_HISTORY, 0)).toBe(MOST_KEYS_PER_SECOND);
    expect(new KeyPace().report(16, 2000, 0)).toMatchObject({ every: 1, thinned: false });
    expect(new KeyPace().report(60, 1000, 0)).toMatchObject({ every: 2, thinned: false });
  });

  it("takes a bad moment, and those of long ago, for what they are", () => {
    const good = { ...bad, keepsUp: true };
    const now = [bad, bad, good, bad, bad, good].map((sample, i) => ({ ...sample, at: i * 1200 })).reduce(learnKeys, NO_KEY_HISTORY);
    expect(mostKeys(now, 8000)).toBe(MOST_KEYS_PER_SECOND);
    const seldom = [0, 20_000, 40_000, 60_000, 80_000].map((at) => ({ ...bad, at })).reduce(learnKeys, NO_KEY_HISTORY);
    expect(mostKeys(seldom, 80_000)).toBe(MOST_KEYS_PER_SECOND);
    const atOnce = [0, 16, 32, 48, 64].map((at) => ({ ...bad, at })).reduce(learnKeys, NO_KEY_HISTORY);
    expect(mostKeys(atOnce, 64)).toBe(MOST_KEYS_PER_SECOND);
  });

  it("halves what could not be kept up with, and again, and never to a standstill", () => {
    const pace = new KeyPace();
    const shown: number[] = [];
    for (let at = 0; at < 20_000; at += 1200) {
      pace.learn(16, 1000, { at, keepsUp: false, beside: false });
      shown.push(pace.every(16, 1000, at));
    }
    expect(shown.filter((every, i) => every !== shown[i - 1])).toEqual([1, 2, 4, 8, 16]);
    expect(shown.slice(0, 3)).toEqual([1, 1, 2]);
    for (let at = 20_400; at < 60_000; at += 1200) pace.learn(1, 1000, { at, keepsUp: false, beside: false });
    expect(pace.every(1, 1000, 60_000)).toBe(1);
  });

  it("knows at another speed what it learned", () => {
    const pace = new KeyPace();
    for (const at of [0, 1200, 2400]) pace.learn(16, 1000, { at, keepsUp: false, beside: false });
    expect([4, 8, 16, 32].map((speed) => pace.every(speed, 1000, 3000))).toEqual([1, 1, 2, 4]);
  });

  it("tries again when the failure is old, by halves, and less often when it comes back", () => {
    const once = fail(NO_KEY_HISTORY, { ...bad, at: 2400, perSecond: 16 });
    expect([22_399, 22_400, 42_400].map((now) => mostKeys(once, now))).toEqual([9.6, 19.2, MOST_KEYS_PER_SECOND]);
    const twice = fail(once, { ...bad, at: 30_000, perSecond: 16 });
    expect([69_999, 70_000].map((now) => mostKeys(twice, now))).toEqual([9.6, 19.2]);
    const deeper = fail(once, { ...bad, at: 10_000, perSecond: 8 });
    expect([29_999, 30_000].map((now) => mostKeys(deeper, now))).toEqual([4.8, 9.6]);
  });

  it("forgets a failure once as much was kept up with", () => {
    const once = fail(NO_KEY_HISTORY, { ...bad, at: 2400 });
    expect(mostKeys(learnKeys(once, { ...bad, at: 3600, keepsUp: true, perSecond: 4 }), 3600)).toBe(4.8);
    expect(mostKeys(learnKeys(once, { ...bad, at: 3600, keepsUp: true }), 3600)).toBe(MOST_KEYS_PER_SECOND);
  });

  it("has another tile give up every frame before it leaves out a keyframe", () => {
    const beside = fail(NO_KEY_HISTORY, { ...bad, at: 2400, beside: true });
    expect(mostKeys(beside, 2400)).toBe(MOST_KEYS_PER_SECOND);
    expect([2400, 22_399, 22_400].map((now) => isCrowded(beside, now))).toEqual([true, true, false]);
    const alone = fail(beside, { ...bad, at: 6000 });
    expect(mostKeys(alone, 6000)).toBe(4.8);
    expect(isCrowded(alone, 6000)).toBe(true);
  });

  it("keeps the safe speed true", () => {
    const { most } = new KeyPace().report(1, 2000, 0);
    expect(safeSpeed(2000, most)).toBe(16);
    expect(safeSpeed(2000, 4.8)).toBe(8);
    expect(safeSpeed(1000, 4.8)).toBe(8);
    expect(safeSpeed(500, 2)).toBe(4);
  });
});
