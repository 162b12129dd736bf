import { describe, expect, test } from "vitest";
import type { Timeline } from "@/api/client";
import { epochMs, instant } from "@/time/instant";
import { joined, windowsOf } from "./timeline-windows";

const day = 86_400_000;
const now = instant("2026-11-20T12:00:00Z");

describe("the windows of a timeline", () => {
  test("one that ends now, when nothing is older than it may be long", () => {
    expect(windowsOf(instant("2026-11-20T06:00:00Z"), now)).toEqual([{ from: instant("2026-11-20T05:59:59Z"), to: now }]);
  });

  test("a channel without a recording is asked about all the same", () => {
    expect(windowsOf(undefined, now)).toEqual([{ from: epochMs(now - 1000), to: now }]);
    expect(windowsOf(epochMs(now + 5000), now)).toEqual([{ from: epochMs(now - 1000), to: now }]);
  });

  test("a year is tiled without a hole, none longer than the API answers", () => {
    const windows = windowsOf(epochMs(now - 365 * day), now);
    expect(windows[0]?.from).toBe(now - 365 * day - 1000);
    expect(windows[windows.length - 1]?.to).toBe(now);
    windows.slice(1).forEach((window, i) => expect(window.from).toBe(windows[i]?.to));
    for (const window of windows) expect(window.to - window.from).toBeLessThan(31 * day);
  });
});

describe("timelines joined", () => {
  const part = (from: string, to: string, spans: Timeline["spans"], gaps: Timeline["gaps"]): Timeline => ({ from, to, spans, gaps });
  const gap = (from: string, to: string, cause: "stopped" | "source_lost"): Timeline["gaps"][number] => ({ from, to, cause, detail: "" });

  test("a span and a gap cut by a window's end are whole", () => {
    const whole = joined([
      part("2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z", [{ from: "2026-01-30T00:00:00Z", to: "2026-01-31T00:00:00Z", runId: "1" }], []),
      part("2026-01-31T00:00:00Z", "2026-03-01T00:00:00Z",
        [{ from: "2026-01-31T00:00:00.000Z", to: "2026-02-01T00:00:00Z", runId: "1" }],
        [gap("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "stopped")]),
      part("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", [], [gap("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "stopped")]),
    ]);
    expect(whole).toEqual({
      from: "2026-01-01T00:00:00Z",
      to: "2026-03-02T00:00:00Z",
      spans: [{ from: "2026-01-30T00:00:00Z", to: "2026-02-01T00:00:00Z", runId: "1" }],
      gaps: [gap("2026-02-01T00:00:00Z", "2026-03-02T00:00:00Z", "stopped")],
    });
  });

  test("what only touches stays apart: another run, another cause", () => {
    const border = "2026-01-31T00:00:00Z";
    const whole = joined([
      part("2026-01-01T00:00:00Z", border, [{ from: "2026-01-30T00:00:00Z", to: border, runId: "1" }], []),
      part(border, "2026-02-02T00:00:00Z", [{ from: border, to: "2026-02-01T00:00:00Z", runId: "2" }],
        [gap("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", "source_lost")]),
    ]);
    expect(whole.spans.map((span) => span.runId)).toEqual(["1", "2"]);
    expect(whole.gaps).toHaveLength(1);
  });
});
