import { describe, expect, it } from "vitest";
import { DrawPace } from "./draw-pace";

/** How often it draws in ten seconds of animation frames, when a drawing takes so long. */
function drawings(tiles: number, takesMs: (now: number) => number): number {
  const pace = new DrawPace();
  let count = 0;
  for (let now = 0; now < 10_000; now += 16) {
    if (!pace.due(now, tiles)) continue;
    pace.begin(now);
    pace.took(takesMs(now));
    count += 1;
  }
  return count;
}

describe("DrawPace", () => {
  it("draws at once, and often while it costs little", () => {
    expect(new DrawPace().due(0, 9)).toBe(true);
    expect(drawings(1, () => 2)).toBeGreaterThan(190);
    expect(drawings(9, () => 5)).toBeGreaterThan(80);
  });

  it("leaves most of the time to the pictures where drawing is slow", () => {
    for (const takes of [30, 60, 90]) {
      const count = drawings(9, () => takes);
      expect(count * takes).toBeLessThan(10_000 / 4);
      expect(count * takes).toBeGreaterThan(10_000 / 8);
    }
  });

  it("never stops, and is quick again when the machine is", () => {
    expect(drawings(9, () => 5000)).toBeGreaterThan(15);
    expect(drawings(9, (now) => (now < 2000 ? 300 : 5))).toBeGreaterThan(60);
  });
});
