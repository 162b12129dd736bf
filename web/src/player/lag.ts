import type { EpochMs } from "@/time/instant";
import type { Frame } from "./frame-table";

export interface LagQuestion {
  /** Of the clock, which plays forward. */
  at: EpochMs;
  speed: number;
  /** Monotonic ms. */
  now: number;
  /** The picture on the screen. */
  frame: Frame | undefined;
}

/** Viewing time from which on a picture that has passed is called behind. */
export const BEHIND_FROM_MS = 2000;
const SLACK_MS = 100;

/** By how much a tile's picture is behind a clock that it was with before; after a seek nothing is behind, it is on its way. */
export class Lag {
  private was: { at: EpochMs; now: number } | undefined;
  private together = false;

  /** Milliseconds of footage since the picture's end, when they are too many. Call once a tick. */
  see({ at, speed, now, frame }: LagQuestion): number | undefined {
    const moved = this.was ? at - this.was.at : 0;
    const most = this.was ? (now - this.was.now + SLACK_MS) * speed : 0;
    if (moved < -SLACK_MS * speed || moved > most) this.together = false;
    this.was = { at, now };
    if (!frame) return undefined;
    const late = at - (frame.at + frame.durationMs);
    if (late <= SLACK_MS * speed && frame.at <= at + SLACK_MS * speed) this.together = true;
    return this.together && late > BEHIND_FROM_MS * speed ? late : undefined;
  }

  /** The clock stands, or is where nothing is recorded. */
  forget(): void {
    this.was = undefined;
    this.together = false;
  }
}
