/** How one element keeps to the clock. */
export type Follow = { act: "rate"; rate: number } | { act: "seek" };

export interface FollowQuestion {
  /** Wall milliseconds by which the element is ahead of the clock (behind when negative). */
  aheadMs: number;
  /** Of the clock: positive, elements never play backward. */
  speed: number;
  /** What `playbackRate` would be without drift. */
  rate: number;
  /** The rate is being nudged since an earlier question. */
  nudging: boolean;
}

const NUDGE_FROM_MS = 40;
const NUDGE_UNTIL_MS = 8;
const SEEK_FROM_MS = 1000;
const MOST_NUDGE = 0.05;
/** Faster than anybody hears or reads lips, keeping together matters more than an even pace. */
const FAST_FROM = 4;
const MOST_NUDGE_FAST = 0.25;

/**
 * Distances are of viewing time: 40 ms is one frame at 1x, and at 32x a second of footage passes in
 * about as much.
 */
export function follow(question: FollowQuestion): Follow & { nudging: boolean } {
  const ahead = question.aheadMs / question.speed;
  const off = Math.abs(ahead);
  if (off > SEEK_FROM_MS) return { act: "seek", nudging: false };
  const nudging = off > (question.nudging ? NUDGE_UNTIL_MS : NUDGE_FROM_MS);
  if (!nudging) return { act: "rate", rate: question.rate, nudging };
  const nudge = question.speed > FAST_FROM ? Math.min(MOST_NUDGE_FAST, off / 400) : Math.min(MOST_NUDGE, off / 1000);
  return { act: "rate", rate: question.rate * (ahead > 0 ? 1 - nudge : 1 + nudge), nudging };
}
