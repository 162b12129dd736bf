import { describe, expect, it } from "vitest";
import { epochMs } from "./instant";
import { parseMoment } from "./moment";

// The test runner sets TZ=Europe/Madrid: +01:00 in winter, +02:00 in summer.
const local = (text: string) => epochMs(new Date(text).getTime());
const now = local("2026-11-20T14:00:00");
const context = { now, near: now };
const ready = (text: string) => ({ status: "ready", at: local(text) });

describe("parseMoment", () => {
  it("takes a time of the day being watched", () => {
    expect(parseMoment("06:12", context)).toEqual(ready("2026-11-20T06:12:00"));
    expect(parseMoment(" 6:12:03.040 ", context)).toEqual(ready("2026-11-20T06:12:03.040"));
    const near = local("2026-11-18T03:00:00");
    expect(parseMoment("18:40", { now, near })).toEqual(ready("2026-11-18T18:40:00"));
  });

  it("takes the day before when the time has not come yet", () => {
    expect(parseMoment("23:30", context)).toEqual(ready("2026-11-19T23:30:00"));
  });

  it("takes named and numbered days", () => {
    expect(parseMoment("yesterday 18:40", context)).toEqual(ready("2026-11-19T18:40:00"));
    expect(parseMoment("вчера 18:40", context)).toEqual(ready("2026-11-19T18:40:00"));
    expect(parseMoment("ayer", context)).toEqual(ready("2026-11-19T00:00:00"));
    expect(parseMoment("18.11 06:12", context)).toEqual(ready("2026-11-18T06:12:00"));
    expect(parseMoment("18/11/2025 06:12", context)).toEqual(ready("2025-11-18T06:12:00"));
    expect(parseMoment("24.12 06:12", context)).toEqual(ready("2025-12-24T06:12:00"));
    expect(parseMoment("2026-11-02 06:12", context)).toEqual(ready("2026-11-02T06:12:00"));
    expect(parseMoment("2026-11-02T06:12", context)).toEqual(ready("2026-11-02T06:12:00"));
  });

  it("takes an instant, an offset and live", () => {
    expect(parseMoment("2026-11-20T06:12:03.040123Z", context)).toEqual({
      status: "ready",
      at: Date.UTC(2026, 10, 20, 6, 12, 3) + 40.123,
    });
    expect(parseMoment("-5m", context)).toEqual({ status: "ready", at: now - 300_000 });
    expect(parseMoment("+1h 30s", context)).toEqual({ status: "ready", at: now + 3_630_000 });
    expect(parseMoment("-90 с", context)).toEqual({ status: "ready", at: now - 90_000 });
    expect(parseMoment("Live", context)).toEqual({ status: "live" });
    expect(parseMoment("эфир", context)).toEqual({ status: "live" });
  });

  it("refuses the hour that spring skips and marks the one autumn repeats", () => {
    expect(parseMoment("2026-03-29 02:30", context)).toEqual({ status: "refused", reason: "no-such-time" });
    const first = epochMs(Date.UTC(2026, 9, 25, 0, 30));
    expect(parseMoment("2026-10-25 02:30", context)).toEqual({
      status: "ready",
      at: first,
      again: first + 3_600_000,
    });
  });

  it("refuses what it does not understand", () => {
    for (const text of ["", "soon", "25:00", "06:60", "31.02 10:00", "a b 10:00", "-", "+"]) {
      expect(parseMoment(text, context)).toEqual({ status: "refused", reason: "not-understood" });
    }
  });
});
