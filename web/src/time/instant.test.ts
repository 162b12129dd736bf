import { describe, expect, it } from "vitest";
import { epochMs, formatInstant, parseInstant, startOfDay } from "./instant";

describe("instants", () => {
  it("keeps microseconds both ways", () => {
    for (const text of [
      "2026-11-20T06:12:03.040123Z",
      "2026-11-20T23:59:59.999999Z",
      "1970-01-01T00:00:00.000001Z",
      "2099-12-31T12:00:00.123457Z",
    ]) {
      expect(formatInstant(parseInstant(text)!)).toBe(text);
    }
  });

  it("keeps every microsecond of a second apart", () => {
    const second = parseInstant("2026-11-20T06:12:03Z")!;
    for (let micros = 0; micros < 1_000_000; micros += 997) {
      const text = formatInstant(epochMs(second + micros / 1000));
      expect(Math.round(parseInstant(text)! * 1000)).toBe(second * 1000 + micros);
    }
  });

  it("reads offsets, short fractions and none", () => {
    expect(parseInstant("2026-11-20T08:12:03+02:00")).toBe(Date.UTC(2026, 10, 20, 6, 12, 3));
    expect(parseInstant("2026-11-20T06:12:03.5Z")).toBe(Date.UTC(2026, 10, 20, 6, 12, 3, 500));
    expect(parseInstant("2026-11-20T06:12:03.0400009Z")).toBe(Date.UTC(2026, 10, 20, 6, 12, 3, 40));
  });

  it("finds midnight where it is looked at", () => {
    const noon = new Date(2026, 10, 20, 12, 30, 15).getTime();
    const midnight = new Date(2026, 10, 20).getTime();
    expect([startOfDay(epochMs(noon)), startOfDay(epochMs(midnight)), startOfDay(epochMs(midnight - 1))]).toEqual([
      midnight, midnight, new Date(2026, 10, 19).getTime(),
    ]);
  });

  it("refuses what is not an instant", () => {
    for (const text of ["", "now", "2026-11-20", "2026-11-20T06:12:03", "2026-13-40T06:12:03Z"]) {
      expect(parseInstant(text)).toBeUndefined();
    }
  });

  it("writes milliseconds when there is no more to say", () => {
    expect(formatInstant(epochMs(Date.UTC(2026, 10, 20, 6, 12, 3)))).toBe("2026-11-20T06:12:03.000Z");
  });
});
