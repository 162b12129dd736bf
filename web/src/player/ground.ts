import { type EpochMs, epochMs, type Range } from "@/time/instant";
import { TOUCHING_MS } from "@/time/ranges";
import type { Recording } from "./face";

/** What the tiles of one clock have recorded together: the clock stands still only where none of them has anything. */
export interface Ground {
  recording: Recording;
  /** How near to the edge all can be watched without waiting. */
  liveAt: EpochMs;
}

const EDGE_ROOM_MS = 1500;
const NOT_LIVE_ROOM_MS = 40;
/** A channel whose footage arrives later than this after the newest does not hold back the others. */
const LAGGARD_MS = 30_000;

/** How far behind the edge playing can go on without waiting for the next group of pictures. */
export function liveInstant(recording: Recording): EpochMs {
  const room = recording.live ? Math.min(recording.gopMs, 6000) + EDGE_ROOM_MS : NOT_LIVE_ROOM_MS;
  const span = recording.spans[recording.spans.length - 1];
  return epochMs(Math.max(recording.edge - room, span?.from ?? 0));
}

/** `lead` gives what cannot be added up, and its gaps are told first. */
export function groundOf(recordings: readonly Recording[], lead: Recording | undefined): Ground | undefined {
  const known = recordings.filter((recording) => recording.spans.length > 0);
  const first = lead && lead.spans.length > 0 ? lead : known[0];
  if (!first) return undefined;
  if (known.length === 1) return { recording: first, liveAt: liveInstant(first) };
  const others = known.filter((recording) => recording !== first);
  const recording: Recording = {
    ...first,
    spans: united(known.flatMap((r) => r.spans)),
    gaps: [...first.gaps, ...others.flatMap((r) => r.gaps)],
    edge: epochMs(Math.max(...known.map((r) => r.edge))),
    live: known.some((r) => r.live),
  };
  return { recording, liveAt: commonLive(known) };
}

/** The same question again and again, sixty times a second, has the same answer until a recording is another one. */
export class GroundMemory {
  private asked: readonly (Recording | undefined)[] = [];
  private answer: Ground | undefined;

  of(recordings: readonly Recording[], lead: Recording | undefined): Ground | undefined {
    const question = [lead, ...recordings];
    if (question.length !== this.asked.length || question.some((recording, i) => recording !== this.asked[i])) {
      this.asked = question;
      this.answer = groundOf(recordings, lead);
    }
    return this.answer;
  }
}

function commonLive(known: readonly Recording[]): EpochMs {
  const running = known.filter((r) => r.live && !r.lost);
  const instants = (running.length > 0 ? running : known).map(liveInstant);
  const newest = Math.max(...instants);
  if (running.length === 0) return epochMs(newest);
  return epochMs(Math.min(...instants.filter((at) => at >= newest - LAGGARD_MS)));
}

/** Ordered and disjoint, out of any ranges. */
export function united(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = out[out.length - 1];
    if (!last || range.from > last.to + TOUCHING_MS) out.push({ ...range });
    else if (range.to > last.to) last.to = range.to;
  }
  return out;
}
