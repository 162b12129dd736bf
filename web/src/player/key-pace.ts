import { keysPerSecond, MOST_KEYS_PER_SECOND, thinning } from "./speeds";

/** Something that was learned the hard way; believed for a while, and longer each time it comes back (monotonic ms). */
interface Belief {
  until: number;
  lasts: number;
}

/** What showing keyframes has taught one tile so far. */
export interface KeyHistory {
  /** Bad measurements in a row: a busy moment of the machine is not yet a failure. */
  strikes: number;
  struckAt?: number;
  /** The fewest keyframes a second of viewing that could not be kept up with. */
  failed?: Belief & { perSecond: number };
  /** What was lacking went into every frame of another tile. */
  crowded?: Belief;
}

/** One measurement, taken while the tile showed keyframes forward. */
export interface KeySample {
  at: number;
  /** Keyframes a second of viewing, as thinned. */
  perSecond: number;
  keepsUp: boolean;
  /** Another tile showed every frame meanwhile. */
  beside: boolean;
}

/** What a tile says of its keyframes. */
export interface KeyReport {
  /** One in so many is shown. */
  every: number;
  /** Fewer than a screen can show: the machine was found not to keep up with more. */
  thinned: boolean;
  /** So many a second of viewing at most, at any speed. */
  most: number;
  /** It lacks what every frame of another tile takes. */
  crowded: boolean;
}

export const EVERY_PICTURE: KeyReport = { every: 1, thinned: false, most: MOST_KEYS_PER_SECOND, crowded: false };

/** How many of its keyframes one tile shows. */
export class KeyPace {
  private history = NO_KEY_HISTORY;

  every(speed: number, gopMs: number, now: number): number {
    return thinning(speed, gopMs, mostKeys(this.history, now));
  }

  learn(speed: number, gopMs: number, sample: Omit<KeySample, "perSecond">): void {
    const perSecond = keysPerSecond(speed, gopMs * this.every(speed, gopMs, sample.at));
    this.history = learnKeys(this.history, { ...sample, perSecond });
  }

  report(speed: number, gopMs: number, now: number): KeyReport {
    const every = this.every(speed, gopMs, now);
    const thinned = every > thinning(speed, gopMs);
    return { every, thinned, most: mostKeys(this.history, now), crowded: isCrowded(this.history, now) };
  }
}

export const NO_KEY_HISTORY: KeyHistory = { strikes: 0 };

const STRIKES = 3;
const STRIKE_EVERY_MS = 1000;
/** Moments farther apart have nothing to do with each other. */
const STRIKE_LASTS_MS = 15_000;
const BELIEVE_FIRST_MS = 20_000;
const BELIEVE_MOST_MS = 300_000;
/** Of what was too much; thinning by half is enough to be below. */
const SHARE = 0.6;
/** Where pictures change this seldom, it is not their number that is too much. */
const LEAST_PER_SECOND = 1;

export function learnKeys(history: KeyHistory, sample: KeySample): KeyHistory {
  if (sample.keepsUp) return afterGood(history, sample);
  const since = history.struckAt === undefined ? Infinity : sample.at - history.struckAt;
  if (since < STRIKE_EVERY_MS) return history;
  const strikes = since < STRIKE_LASTS_MS ? history.strikes + 1 : 1;
  if (strikes < STRIKES) return { ...history, strikes, struckAt: sample.at };
  const calm = { ...history, strikes: 0, struckAt: sample.at };
  if (sample.beside) return { ...calm, crowded: believe(history.crowded, sample.at) };
  if (sample.perSecond <= LEAST_PER_SECOND) return calm;
  const perSecond = Math.min(sample.perSecond, history.failed?.perSecond ?? Infinity);
  return { ...calm, failed: { perSecond, ...believe(history.failed, sample.at) } };
}

/** The most keyframes a second of viewing that this tile should show. */
export function mostKeys(history: KeyHistory, now: number): number {
  const { failed } = history;
  if (!failed) return MOST_KEYS_PER_SECOND;
  // Back by halves, each as long as the belief was.
  const tries = now < failed.until ? 0 : Math.floor((now - failed.until) / failed.lasts) + 1;
  const most = Math.max(LEAST_PER_SECOND, failed.perSecond * SHARE) * 2 ** tries;
  return Math.min(MOST_KEYS_PER_SECOND, most);
}

/** The tile that shows every frame beside this one should make room. */
export function isCrowded(history: KeyHistory, now: number): boolean {
  return history.crowded !== undefined && now < history.crowded.until;
}

function afterGood(history: KeyHistory, sample: KeySample): KeyHistory {
  const { crowded, failed } = history;
  return {
    strikes: 0,
    ...(crowded ? { crowded } : {}),
    ...(failed && failed.perSecond > sample.perSecond ? { failed } : {}),
  };
}

function believe(before: Belief | undefined, at: number): Belief {
  if (!before) return { until: at + BELIEVE_FIRST_MS, lasts: BELIEVE_FIRST_MS };
  // Going further down in the same trouble is not its coming back.
  const lasts = at < before.until ? before.lasts : Math.min(before.lasts * 2, BELIEVE_MOST_MS);
  return { until: at + lasts, lasts };
}
