import { describe, expect, it } from "vitest";
import { epochMs, type Range } from "@/time/instant";
import { followed, NARROWEST_MS, pan, tickStep, ticks, toInstant, toX, zoom } from "./viewport";

const r = (from: number, to: number): Range => ({ from: epochMs(from), to: epochMs(to) });
const hour = 3_600_000;
const bounds = r(0, 100 * hour);
const view = r(10 * hour, 11 * hour);

describe("viewport", () => {
  it("goes from time to pixels and back", () => {
    expect(toX(view, 1000, epochMs(10.5 * hour))).toBe(500);
    expect(toInstant(view, 1000, 250)).toBe(10.25 * hour);
  });

  it("zooms around what is under the pointer, within limits", () => {
    const around = epochMs(10.25 * hour);
    const closer = zoom(view, 0.5, around, bounds);
    expect(closer.to - closer.from).toBe(hour / 2);
    expect(toX(closer, 1000, around)).toBeCloseTo(250);
    const closest = zoom(view, 0, around, bounds);
    expect(closest.to - closest.from).toBe(NARROWEST_MS);
    const widest = zoom(view, 1e9, around, bounds);
    expect(widest.to - widest.from).toBeCloseTo(110 * hour, -3);
  });

  it("never loses the recording out of sight", () => {
    expect(pan(view, 1e12, bounds)).toEqual(r(99.5 * hour, 100.5 * hour));
    expect(pan(view, -1e12, bounds)).toEqual(r(-0.5 * hour, 0.5 * hour));
  });

  it("turns the page when the playhead runs out, and centres a far jump", () => {
    expect(followed(view, epochMs(10.5 * hour), false, bounds)).toBe(view);
    const turned = followed(view, epochMs(10.9 * hour), false, bounds);
    expect(toX(turned, 1000, epochMs(10.9 * hour))).toBeCloseTo(150);
    const jumped = followed(view, epochMs(50 * hour), false, bounds);
    expect(toX(jumped, 1000, epochMs(50 * hour))).toBeCloseTo(500);
    expect(followed(view, epochMs(10.9 * hour), true, bounds)).toBe(view);
    expect(followed(view, epochMs(10.01 * hour), true, bounds)).not.toBe(view);
  });

  it("marks round local times, and midnights as days", () => {
    const zone = 5.5 * hour;
    const step = tickStep(r(0, 24 * hour), 1000, 80);
    expect(step).toBe(2 * hour);
    const marks = ticks(r(0, 24 * hour), step, zone);
    expect(marks[0]!.at).toBe(0.5 * hour);
    expect(marks.filter((tick) => tick.day).map((tick) => tick.at)).toEqual([18.5 * hour]);
  });
});
