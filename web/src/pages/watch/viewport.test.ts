import { describe, expect, it } from "vitest";
import { formatTime } from "@/time/format";
import { epochMs, instant, type Range } from "@/time/instant";
import { followed, localZone, NARROWEST_MS, pan, tickStep, ticks, toInstant, toX, zoom } from "./viewport";

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
    const marks = ticks(r(0, 24 * hour), step, () => zone);
    expect(marks[0]!.at).toBe(0.5 * hour);
    expect(marks.filter((tick) => tick.day).map((tick) => tick.at)).toEqual([18.5 * hour]);
  });

  describe("where the clocks change (in Madrid, on 2026-03-29 and 2026-10-25)", () => {
    const view = (from: string, to: string): Range => ({ from: instant(from), to: instant(to) });
    const local = (range: Range, step: number) => ticks(range, step, localZone).map(({ at, day }) => `${new Date(at).getDate()} ${formatTime(at, "en", "minutes")}${day ? "!" : ""}`);

    it("marks every midnight of a week as a day", () => {
      for (const week of [view("2026-03-26T00:00:00+01:00", "2026-04-01T12:00:00+02:00"), view("2026-10-22T00:00:00+02:00", "2026-10-28T12:00:00+01:00")]) {
        const first = new Date(week.from).getDate();
        const days = [0, 1, 2, 3, 4, 5, 6].map((i) => `${new Date(week.from + (i + 0.5) * 24 * hour).getDate()} 00:00!`);
        expect(local(week, 24 * hour), String(first)).toEqual(days);
        expect(local(week, 6 * hour).filter((tick) => tick.endsWith("!"))).toEqual(days);
      }
    });

    it("goes on with round hours", () => {
      expect(local(view("2026-03-29T00:00:00+01:00", "2026-03-29T10:00:00+02:00"), 2 * hour)).toEqual(["29 00:00!", "29 04:00", "29 06:00", "29 08:00", "29 10:00"]);
      expect(local(view("2026-03-29T00:00:00+01:00", "2026-03-29T10:00:00+02:00"), 3 * hour)).toEqual(["29 00:00!", "29 03:00", "29 06:00", "29 09:00"]);
      expect(local(view("2026-10-25T00:00:00+02:00", "2026-10-25T07:00:00+01:00"), hour)).toEqual(["00:00!", "01:00", "02:00", "02:00", "03:00", "04:00", "05:00", "06:00", "07:00"].map((time) => `25 ${time}`));
      expect(local(view("2026-10-25T00:00:00+02:00", "2026-10-25T13:00:00+01:00"), 6 * hour)).toEqual(["25 00:00!", "25 06:00", "25 12:00"]);
    });
  });
});
