import { type EpochMs, epochMs, type Range } from "@/time/instant";
import { coveredSince, coveredUntil, holding, lastBefore, nextAfter, type Ranges } from "@/time/ranges";

/** What a tile holds and wants; all distances are wall time unless they say viewing time. */
export interface PlanQuestion {
  at: EpochMs;
  direction: 1 | -1;
  /** Magnitude. */
  speed: number;
  playing: boolean;
  /** Recorded spans; nothing is asked between them. */
  spans: readonly Range[];
  /** Nothing is asked beyond: the newest picture, or now while the channel records. */
  edge: EpochMs;
  /** Asked and answered in a quality that serves the present mode. */
  covered: Ranges;
  /** Usual distance between keyframes that are asked for. */
  gopMs: number;
  bytesPerSecond: number;
  budgetBytes: number;
  /** The clock does not wait, and moves on by so much until an answer comes: what lies before is not worth asking. */
  lateMs?: number;
}

export interface Plan {
  fetch?: Range & { /** Viewing ms until the bytes are missing. */ deadlineMs: number };
  /** Anything outside may be thrown away. */
  keep: Range;
}

const AHEAD_VIEWING_MS = 4000;
const BEHIND_VIEWING_MS = 30_000;
const SHARE_AHEAD = 0.7;
/** Requests are few and batched: parts of the reach below which more is asked for, and up to which. */
const BATCH = { below: 0.75, upTo: 1.25 };
/** Forward beyond this speed no live edge is near, and a second of viewing takes many requests: they are longer. */
const FAST = 4;
const FAST_BATCH = { below: 0.5, upTo: 1.5 };

export function plan(question: PlanQuestion): Plan {
  const reach = reachOf(question);
  return question.direction === 1 ? planForward(question, reach) : planBackward(question, reach);
}

interface Reach {
  ahead: number;
  behind: number;
  /** The first bytes after a seek: few, so that the picture comes at once. */
  first: number;
  /** Held ahead, more is asked for: nothing from here on, and up to where. */
  enough: number;
  full: number;
}

function reachOf(q: PlanQuestion): Reach {
  const pace = Math.max(1, q.speed);
  const affordable = (q.budgetBytes / Math.max(1, q.bytesPerSecond)) * 1000;
  const leastAhead = q.gopMs * 2;
  const ahead = Math.max(leastAhead, Math.min(AHEAD_VIEWING_MS * pace, affordable * SHARE_AHEAD));
  const behind = Math.min(BEHIND_VIEWING_MS * pace, affordable * (1 - SHARE_AHEAD));
  const batch = q.direction === 1 && pace > FAST ? FAST_BATCH : BATCH;
  return { ahead, behind, first: Math.min(ahead, Math.max(q.gopMs, 1000 * pace)), enough: ahead * batch.below, full: ahead * batch.upTo };
}

function planForward(q: PlanQuestion, reach: Reach): Plan {
  const keep = {
    from: epochMs(q.at - Math.max(reach.behind, q.gopMs)),
    to: epochMs(q.at + reach.ahead * 2 + q.gopMs),
  };
  const soon = coveredUntil(q.covered, q.at) > q.at ? q.at : epochMs(q.at + (q.lateMs ?? 0));
  const ahead = firstMissing(q, soon, epochMs(soon + reach.ahead));
  if (ahead !== undefined) {
    const held = ahead - soon;
    if (held <= 0 || held < reach.enough) {
      const length = held <= 0 ? reach.first : reach.full - held;
      return { fetch: toFetch(q, ahead, epochMs(ahead + Math.max(length, soon - q.at)), held), keep };
    }
  }
  return q.playing ? { keep } : { ...planOneGopBehind(q), keep };
}

/** While paused, the frames just behind are wanted for stepping back. */
function planOneGopBehind(q: PlanQuestion): Pick<Plan, "fetch"> {
  if (coveredUntil(q.covered, q.at) === q.at) return {};
  const since = coveredSince(q.covered, q.at);
  if (q.at - since >= q.gopMs / 2 || !holding(q.spans, epochMs(since - 1))) return {};
  return { fetch: { from: epochMs(since - q.gopMs), to: since, deadlineMs: AHEAD_VIEWING_MS } };
}

function planBackward(q: PlanQuestion, reach: Reach): Plan {
  const keep = {
    from: epochMs(q.at - reach.ahead * 2 - q.gopMs),
    to: epochMs(q.at + Math.max(Math.min(reach.behind, reach.ahead), q.gopMs)),
  };
  const since = backwardMissing(q, epochMs(q.at - reach.ahead));
  if (since === undefined) return { keep };
  const held = q.at - since;
  if (held >= reach.enough) return { keep };
  const span = holding(q.spans, epochMs(since - 1)) ?? lastBefore(q.spans, since);
  const length = held <= 0 ? reach.first : reach.full - held;
  const from = epochMs(Math.max(since - length, span?.from ?? 0));
  return { fetch: { from, to: since, deadlineMs: Math.max(0, held) / q.speed }, keep };
}

/** The first instant of [from, until) that is recorded and not covered. */
function firstMissing(q: PlanQuestion, from: EpochMs, until: EpochMs): EpochMs | undefined {
  let at = from;
  while (at < until && at < q.edge) {
    const covered = coveredUntil(q.covered, at);
    if (covered > at) {
      at = covered;
      continue;
    }
    if (holding(q.spans, at) || beyondSpans(q, at)) return at;
    const next = nextAfter(q.spans, at);
    if (!next) return undefined;
    at = next.from;
  }
  return undefined;
}

/** Time that the timeline does not know yet and that may have been recorded since. */
function beyondSpans(q: PlanQuestion, at: EpochMs): boolean {
  const last = q.spans[q.spans.length - 1];
  return !last || (at >= last.to && at < q.edge);
}

/** The end of the last piece before the instant that is recorded and not covered. */
function backwardMissing(q: PlanQuestion, until: EpochMs): EpochMs | undefined {
  let at = q.at;
  while (at > until) {
    const covered = coveredSince(q.covered, at);
    if (covered < at) {
      at = covered;
      continue;
    }
    // The picture at an instant began before it: a little later is asked for than is shown.
    if (holding(q.spans, epochMs(at - 1))) return at === q.at ? epochMs(at + 1) : at;
    // The first picture after a gap, or of all: standing on it, it is wanted though time runs the other way.
    if (at === q.at && holding(q.spans, at) && coveredUntil(q.covered, at) === at) return epochMs(at + 1);
    const previous = lastBefore(q.spans, at);
    if (!previous) return undefined;
    at = previous.to;
  }
  return undefined;
}

function toFetch(q: PlanQuestion, from: EpochMs, to: EpochMs, heldMs: number): Range & { deadlineMs: number } {
  return {
    from,
    to: epochMs(Math.max(from + 1, Math.min(to, q.edge))),
    deadlineMs: Math.max(0, heldMs) / Math.max(q.speed, 0.25),
  };
}
