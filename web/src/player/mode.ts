import { FASTEST_ALL_FRAMES } from "./speeds";

/** `all`: every frame is decoded. `key`: keyframes only, each shown until the next. */
export type Mode = "all" | "key";

/** What decoding has taught so far, in pixels a second over all tiles of the page. */
export interface DecodeHistory {
  /** The most that was kept up with. */
  proven: number;
  /** Bad measurements in a row: a busy moment of the machine is not yet a failure. */
  strikes: number;
  /** When the last of them was taken: many tiles that measure the same moment are one measurement. */
  struckAt?: number;
  /** The least that could not be kept up with, until when that is believed (monotonic ms). */
  failed?: { demand: number; until: number; lasts: number };
}

export interface DecodeSample {
  /** Monotonic ms. */
  at: number;
  demand: number;
  /** How fast media time moved, as a share of what was asked, while bytes were there. */
  reached: number;
  /** Share of frames dropped; meaningless above the screen's rate, so 0 there. */
  dropped: number;
}

export interface ModeQuestion {
  speed: number;
  /** Pixels a second that every frame of every tile would take at this speed. */
  demand: number;
  current: Mode;
  /** Since the mode or the asked speed last changed. */
  sinceMs: number;
  now: number;
  /** The tile that has the eye keeps every frame longest. */
  focused: boolean;
  /** The other tiles show keyframes, and `demand` is of this one alone. */
  apart: boolean;
  /** One of those cannot keep up with its keyframes beside it. */
  crowding: boolean;
}

/** Software decoding on two slow cores: about 1,100 frames a second of 640x360. */
const ASSUMED_CAPACITY = 1100 * 640 * 360;
const STRIKES = 3;
const STRIKE_EVERY_MS = 1000;
/** A failure is believed for a while, and longer each time it comes back. */
const BELIEVE_FIRST_MS = 20_000;
const BELIEVE_MOST_MS = 300_000;
const BACK_TO_ALL_AFTER_MS = 5_000;
export const KEEPS_UP = 0.9;
const TOO_MANY_DROPPED = 0.3;
/** Of what the machine can do: by all tiles together, and by one among tiles that show keyframes. */
const SHARE_OF_ALL = 0.85;
const SHARE_APART = 0.25;

export const NO_HISTORY: DecodeHistory = { proven: 0, strikes: 0 };

export function demandOf(tiles: number, speed: number, frameRate: number, pixels: number): number {
  return tiles * Math.abs(speed) * frameRate * pixels;
}

/** Adds one measurement, taken in `all` mode over a second or more. */
export function learn(history: DecodeHistory, sample: DecodeSample): DecodeHistory {
  const keepsUp = sample.reached >= KEEPS_UP && sample.dropped <= TOO_MANY_DROPPED;
  if (keepsUp) {
    const proven = Math.max(history.proven, sample.demand);
    const { failed } = history;
    return failed && failed.demand > proven ? { proven, strikes: 0, failed } : { proven, strikes: 0 };
  }
  if (history.struckAt !== undefined && sample.at - history.struckAt < STRIKE_EVERY_MS) return history;
  const strikes = history.strikes + 1;
  if (strikes < STRIKES) return { ...history, strikes, struckAt: sample.at };
  const lasts = history.failed ? Math.min(history.failed.lasts * 2, BELIEVE_MOST_MS) : BELIEVE_FIRST_MS;
  const demand = Math.min(sample.demand, history.failed?.demand ?? Infinity);
  return {
    proven: Math.min(history.proven, demand * 0.99),
    strikes: 0,
    failed: { demand, until: sample.at + lasts, lasts },
  };
}

export function decideMode(question: ModeQuestion, history: DecodeHistory): Mode {
  if (question.speed < 0 || question.speed > FASTEST_ALL_FRAMES) return "key";
  if (question.apart && question.crowding) return "key";
  const share = question.apart ? SHARE_APART : question.focused ? 1 : SHARE_OF_ALL;
  const limit = capacity(history, question.now) * share;
  if (question.current === "all") return question.demand <= limit ? "all" : "key";
  if (question.sinceMs < BACK_TO_ALL_AFTER_MS && question.sinceMs > 0) return "key";
  return question.demand <= limit * 0.9 ? "all" : "key";
}

function capacity(history: DecodeHistory, now: number): number {
  const failed = history.failed;
  if (failed && now < failed.until) return failed.demand * 0.8;
  return Math.max(ASSUMED_CAPACITY, history.proven * 1.2);
}
