import { type EpochMs, epochMs, type Range } from "@/time/instant";

/** The stretch of time that the timeline shows. Pure arithmetic, tested without a screen. */
export type Viewport = Range;

export const NARROWEST_MS = 20_000;
const WIDEST_MS = 31 * 86_400_000;
const FOLLOW_LEFT = 0.05;
const FOLLOW_RIGHT = 0.85;

export function toX(viewport: Viewport, width: number, at: EpochMs): number {
  return ((at - viewport.from) / (viewport.to - viewport.from)) * width;
}

export function toInstant(viewport: Viewport, width: number, x: number): EpochMs {
  return epochMs(viewport.from + (x / Math.max(1, width)) * (viewport.to - viewport.from));
}

/** `factor` below 1 zooms in; the instant stays under the pointer. */
export function zoom(viewport: Viewport, factor: number, around: EpochMs, bounds: Range): Viewport {
  const span = viewport.to - viewport.from;
  const widest = Math.min(WIDEST_MS, Math.max(NARROWEST_MS * 3, (bounds.to - bounds.from) * 1.1));
  const next = Math.min(widest, Math.max(NARROWEST_MS, span * factor));
  const share = (around - viewport.from) / span;
  const from = around - share * next;
  return bounded({ from: epochMs(from), to: epochMs(from + next) }, bounds);
}

export function pan(viewport: Viewport, byMs: number, bounds: Range): Viewport {
  return bounded({ from: epochMs(viewport.from + byMs), to: epochMs(viewport.to + byMs) }, bounds);
}

/** Scrolls a page on when the playhead runs out of it, and centres it after a far jump. */
export function followed(viewport: Viewport, at: EpochMs, backward: boolean, bounds: Range): Viewport {
  const span = viewport.to - viewport.from;
  const share = (at - viewport.from) / span;
  if (share >= FOLLOW_LEFT && share <= FOLLOW_RIGHT) return viewport;
  if (share > FOLLOW_RIGHT && share <= 1 && backward) return viewport;
  if (share < FOLLOW_LEFT && share >= 0 && !backward) return viewport;
  const near = share > -0.1 && share < 1.1;
  const place = near ? (backward ? FOLLOW_RIGHT - 0.05 : FOLLOW_LEFT + 0.1) : 0.5;
  const from = at - place * span;
  return bounded({ from: epochMs(from), to: epochMs(from + span) }, bounds);
}

/** Keeps something of the recording in sight. */
function bounded(viewport: Viewport, bounds: Range): Viewport {
  const span = viewport.to - viewport.from;
  const first = bounds.from - span * 0.5;
  const last = bounds.to - span * 0.5;
  const from = Math.min(Math.max(viewport.from, first), Math.max(first, last));
  return { from: epochMs(from), to: epochMs(from + span) };
}

export interface Tick {
  at: EpochMs;
  /** Midnight: the label is a date. */
  day: boolean;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY,
];

export function tickStep(viewport: Viewport, width: number, leastPx: number): number {
  const wanted = ((viewport.to - viewport.from) / Math.max(1, width)) * leastPx;
  return STEPS.find((step) => step >= wanted) ?? 7 * DAY;
}

/** `zoneAt`: milliseconds east of UTC at an instant. */
type ZoneAt = (at: EpochMs) => number;

export const localZone: ZoneAt = (at) => -new Date(at).getTimezoneOffset() * MINUTE;

/** Round local times. Where the clocks change, what follows is round by the new time. */
export function ticks(viewport: Viewport, step: number, zoneAt: ZoneAt): Tick[] {
  const out: Tick[] = [];
  const zone = zoneAt(viewport.from);
  const first = epochMs(Math.ceil((viewport.from + zone) / step) * step - zone);
  for (let at = aligned(first, step, zoneAt); at <= viewport.to && out.length < 400; at = aligned(epochMs(at + step), step, zoneAt)) {
    out.push({ at, day: step >= DAY || (at + zoneAt(at)) % DAY === 0 });
  }
  return out;
}

/** Clocks do not change by more. */
const MOST_CHANGE = 2 * HOUR;

/** The round local time nearest to the instant; the instant itself where the clocks leave that out. */
function aligned(at: EpochMs, step: number, zoneAt: ZoneAt): EpochMs {
  const over = (at + zoneAt(at)) % step;
  const near = [-over, step - over].filter((by) => Math.abs(by) <= MOST_CHANGE).sort((a, b) => Math.abs(a) - Math.abs(b));
  const by = near.find((one) => (at + one + zoneAt(epochMs(at + one))) % step === 0);
  return epochMs(at + (by ?? 0));
}
