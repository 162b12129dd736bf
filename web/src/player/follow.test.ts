import { describe, expect, it } from "vitest";
import { follow } from "./follow";

const ask = { aheadMs: 0, speed: 1, rate: 1, nudging: false };

describe("follow", () => {
  it("leaves a tile alone that is within a frame", () => {
    expect(follow({ ...ask, aheadMs: 39 })).toEqual({ act: "rate", rate: 1, nudging: false });
    expect(follow({ ...ask, aheadMs: -39 })).toEqual({ act: "rate", rate: 1, nudging: false });
  });

  it("nudges within 5%, towards the clock", () => {
    const ahead = follow({ ...ask, aheadMs: 200 });
    const behind = follow({ ...ask, aheadMs: -200 });
    expect(ahead).toEqual({ act: "rate", rate: 0.95, nudging: true });
    expect(behind).toEqual({ act: "rate", rate: 1.05, nudging: true });
  });

  it("goes on nudging until it is close", () => {
    expect(follow({ ...ask, aheadMs: 20, nudging: true })).toEqual({ act: "rate", rate: 0.98, nudging: true });
    expect(follow({ ...ask, aheadMs: 5, nudging: true })).toEqual({ act: "rate", rate: 1, nudging: false });
  });

  it("seeks when nudging would take too long, in viewing time", () => {
    expect(follow({ ...ask, aheadMs: -1200 }).act).toBe("seek");
    expect(follow({ ...ask, aheadMs: -1200, speed: 32, rate: 8 }).act).toBe("rate");
    expect(follow({ ...ask, aheadMs: 40_000, speed: 32, rate: 8 }).act).toBe("seek");
  });
});
