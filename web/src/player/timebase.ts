import { type EpochMs, epochMs, type Range } from "@/time/instant";

/**
 * Ties the media time of a tile (seconds, what `currentTime` counts) to the wall clock. The server
 * writes decode times as (wall - base) / compression.
 */
export interface Timebase {
  base: EpochMs;
  compression: number;
}

/** Decode times cannot be negative; this much lies before the first instant that is asked for. */
const ROOM_BEFORE_MS = 12 * 3_600_000;
const LEAST_BEFORE_MS = 120_000;
const MOST_AFTER_MS = 30 * 86_400_000;

/** What `MediaSource.duration` is set to; beyond anything a timebase places. */
export const MEDIA_DURATION_S = (ROOM_BEFORE_MS + MOST_AFTER_MS) / 1000 + 86_400;

export function timebaseAt(at: EpochMs, compression: number): Timebase {
  return { base: epochMs(Math.floor((at - ROOM_BEFORE_MS) / 1000) * 1000), compression };
}

/** The instant can be placed without choosing another base. */
export function reaches(timebase: Timebase, at: EpochMs): boolean {
  const distance = at - timebase.base;
  return distance >= LEAST_BEFORE_MS && distance <= MOST_AFTER_MS;
}

export function toMedia(timebase: Timebase, at: EpochMs): number {
  return (at - timebase.base) / 1000 / timebase.compression;
}

export function toWall(timebase: Timebase, seconds: number): EpochMs {
  return epochMs(timebase.base + seconds * 1000 * timebase.compression);
}

export function bufferedOnWall(timebase: Timebase, buffered: TimeRanges): Range[] {
  const out: Range[] = [];
  for (let i = 0; i < buffered.length; i += 1) {
    out.push({ from: toWall(timebase, buffered.start(i)), to: toWall(timebase, buffered.end(i)) });
  }
  return out;
}
