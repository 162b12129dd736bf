import type { Reviewed } from "@/api/coverage";
import { united } from "@/player/ground";
import { type EpochMs, epochMs, type Range } from "@/time/instant";
import { holding, subtract } from "@/time/ranges";

/** What was reviewed of one channel: by the person at this page, and by colleagues. */
export interface Band {
  /** Of this the server has told; of the rest nothing is known. */
  known: readonly Range[];
  mine: readonly Range[];
  others: readonly Range[];
  people: readonly Reviewed[];
}

/** Smaller holes are between pictures, not between people. */
const HOLE_MS = 1000;

export const NO_BAND: Band = { known: [], mine: [], others: [], people: [] };

const bare = (ranges: readonly Range[]): Range[] => ranges.map(({ from, to }) => ({ from, to }));

/** What the server said of a range; nothing yet, or nothing but an error: no `people`. */
export interface Answer {
  range: Range;
  people: readonly Reviewed[] | undefined;
}

export function bandOf(answers: readonly Answer[], me: string | undefined): Band {
  const people = answers.flatMap((answer) => answer.people ?? []);
  return {
    known: united(answers.filter((answer) => answer.people).map(({ range }) => range)),
    mine: united(bare(people.filter(({ userId }) => userId === me))),
    others: united(bare(people.filter(({ userId }) => userId !== me))),
    people,
  };
}

/** Who has reviewed the instant, each once; the person at this page first, as null. Undefined: that is not known. */
export function reviewersAt(band: Band, at: EpochMs, me: string | undefined): (string | null)[] | undefined {
  if (!holding(band.known, at)) return undefined;
  const there = band.people.filter(({ from, to }) => from <= at && at < to);
  const names = new Map(there.map(({ userId, name }) => [userId, userId === me ? null : name]));
  return [...names.values()].sort((a, b) => (a === null ? -1 : b === null ? 1 : a.localeCompare(b)));
}

export function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + (to - from), 0);
}

/** Ranges with holes of less than a second closed. */
export function closed(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  for (const range of united(bare(ranges))) {
    const last = out[out.length - 1];
    if (last && range.from - last.to < HOLE_MS) last.to = range.to;
    else out.push({ ...range });
  }
  return out;
}

/** What lies in every one of the lists; each is ordered and disjoint. */
export function common(lists: readonly (readonly Range[])[]): Range[] {
  const [first, ...rest] = lists;
  return rest.reduce<Range[]>((left, right) => intersect(left, right), [...(first ?? [])]);
}

function intersect(left: readonly Range[], right: readonly Range[]): Range[] {
  return left.flatMap((a) =>
    right
      .filter((b) => b.from < a.to && a.from < b.to)
      .map((b) => ({ from: epochMs(Math.max(a.from, b.from)), to: epochMs(Math.min(a.to, b.to)) })),
  );
}

export function without(ranges: readonly Range[], cuts: readonly Range[]): Range[] {
  return cuts.reduce<Range[]>((rest, cut) => subtract(rest, cut), [...ranges]);
}
