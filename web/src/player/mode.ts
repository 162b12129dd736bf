import { FASTEST_ALL_FRAMES } from "./speeds";

/** `all`: every frame is decoded. `key`: keyframes only, each shown until the next. */
export type Mode = "all" | "key";

/** What decoding has taught so far, in pixels a second over all tiles of the page. */
export interface DecodeHistory {
  /** The most that was kept up with. */
  proven: number;
  /** Bad measurements in a row: a busy moment of the machine is not yet a failure. */
  strikes: number;
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
}

/** Software decoding on two slow cores: about 1,100 frames a second of 640x360. */
const ASSUMED_CAPACITY = 1100 * 640 * 360;
const STRIKES = 3;
/** A failure is believed for a while, and longer each time it comes back. */
const BELIEVE_FIRST_MS = 20_000;
const BELIEVE_MOST_MS = 300_000;
const BACK_TO_ALL_AFTER_MS = 5_000;
const KEEPS_UP = 0.9;
const TOO_MANY_DROPPED = 0.3;

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
  const strikes = history.strikes + 1;
  if (strikes < STRIKES) return { ...history, strikes };
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
  const limit = capacity(history, question.now) * (question.focused ? 1 : 0.8);
  if (question.current === "all") return question.demand <= limit ? "all" : "key";
  if (question.sinceMs < BACK_TO_ALL_AFTER_MS && question.sinceMs > 0) return "key";
  return question.demand <= limit * 0.9 ? "all" : "key";
}

function capacity(history: DecodeHistory, now: number): number {
  const failed = history.failed;
  if (failed && now < failed.until) return failed.demand * 0.8;
  return Math.max(ASSUMED_CAPACITY, history.proven * 1.2);
}

/** Keyframes are thinned so that no tile shows more of them than a screen can. */
export function thinning(speed: number, gopMs: number): 1 | 2 | 4 | 8 | 16 {
  const perSecond = (Math.abs(speed) * 1000) / Math.max(gopMs, 20);
  for (const every of [1, 2, 4, 8] as const) {
    if (perSecond / every <= 32) return every;
  }
  return 16;
}
