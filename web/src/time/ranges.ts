import type { EpochMs, Range } from "./instant";
import { epochMs } from "./instant";

/**
 * Ordered, disjoint half-open ranges. Functions never change their input.
 */
export type Ranges = readonly Range[];

/** Distances below this are rounding between microseconds and media ticks, never a gap. */
export const TOUCHING_MS = 0.05;

export function add(ranges: Ranges, range: Range): Range[] {
  if (range.to <= range.from) return [...ranges];
  const out: Range[] = [];
  let { from, to } = range;
  for (const r of ranges) {
    if (r.to < from - TOUCHING_MS || r.from > to + TOUCHING_MS) {
      out.push(r);
    } else {
      from = epochMs(Math.min(from, r.from));
      to = epochMs(Math.max(to, r.to));
    }
  }
  out.push({ from, to });
  return out.sort((a, b) => a.from - b.from);
}

export function subtract(ranges: Ranges, cut: Range): Range[] {
  const out: Range[] = [];
  for (const r of ranges) {
    if (r.to <= cut.from || r.from >= cut.to) {
      out.push(r);
      continue;
    }
    if (r.from < cut.from) out.push({ from: r.from, to: cut.from });
    if (r.to > cut.to) out.push({ from: cut.to, to: r.to });
  }
  return out;
}

/** The range that holds the instant. */
export function holding<T extends Range>(ranges: readonly T[], at: EpochMs): T | undefined {
  return ranges.find((r) => r.from <= at && at < r.to);
}

/** The first range that begins after the instant. */
export function nextAfter<T extends Range>(ranges: readonly T[], at: EpochMs): T | undefined {
  return ranges.find((r) => r.from > at);
}

/** The last range that ends at or before the instant. */
export function lastBefore<T extends Range>(ranges: readonly T[], at: EpochMs): T | undefined {
  return ranges.findLast((r) => r.to <= at);
}

/** Where continuous cover that begins at the instant ends; the instant itself when there is none. */
export function coveredUntil(ranges: Ranges, at: EpochMs): EpochMs {
  const r = ranges.find((x) => x.from <= at + TOUCHING_MS && at < x.to);
  return r ? r.to : at;
}

/** Where continuous cover that ends at the instant begins; the instant itself when there is none. */
export function coveredSince(ranges: Ranges, at: EpochMs): EpochMs {
  const r = ranges.find((x) => x.from < at && at <= x.to + TOUCHING_MS);
  return r ? r.from : at;
}
