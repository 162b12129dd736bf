import type { Recording } from "@/player/face";
import { united } from "@/player/ground";
import { type EpochMs, type Range, shift } from "@/time/instant";
import { holding, lastBefore, nextAfter } from "@/time/ranges";
import { type Band, closed, without } from "./bands";

/** What the timeline shows and plays: all of it, what nobody has reviewed, what the person at this page has not. */
export const UNSEEN = ["all", "anyone", "me"] as const;
export type Unseen = (typeof UNSEEN)[number];

/** Smaller pieces are rounding between pictures. */
const WORTH_A_LOOK_MS = 1000;
/** Who goes back so far wants to see something again, not the footage of an hour ago. */
const LOOKING_AGAIN_MS = 90_000;
const SLACK_MS = 500;

/** What the filter takes away of a channel. */
export function taken(filter: Unseen, band: Band): Range[] {
  if (filter === "all") return [];
  return closed(filter === "me" ? band.mine : [...band.mine, ...band.others]);
}

/** What is left to be seen on any of the channels. */
export function leftOf(filter: Unseen, channels: readonly { recording: Recording | undefined; band: Band }[]): Range[] {
  const parts = channels.flatMap(({ recording, band }) => without(recording?.spans ?? [], taken(filter, band)));
  return united(parts.filter(({ from, to }) => to - from >= WORTH_A_LOOK_MS));
}

/** Where playing goes on when `at` need not be seen; undefined where it must be, and at the end of what is left. */
export function passedTo(left: readonly Range[], at: EpochMs, direction: 1 | -1): EpochMs | undefined {
  if (holding(left, at)) return undefined;
  if (direction === 1) {
    const next = nextAfter(left, at);
    return next ? shift(next.from, 0.5) : undefined;
  }
  const before = lastBefore(left, at);
  return before ? shift(before.to, -0.5) : undefined;
}

/** Who goes a little back while playing sees it again, up to where they were. */
export class SecondLook {
  private last: EpochMs | undefined;
  private until: EpochMs | undefined;

  /** True while what is on the screen is looked at again; asked at every tick. */
  looks(at: EpochMs, direction: 1 | -1): boolean {
    const { last } = this;
    this.last = at;
    if (last !== undefined) {
      const back = (last - at) * direction;
      if (back > LOOKING_AGAIN_MS) this.until = undefined;
      else if (back > SLACK_MS && !this.ahead(at, direction)) this.until = last;
    }
    if (!this.ahead(at, direction)) this.until = undefined;
    return this.until !== undefined;
  }

  private ahead(at: EpochMs, direction: 1 | -1): boolean {
    return this.until !== undefined && (this.until - at) * direction > 0;
  }
}
