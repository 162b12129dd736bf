import { describe, expect, it } from "vitest";
import { epochMs, type Range } from "./instant";
import { add, coveredSince, coveredUntil, holding, lastBefore, nextAfter, subtract } from "./ranges";

const r = (from: number, to: number): Range => ({ from: epochMs(from), to: epochMs(to) });

describe("ranges", () => {
  it("joins what touches and keeps apart what does not", () => {
    expect(add([r(0, 10), r(20, 30)], r(10, 20))).toEqual([r(0, 30)]);
    expect(add([r(0, 10)], r(11, 20))).toEqual([r(0, 10), r(11, 20)]);
    expect(add([r(20, 30)], r(0, 10))).toEqual([r(0, 10), r(20, 30)]);
    expect(add([r(0, 10)], r(10.01, 20))).toEqual([r(0, 20)]);
  });

  it("ignores an empty range", () => {
    expect(add([r(0, 10)], r(20, 20))).toEqual([r(0, 10)]);
  });

  it("cuts holes, heads and tails", () => {
    expect(subtract([r(0, 30)], r(10, 20))).toEqual([r(0, 10), r(20, 30)]);
    expect(subtract([r(0, 30)], r(-5, 20))).toEqual([r(20, 30)]);
    expect(subtract([r(0, 30)], r(20, 90))).toEqual([r(0, 20)]);
    expect(subtract([r(0, 30)], r(0, 30))).toEqual([]);
  });

  it("is half-open", () => {
    expect(holding([r(0, 10)], epochMs(0))).toEqual(r(0, 10));
    expect(holding([r(0, 10)], epochMs(10))).toBeUndefined();
    expect(nextAfter([r(0, 10), r(10, 20)], epochMs(0))).toEqual(r(10, 20));
    expect(lastBefore([r(0, 10), r(10, 20)], epochMs(10))).toEqual(r(0, 10));
  });

  it("says how far cover reaches both ways", () => {
    expect(coveredUntil([r(0, 10)], epochMs(4))).toBe(10);
    expect(coveredUntil([r(0, 10)], epochMs(10))).toBe(10);
    expect(coveredUntil([r(0, 10)], epochMs(12))).toBe(12);
    expect(coveredSince([r(0, 10)], epochMs(10))).toBe(0);
    expect(coveredSince([r(0, 10)], epochMs(12))).toBe(12);
  });
});
