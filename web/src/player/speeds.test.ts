import { describe, expect, it } from "vitest";
import { catchUpSpeed, compression, safeSpeed, isOffered, neighbour, shuttle, SPEEDS, speedLabel } from "./speeds";

describe("speeds", () => {
  it("keeps the rate the browser plays at 8 or less, with room to nudge", () => {
    for (const speed of SPEEDS) {
      expect(speed / compression(speed)).toBeLessThanOrEqual(8);
      expect(compression(-speed)).toBe(compression(speed));
    }
    expect(compression(8)).toBe(1);
    expect(compression(16)).toBe(2);
    expect(compression(60)).toBe(8);
  });

  it("shuttles: starts at 1x, doubles, reverses", () => {
    expect(shuttle(4, false, 1)).toBe(1);
    expect(shuttle(1, true, 1)).toBe(2);
    expect(shuttle(32, true, 1)).toBe(60);
    expect(shuttle(60, true, 1)).toBe(60);
    expect(shuttle(8, true, -1)).toBe(-1);
    expect(shuttle(-1, true, -1)).toBe(-2);
  });

  it("steps through what is offered and stops at the ends", () => {
    expect(neighbour(1, 1)).toBe(2);
    expect(neighbour(0.25, -1)).toBe(0.25);
    expect(neighbour(-2, 1)).toBe(-4);
  });

  it("labels and checks", () => {
    expect(speedLabel(0.25)).toBe("1/4×");
    expect(speedLabel(-32)).toBe("−32×");
    expect(isOffered(-60)).toBe(true);
    expect(isOffered(3)).toBe(false);
  });
});

describe("safeSpeed", () => {
  it("is as fast as every three seconds still hold a keyframe that is surely painted", () => {
    expect(safeSpeed(2000)).toBe(16);
    expect(safeSpeed(1000)).toBe(16);
    expect(safeSpeed(500)).toBe(16);
    expect(safeSpeed(3000)).toBe(16);
  });

  it("is none where keyframes lie too far apart", () => {
    expect(safeSpeed(4000)).toBeUndefined();
  });
});

describe("catchUpSpeed", () => {
  it("is the slowest that is there within a quarter of a minute, and none where a jump is better", () => {
    expect(catchUpSpeed(5000, 1)).toBe(2);
    expect(catchUpSpeed(60_000, 1)).toBe(8);
    expect(catchUpSpeed(60_000, 16)).toBe(32);
    expect(catchUpSpeed(3_600_000, 1)).toBeUndefined();
    expect(catchUpSpeed(1000, 60)).toBeUndefined();
    expect(catchUpSpeed(0, 1)).toBeUndefined();
  });
});
