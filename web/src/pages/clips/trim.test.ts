import { expect, test } from "vitest";
import { epochMs, type Range } from "@/time/instant";
import { type Film, filmInstant, filmTime, moved, peaksOfWindow, stepOf, windowAround } from "./trim";

const range = (from: number, to: number): Range => ({ from: epochMs(from), to: epochMs(to) });
const limits = { window: range(0, 100_000), frameMs: 40, longestMs: 60_000 };

test("an end moves to an instant, never over the other", () => {
  const clip = range(20_000, 50_000);
  expect(moved(clip, "from", epochMs(30_000), limits)).toEqual(range(30_000, 50_000));
  expect(moved(clip, "to", epochMs(30_000), limits)).toEqual(range(20_000, 30_000));
  expect(moved(clip, "from", epochMs(80_000), limits)).toEqual(range(49_960, 50_000));
  expect(moved(clip, "to", epochMs(10_000), limits)).toEqual(range(20_000, 20_040));
});

test("and stays in what is shown and allowed", () => {
  expect(moved(range(5000, 50_000), "from", epochMs(-7000), limits)).toEqual(range(0, 50_000));
  expect(moved(range(50_000, 70_000), "to", epochMs(200_000), limits)).toEqual(range(50_000, 100_000));
  expect(moved(range(20_000, 50_000), "to", epochMs(100_000), limits)).toEqual(range(20_000, 80_000));
  expect(moved(range(20_000, 70_000), "from", epochMs(0), limits)).toEqual(range(10_000, 70_000));
});

test("keys move an end by a picture, a second or five", () => {
  expect(stepOf("ArrowLeft", false, 40)).toBe(-40);
  expect(stepOf("ArrowRight", true, 40)).toBe(1000);
  expect(stepOf("PageDown", false, 40)).toBe(-5000);
  expect(stepOf("a", false, 40)).toBeUndefined();
});

test("the window leaves room on both sides", () => {
  expect(windowAround(range(100_000, 130_000), 7_200_000)).toEqual(range(85_000, 145_000));
  expect(windowAround(range(100_000, 101_000), 7_200_000)).toEqual(range(90_000, 111_000));
  expect(windowAround(range(0, 3_600_000), 7_200_000)).toEqual(range(-60_000, 3_660_000));
});

test("the time of a film leaves gaps out, and comes back", () => {
  const film: Film = { shown: range(10_000, 60_000), missing: [range(5000, 10_000), range(20_000, 30_000), range(40_000, 41_000), range(60_000, 70_000)] };
  expect(filmTime(film, epochMs(0))).toBe(0);
  expect(filmTime(film, epochMs(15_000))).toBe(5);
  expect(filmTime(film, epochMs(25_000)), "in a gap, where it goes on").toBe(10);
  expect(filmTime(film, epochMs(30_000))).toBe(10);
  expect(filmTime(film, epochMs(50_000))).toBe(29);
  for (const at of [10_000, 15_000, 19_999, 30_001, 39_000, 45_000, 59_000])
    expect(filmInstant(film, filmTime(film, epochMs(at)))).toBeCloseTo(at, 6);
  expect(filmInstant(film, 10), "the end of a gap is what follows it").toBe(30_000);
  expect(filmInstant(film, 1000)).toBe(60_000);
});

test("the sound lies where it was recorded, each part as loud as its loudest", () => {
  const film: Film = { shown: range(1000, 5000), missing: [range(2000, 4000)] };
  const peaks = (samples: number[], count: number) => peaksOfWindow({ samples: new Float32Array(samples), rate: 4 }, film, range(0, 6000), count);
  expect(peaks([0, 0.5, -1, 0.25, 0.125, 0, 0, 0.0625], 6), "nothing before, in the gap and after").toEqual([0, 1, 0, 0, 0.125, 0]);
  expect(peaks([0, 0.5, -1, 0.25, 0.125, 0, 0, 0.0625], 3)).toEqual([1, 0, 0.125]);
  expect(peaks([2, 2, 2, 2], 6)).toEqual([0, 1, 0, 0, 0, 0]);
  expect(peaks([], 2)).toEqual([0, 0]);
});
