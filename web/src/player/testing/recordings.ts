import { type EpochMs, epochMs, instant, type Range } from "@/time/instant";
import type { Recording } from "../face";

export const noon = instant("2026-11-20T12:00:00Z");
/** So many seconds after noon. */
export const s = (seconds: number): EpochMs => epochMs(noon + seconds * 1000);
export const span = (from: number, to: number): Range => ({ from: s(from), to: s(to) });

/** What FakeServer has of these spans. */
export function recordingOf(spans: Range[], over: Partial<Recording> = {}): Recording {
  return {
    spans, gaps: [], edge: spans[spans.length - 1]!.to, live: false, hasVideo: true, hasAudio: false,
    gopMs: 1000, frameRate: 25, pixels: 640 * 360, bitRate: 1_000_000, ...over,
  };
}
