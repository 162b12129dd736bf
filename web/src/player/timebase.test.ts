import { describe, expect, it } from "vitest";
import { instant } from "@/time/instant";
import { MEDIA_DURATION_S, reaches, timebaseAt, toMedia, toWall } from "./timebase";

const at = instant("2026-11-20T06:12:03.040123Z");

describe("timebase", () => {
  it("goes to media time and back to the microsecond, at every compression", () => {
    for (const compression of [1, 2, 4, 8]) {
      const timebase = timebaseAt(at, compression);
      expect(Math.abs(toWall(timebase, toMedia(timebase, at)) - at)).toBeLessThan(0.001);
    }
  });

  it("bases on a whole second, hours before", () => {
    const { base } = timebaseAt(at, 1);
    expect(base % 1000).toBe(0);
    expect(at - base).toBeGreaterThan(3_600_000);
  });

  it("asks for another base when an instant lies before it, or too far after", () => {
    const timebase = timebaseAt(at, 1);
    expect(reaches(timebase, at)).toBe(true);
    expect(reaches(timebase, instant("2026-11-19T06:12:03Z"))).toBe(false);
    expect(reaches(timebase, instant("2027-02-20T06:12:03Z"))).toBe(false);
  });

  it("places everything it reaches before the end of the media", () => {
    const timebase = timebaseAt(at, 1);
    const late = instant("2026-12-19T06:12:03Z");
    expect(reaches(timebase, late)).toBe(true);
    expect(toMedia(timebase, late)).toBeLessThan(MEDIA_DURATION_S);
  });
});
