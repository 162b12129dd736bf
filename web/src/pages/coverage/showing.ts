import type { Frame } from "@/player/frame-table";
import type { Mode } from "@/player/mode";
import type { WallSnapshot } from "@/player/wall";
import { type EpochMs, epochMs, type Range, shift } from "@/time/instant";
import { TOUCHING_MS } from "@/time/ranges";

/** What one tile shows at one animation frame. */
export interface Sight {
  channel: string;
  /** The clock's. */
  at: EpochMs;
  speed: number;
  playing: boolean;
  /** Time moves: nobody waits for bytes. */
  running: boolean;
  scrubbing: boolean;
  mode: Mode;
  /** A picture of the recording is on the screen, not a word about it. */
  picture: boolean;
  frame: Frame | undefined;
}

/** Footage that one tile has shown without a break. */
export interface Stretch extends Range {
  channel: string;
  shownFrom: EpochMs;
  shownTo: EpochMs;
  /** 0: standing. */
  speed: number;
  mode: Mode;
}

interface Open {
  footage: Range;
  shownFrom: EpochMs;
  shownMs: number;
  speed: number;
  mode: Mode;
  /** Up to where, in the direction of playing. */
  front: EpochMs;
  seenAt: number;
  /** A frame that stands is told of once. */
  told: boolean;
}

/** No picture was drawn for so long: the page was elsewhere. */
const BREAK_MS = 1000;
/** Pictures come in steps, and a busy machine draws late. */
const STEP_SLACK_MS = 500;
const STEP_SLACK = 1.5;
/** The screen may be so far from the clock, in real time. */
const OFF_BY_MS = 1000;
const LONGEST_FRAME_MS = 1000;
const STANDING_MS = 10_000;
/** What a stretch begins with may have been on the screen before, for so long in real time; the server grants it a second. */
const BEGINS_WITH_MS = 900;

/** The tiles in sight, out of what the player drew. */
export function sightsOf(snapshot: WallSnapshot): Sight[] {
  const sights: Sight[] = [];
  for (const [channel, tile] of snapshot.tiles) {
    const { kind } = tile.report.face;
    if (tile.hidden) continue;
    const { at, speed, playing, running, scrubbing, mode } = tile;
    const picture = (kind === "playing" || kind === "keyframes" || kind === "paused") && !tile.report.still;
    sights.push({ channel, at, speed, playing, running, scrubbing, mode, picture, frame: tile.report.frame });
  }
  return sights;
}

/**
 * Adds up what tiles truly show. Footage counts up to the end of the last picture that was on the screen, and only
 * where the next one follows it at the speed that was asked: a seek, another speed or mode, a break begin anew. A
 * standing tile counts its frame; dragging along the timeline counts nothing.
 */
export class Showing {
  private readonly open = new Map<string, Open>();
  private done: Stretch[] = [];

  /** Once an animation frame. `present` is the server's wall clock, `now` monotonic ms. */
  see(sights: readonly Sight[], present: EpochMs, now: number): void {
    const seen = new Set<string>();
    for (const sight of sights) {
      const next = showsNow(sight, present, now);
      if (!next) continue;
      seen.add(sight.channel);
      const before = this.open.get(sight.channel);
      if (before && (sight.playing ? goesOn(before, next, sight, now) : stands(before, next, now))) continue;
      this.close(sight.channel);
      this.open.set(sight.channel, next);
    }
    for (const channel of [...this.open.keys()]) if (!seen.has(channel)) this.close(channel);
  }

  /** The page is no longer in front. */
  stop(): void {
    for (const channel of [...this.open.keys()]) this.close(channel);
  }

  /** All that was shown since the last time; what is being shown goes on. */
  take(): Stretch[] {
    for (const [channel, open] of this.open) {
      this.tell(channel, open);
      open.told = true;
      if (open.speed === 0) continue;
      open.footage = { from: open.front, to: open.front };
      open.shownFrom = shift(open.shownFrom, open.shownMs);
      open.shownMs = 0;
      open.told = false;
    }
    const out = this.done;
    this.done = [];
    return out;
  }

  private close(channel: string): void {
    const open = this.open.get(channel);
    if (open) this.tell(channel, open);
    this.open.delete(channel);
  }

  private tell(channel: string, open: Open): void {
    const { footage, shownFrom, shownMs, speed, mode } = open;
    if (open.told || footage.to - footage.from <= TOUCHING_MS || shownMs < 1) return;
    this.done.push({ channel, ...passable(open), shownFrom, shownTo: shift(shownFrom, shownMs), speed, mode });
  }
}

/**
 * The newest of the footage that can have passed in the time of showing: a keyframe that has stood for many seconds when
 * it is first seen has not been watched for as long.
 */
function passable({ footage, shownMs, speed }: Open): Range {
  if (speed === 0) return footage;
  const most = (shownMs + BEGINS_WITH_MS) * Math.max(1, Math.abs(speed));
  if (speed > 0) return { from: epochMs(Math.max(footage.from, footage.to - most)), to: footage.to };
  return { from: footage.from, to: epochMs(Math.min(footage.to, footage.from + most)) };
}

function showsNow(sight: Sight, present: EpochMs, now: number): Open | undefined {
  const { at, frame, speed, playing, scrubbing, mode } = sight;
  if (!sight.picture || !frame || scrubbing) return undefined;
  const end = epochMs(frame.at + frame.durationMs);
  const base = { shownFrom: present, shownMs: 0, mode, seenAt: now, told: false };
  if (!playing) {
    const to = epochMs(Math.min(end, frame.at + LONGEST_FRAME_MS));
    return { ...base, footage: { from: frame.at, to }, speed: 0, front: to };
  }
  const off = OFF_BY_MS * Math.abs(speed);
  if (frame.at > at + off || end < at - off) return undefined;
  const forward = speed > 0;
  const front = epochMs(forward ? Math.min(at, end) : Math.max(at, frame.at));
  // The picture that is there when it begins was seen whole.
  const start = forward ? Math.min(front, frame.at) : Math.max(front, Math.min(end, at + LONGEST_FRAME_MS));
  const footage = { from: epochMs(Math.min(start, front)), to: epochMs(Math.max(start, front)) };
  return { ...base, footage, speed, front };
}

/** Moving: what is on the screen follows what was. */
function goesOn(before: Open, next: Open, sight: Sight, now: number): boolean {
  const passed = now - before.seenAt;
  if (before.speed !== next.speed || before.mode !== next.mode || passed > BREAK_MS) return false;
  const forward = next.speed > 0;
  const step = forward ? next.front - before.front : before.front - next.front;
  const pace = Math.abs(next.speed);
  const frameMs = sight.frame?.durationMs ?? 0;
  if (step > pace * (passed * STEP_SLACK + STEP_SLACK_MS) + frameMs || step < -pace * STEP_SLACK_MS - frameMs) return false;
  before.seenAt = now;
  // While the clock waits for a picture that is late, the picture moves.
  if (sight.running || step > 0) before.shownMs += passed;
  if (step <= 0) return true;
  before.front = next.front;
  before.footage = forward ? { from: before.footage.from, to: next.front } : { from: next.front, to: before.footage.to };
  return true;
}

/** Standing: the same frame, or the one beside it after a step. */
function stands(before: Open, next: Open, now: number): boolean {
  const passed = now - before.seenAt;
  if (before.speed !== 0 || before.mode !== next.mode || passed > BREAK_MS) return false;
  const within = next.footage.from >= before.footage.from - TOUCHING_MS && next.footage.to <= before.footage.to + TOUCHING_MS;
  const beside = next.footage.from <= before.footage.to + 1 && before.footage.from <= next.footage.to + 1;
  if (!within && (before.told || !beside)) return false;
  before.seenAt = now;
  if (within && before.shownMs >= STANDING_MS) return true;
  before.shownMs += passed;
  before.footage = {
    from: epochMs(Math.min(before.footage.from, next.footage.from)),
    to: epochMs(Math.max(before.footage.to, next.footage.to)),
  };
  return true;
}
