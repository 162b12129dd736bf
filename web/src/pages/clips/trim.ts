import { clamp, type EpochMs, epochMs, type Range } from "@/time/instant";

/** Within what the ends of a clip may be moved. */
export interface Limits {
  /** What the dialog shows. */
  window: Range;
  frameMs: number;
  longestMs: number;
}

export type Side = "from" | "to";

/** The clip with one end at an instant: never shorter than a picture, nor longer than allowed. */
export function moved(clip: Range, side: Side, at: EpochMs, limits: Limits): Range {
  const inside = clamp(at, limits.window);
  if (side === "from") {
    const least = clip.to - limits.longestMs;
    return { from: epochMs(Math.max(least, Math.min(inside, clip.to - limits.frameMs))), to: clip.to };
  }
  const most = clip.from + limits.longestMs;
  return { from: clip.from, to: epochMs(Math.min(most, Math.max(inside, clip.from + limits.frameMs))) };
}

/** How far a key moves an end; nothing for other keys. */
export function stepOf(key: string, shift: boolean, frameMs: number): number | undefined {
  const size = shift ? 1000 : frameMs;
  if (key === "ArrowLeft" || key === "ArrowDown") return -size;
  if (key === "ArrowRight" || key === "ArrowUp") return size;
  if (key === "PageDown") return -5000;
  return key === "PageUp" ? 5000 : undefined;
}

/** What is shown around a clip, so that its ends can be moved outwards. */
export function windowAround(clip: Range, longestMs: number): Range {
  const margin = Math.min(Math.max((clip.to - clip.from) / 2, 10_000), longestMs / 2, 60_000);
  return { from: epochMs(clip.from - margin), to: epochMs(clip.to + margin) };
}

/** The film of a window: it leaves gaps out, so its own time runs behind the wall's. */
export interface Film {
  /** Instants of its first picture and of its end. */
  shown: Range;
  missing: readonly Range[];
}

/** Seconds of the film at an instant; in a gap, where it goes on. */
export function filmTime(film: Film, at: EpochMs): number {
  const inside = clamp(at, film.shown);
  let left = inside - film.shown.from;
  for (const gap of film.missing) {
    const from = Math.max(gap.from, film.shown.from);
    const to = Math.min(gap.to, inside);
    if (to > from) left -= to - from;
  }
  return Math.max(0, left) / 1000;
}

/** The instant at a second of the film. */
export function filmInstant(film: Film, seconds: number): EpochMs {
  let at = film.shown.from + seconds * 1000;
  for (const gap of film.missing) {
    if (gap.to <= film.shown.from || gap.from >= film.shown.to) continue;
    if (gap.from < at + 0.001) at += gap.to - Math.max(gap.from, film.shown.from);
  }
  return clamp(epochMs(at), film.shown);
}

/** The highest amplitude at each of `count` equal parts of a window; 0 where the film shows nothing. */
export function peaksOfWindow(sound: { samples: Float32Array; rate: number }, film: Film, window: Range, count: number): number[] {
  const { samples, rate } = sound;
  const peaks: number[] = [];
  const at = (part: number) => epochMs(window.from + (part * (window.to - window.from)) / count);
  const sampleAt = (instant: EpochMs) => Math.floor(filmTime(film, instant) * rate);
  for (let i = 0; i < count; ++i) {
    const first = sampleAt(at(i));
    const last = sampleAt(at(i + 1));
    let peak = 0;
    for (let s = first; s < last && s < samples.length; ++s) peak = Math.max(peak, Math.abs(samples[s] ?? 0));
    peaks.push(Math.min(1, peak));
  }
  return peaks;
}
