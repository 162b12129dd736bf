import { describe, expect, it } from "vitest";
import { epochMs, type Range } from "@/time/instant";
import { Coverage } from "./coverage";

const r = (from: number, to: number): Range => ({ from: epochMs(from), to: epochMs(to) });

describe("Coverage", () => {
  it("lets every frame serve where keyframes would do, not the reverse", () => {
    const coverage = new Coverage();
    coverage.put("all", r(0, 100), undefined);
    coverage.put("key", r(100, 200), undefined);
    expect(coverage.serving("key")).toEqual([r(0, 200)]);
    expect(coverage.serving("all")).toEqual([r(0, 100)]);
    expect(coverage.has("all", epochMs(150))).toBe(false);
    expect(coverage.has("key", epochMs(150))).toBe(true);
  });

  it("knows that a keyframe put over every frame takes their place", () => {
    const coverage = new Coverage();
    coverage.put("all", r(0, 100), r(0, 100));
    coverage.put("key", r(90, 200), r(80, 200));
    expect(coverage.serving("all")).toEqual([r(0, 80)]);
    expect(coverage.serving("key")).toEqual([r(0, 200)]);
  });

  it("counts the lead-in from the keyframe as covered too", () => {
    const coverage = new Coverage();
    coverage.put("all", r(50, 100), r(40, 110));
    expect(coverage.serving("all")).toEqual([r(40, 110)]);
  });

  it("forgets what is thrown away", () => {
    const coverage = new Coverage();
    coverage.put("all", r(0, 100), undefined);
    coverage.keep(r(20, 60));
    expect(coverage.serving("all")).toEqual([r(20, 60)]);
    coverage.remove(r(30, 40));
    expect(coverage.serving("all")).toEqual([r(20, 30), r(40, 60)]);
    coverage.clear();
    expect(coverage.serving("key")).toEqual([]);
  });
});
