import { describe, expect, it } from "vitest";
import { epochMs, type Range } from "@/time/instant";
import type { Recording } from "./face";
import { GroundMemory, groundOf, liveInstant, united } from "./ground";

const r = (from: number, to: number): Range => ({ from: epochMs(from * 1000), to: epochMs(to * 1000) });
function recording(spans: Range[], over: Partial<Recording> = {}): Recording {
  return {
    spans, gaps: [], edge: spans[spans.length - 1]?.to ?? epochMs(0), live: true, hasVideo: true, hasAudio: true,
    gopMs: 2000, frameRate: 25, pixels: 640 * 360, bitRate: 1e6, ...over,
  };
}

describe("groundOf", () => {
  it("is the recording itself where there is only one", () => {
    const one = recording([r(0, 100)]);
    expect(groundOf([one], one)).toEqual({ recording: one, liveAt: liveInstant(one) });
    expect(groundOf([recording([])], undefined)).toBeUndefined();
    expect(groundOf([recording([]), one], undefined)?.recording).toBe(one);
  });

  it("has a gap only where no channel has anything", () => {
    const one = recording([r(0, 40), r(80, 100)]);
    const two = recording([r(30, 60), r(70, 90)]);
    const ground = groundOf([one, two], one);
    expect(ground?.recording.spans).toEqual([r(0, 60), r(70, 100)]);
    expect(ground?.recording.edge).toBe(100_000);
  });

  it("tells the leading channel's reason for a gap first", () => {
    const gap = { ...r(40, 80), detail: "" };
    const one = recording([r(0, 40), r(80, 100)], { gaps: [{ ...gap, cause: "stopped" }] });
    const two = recording([r(0, 40), r(80, 100)], { gaps: [{ ...gap, cause: "source_lost" }] });
    expect(groundOf([one, two], two)?.recording.gaps[0]?.cause).toBe("source_lost");
  });

  it("is live where the slowest of the living can follow, without waiting for the lost and the far behind", () => {
    const fast = recording([r(0, 100)]);
    const slow = recording([r(0, 90)]);
    const lost = recording([r(0, 85)], { lost: { since: epochMs(85_000), cause: "", detail: "" } });
    const far = recording([r(0, 50)]);
    expect(groundOf([fast, slow, lost, far], fast)?.liveAt).toBe(liveInstant(slow));
    expect(groundOf([fast, { ...slow, live: false }], fast)?.recording.live).toBe(true);
  });
});

describe("GroundMemory", () => {
  it("remembers, until a recording or the lead is another one", () => {
    const memory = new GroundMemory();
    const one = recording([r(0, 100)]);
    const two = recording([r(0, 90)]);
    const first = memory.of([one, two], one);
    expect(memory.of([one, two], one)).toBe(first);
    expect(memory.of([one, two], two)).not.toBe(first);
    expect(memory.of([one, { ...two, edge: epochMs(95_000) }], two)?.liveAt).not.toBe(first?.liveAt);
    expect(memory.of([one], one)?.recording).toBe(one);
  });
});

describe("united", () => {
  it("orders, joins what touches, and keeps the rest apart", () => {
    expect(united([r(5, 6), r(0, 2), r(2, 3), r(1, 1.5)])).toEqual([r(0, 3), r(5, 6)]);
  });
});
