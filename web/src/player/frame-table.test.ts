import { describe, expect, it } from "vitest";
import { epochMs } from "@/time/instant";
import { type Frame, FrameTable, inside } from "./frame-table";

const run = (from: number, count: number, durationMs = 40): Frame[] =>
  Array.from({ length: count }, (_, i) => ({ at: epochMs(from + i * durationMs), durationMs }));

describe("FrameTable", () => {
  it("finds the last frame that begins at or before an instant", () => {
    const table = new FrameTable();
    table.put(run(1000, 5));
    expect(table.at(epochMs(1000))?.at).toBe(1000);
    expect(table.at(epochMs(1039.9))?.at).toBe(1000);
    expect(table.at(epochMs(1040))?.at).toBe(1040);
    expect(table.at(epochMs(999))).toBeUndefined();
    expect(table.at(epochMs(1201))).toBeUndefined();
  });

  it("forgives the rounding of ticks", () => {
    const table = new FrameTable();
    table.put([{ at: epochMs(1000.0056), durationMs: 40 }]);
    expect(table.at(epochMs(1000))?.at).toBe(1000.0056);
  });

  it("steps to exactly the next and the previous frame, also where durations vary", () => {
    const table = new FrameTable();
    table.put([
      { at: epochMs(0), durationMs: 33.37 },
      { at: epochMs(33.37), durationMs: 66.7 },
      { at: epochMs(100.07), durationMs: 33.3 },
    ]);
    const middle = table.at(epochMs(90))!;
    expect(middle.at).toBe(33.37);
    expect(table.next(middle)?.at).toBe(100.07);
    expect(table.previous(middle)?.at).toBe(0);
    expect(table.previous(table.at(epochMs(0))!)).toBeUndefined();
  });

  it("lets exact frames take the place of a keyframe that stood for them, and the reverse", () => {
    const table = new FrameTable();
    table.put(run(0, 3, 2000));
    table.put(run(2000, 50));
    expect(table.size).toBe(52);
    expect(table.at(epochMs(2100))?.at).toBe(2080);
    expect(table.at(epochMs(4100))?.at).toBe(4000);
    table.put(run(2000, 1, 2000));
    expect(table.size).toBe(3);
  });

  it("forgets what was removed", () => {
    const table = new FrameTable();
    table.put(run(0, 100));
    table.remove({ from: epochMs(0), to: epochMs(2000) });
    expect(table.size).toBe(50);
    expect(table.at(epochMs(1999))).toBeUndefined();
    expect(table.at(epochMs(2000))?.at).toBe(2000);
  });

  it("names an instant inside even the shortest frame", () => {
    for (const durationMs of [0.5, 8.3, 40, 2000]) {
      const at = inside({ at: epochMs(1000), durationMs });
      expect(at).toBeGreaterThan(1000);
      expect(at).toBeLessThan(1000 + durationMs);
    }
  });
});
