import type { Position, Reviewed } from "@/api/coverage";
import { united } from "@/player/ground";
import { SPEEDS } from "@/player/speeds";
import { type EpochMs, epochMs, type Range } from "@/time/instant";
import { closed, common, lengthOf, without } from "./bands";

/** From where somebody stopped to live. */
export interface CatchUp {
  from: EpochMs;
  /** Footage to be seen until live, as of now. */
  leftMs: number;
  speed: number;
  /** Live has moved on by then; what was recorded meanwhile is seen too. */
  takesMs: number;
}

export const CATCH_UP_MINUTES = [1, 2, 3, 5, 10, 15, 30] as const;
/** Whoever is nearer to live has nothing to catch up. */
export const WORTH_CATCHING_UP_MS = 30_000;
/** Tiles that were left together were left within this. */
const TOGETHER_MS = 60_000;

/** Where the person left the wall: of the channels that were shown last, the earliest. */
export function stoppedAt(positions: readonly Position[], channels: readonly string[]): EpochMs | undefined {
  const known = positions.filter(({ channelId }) => channels.includes(channelId));
  if (known.length === 0) return undefined;
  const newest = Math.max(...known.map(({ shownAt }) => shownAt));
  const together = known.filter(({ shownAt }) => shownAt >= newest - TOGETHER_MS);
  return epochMs(Math.min(...together.map(({ at }) => at)));
}

/** What need not be seen again: on every channel somebody has seen it. */
export function skippable(reviewed: readonly (readonly Reviewed[])[]): Range[] {
  return common(reviewed.map((people) => closed(people))).filter(({ from, to }) => to - from > 2000);
}

/**
 * The slowest offered speed that is at live within the minutes: every minute of it live moves on by one. `spans` is
 * what any of the channels has recorded; the clock jumps the rest.
 */
export function planCatchUp(q: { from: EpochMs; live: EpochMs; spans: readonly Range[]; skips: readonly Range[]; minutes: number }): CatchUp | undefined {
  const ahead = common([united(q.spans), [{ from: q.from, to: q.live }]]);
  const leftMs = lengthOf(without(ahead, q.skips));
  if (leftMs < WORTH_CATCHING_UP_MS) return undefined;
  const needed = leftMs / (q.minutes * 60_000) + 1;
  const speed = SPEEDS.find((offered) => offered > 1 && offered >= needed) ?? 60;
  return { from: q.from, leftMs, speed, takesMs: leftMs / (speed - 1) };
}
