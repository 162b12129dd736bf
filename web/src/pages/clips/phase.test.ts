import { describe, expect, it } from "vitest";
import type { Clip } from "@/api/clips";
import { type EpochMs, epochMs, formatInstant } from "@/time/instant";
import { phaseOf } from "./phase";

const at = (seconds: number): EpochMs => epochMs(1_795_000_000_000 + seconds * 1000);
const clip = (more: Partial<Clip>): Clip => ({
  id: "1", channelId: "1", channel: "One", from: formatInstant(at(0)), to: formatInstant(at(30)), title: "", tags: [], edges: "copy",
  authorId: "1", author: "Ann", createdAt: formatInstant(at(20)), version: 1, state: "queued", ...more,
});
const name = (one: Clip, now: number): string => phaseOf(one, at(now)).name;

describe("how it stands with a clip", () => {
  it("is ahead until its end has come, then late for as long as the source is", () => {
    const ahead = clip({ notBefore: formatInstant(at(30)) });
    expect(phaseOf(ahead, at(21))).toEqual({ name: "ahead", until: at(30) });
    // Each look puts it a second off; between two looks nothing else is said.
    expect([30, 30.5, 31].map((now) => name(ahead, now))).toEqual(["late", "late", "late"]);
    const later = clip({ notBefore: formatInstant(at(32)) });
    expect([31, 32, 33, 36].map((now) => name(later, now))).toEqual(["late", "late", "late", "late"]);
    expect(name(later, 38), "nobody looks: others are cut first").toBe("queued");
  });

  it("is queued when its end was recorded already", () => expect(name(clip({}), 21)).toBe("queued"));

  it("makes its ends before anything is copied", () => {
    expect(name(clip({ state: "cutting", progress: 0, edges: "encode" }), 40)).toBe("edges");
    expect(phaseOf(clip({ state: "cutting", progress: 7, edges: "encode" }), at(40))).toEqual({ name: "cutting", percent: 7 });
    expect(phaseOf(clip({ state: "cutting", progress: 0 }), at(40))).toEqual({ name: "cutting", percent: 0 });
  });

  it("is else what the server says", () => {
    for (const state of ["ready", "failed", "cancelled"] as const) expect(name(clip({ state }), 40)).toBe(state);
  });
});
