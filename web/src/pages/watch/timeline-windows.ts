import type { Timeline } from "@/api/client";
import { type EpochMs, epochMs, instant, type Range } from "@/time/instant";

/** The API answers at most 31 days of a timeline at once; a window stays under that also when clocks differ. */
const WINDOW_MS = 30 * 86_400_000;
/** What the server may have recorded since it last said so. */
const MARGIN_MS = 1000;

/** The windows that together hold everything from the first recording to now, in order; the last one ends live. */
export function windowsOf(first: EpochMs | undefined, now: EpochMs): Range[] {
  const from = Math.min((first ?? now) - MARGIN_MS, now - MARGIN_MS);
  const windows: Range[] = [];
  for (let at = from; at < now; at += WINDOW_MS)
    windows.push({ from: epochMs(at), to: epochMs(Math.min(at + WINDOW_MS, now)) });
  return windows;
}

/** One timeline of several that follow each other: a span or gap that a window's end cut is whole again. */
export function joined(parts: readonly [Timeline, ...Timeline[]]): Timeline {
  const [head, ...rest] = parts;
  const whole: Timeline = { from: head.from, to: head.to, spans: [...head.spans], gaps: [...head.gaps] };
  for (const part of rest) {
    whole.to = part.to;
    append(whole.spans, part.spans, (a, b) => a.runId === b.runId);
    append(whole.gaps, part.gaps, (a, b) => a.cause === b.cause && a.detail === b.detail);
  }
  return whole;
}

type Piece = { from: string; to: string };

function append<T extends Piece>(to: T[], pieces: readonly T[], same: (a: T, b: T) => boolean): void {
  const [first, ...others] = pieces;
  if (!first) return;
  const last = to[to.length - 1];
  if (last && instant(last.to) >= instant(first.from) && same(last, first)) to[to.length - 1] = { ...last, to: first.to };
  else to.push(first);
  to.push(...others);
}
