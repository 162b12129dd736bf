import { type EpochMs, epochMs, shift } from "@/time/instant";
import { holding, lastBefore, nextAfter } from "@/time/ranges";
import { type Gap, jumpFrom, type Recording, SILENT_JUMP_MS } from "./face";
import { inside } from "./frame-table";
import { type Ground, GroundMemory } from "./ground";
import type { Tile, TileReport } from "./tile";
import { WallClock } from "./wall-clock";

/** Said for a moment, then gone. */
export type Notice =
  | { kind: "jumped"; gap?: Gap; reviewed?: true; from: EpochMs; to: EpochMs }
  | { kind: "live" }
  | { kind: "beginning" }
  | { kind: "end" };

/** The tile that steps, pauses and changes of speed go by. */
export interface Lead {
  tile: Tile;
  recording: Recording;
  report: TileReport | undefined;
}

/** What the tiles of a deck said at this tick. */
export interface Outcome {
  waits: boolean;
  starving: boolean;
  hole?: EpochMs;
}

const NOTICE_MS = 1000;
/** So far behind where it could be, nobody watches live: the network or the source was away. */
const NOT_LIVE_FROM_MS = 15_000;
const TILE_HOLD = "tile";
const EDGE_HOLD = "edge";

/**
 * A clock and the transport that drives it: play, pause, speed, seek, step, scrub, live. Whatever tiles follow the
 * clock, it knows only what they have recorded together and the one tile that leads.
 */
export class Deck {
  readonly clock: WallClock;
  /** Follows the live edge. */
  live = false;
  scrubbing = false;
  lead: Lead | undefined;
  readonly grounds = new GroundMemory();
  private ground: Ground | undefined;
  private resumeAfterScrub = false;
  private pendingSteps = 0;
  private told: { what: Notice; until: number } | undefined;

  constructor(
    private readonly now: () => number,
    at: EpochMs,
    speed: number,
  ) {
    this.clock = new WallClock(now, at);
    this.clock.setSpeed(speed);
  }

  get notice(): Notice | undefined {
    return this.told && this.now() < this.told.until ? this.told.what : undefined;
  }

  /** Before the tiles tick: the clock goes where something is recorded. */
  enter(ground: Ground): void {
    this.ground = ground;
    if (this.live && ground.liveAt - this.clock.instant() > NOT_LIVE_FROM_MS) this.live = false;
    this.keepInside(ground);
  }

  /** Other tiles will follow this clock: what those of now have recorded is no limit to where it goes. */
  leaveGround(): void {
    this.ground = undefined;
  }

  /** After the tiles ticked. */
  obey(outcome: Outcome): void {
    const ground = this.ground;
    if (!ground) return;
    const { recording } = ground;
    const beyond = this.clock.speed > 0 && recording.live && this.clock.instant() >= recording.edge;
    this.toggleHold(TILE_HOLD, outcome.waits);
    this.toggleHold(EDGE_HOLD, beyond);
    const at = this.clock.instant();
    if (outcome.starving && recording.live && this.clock.playing && at >= this.lastBeforeEdge(ground)) {
      this.meetEdge(ground, at);
    }
    this.jumpHole(outcome.hole, recording);
    this.takeSteps();
  }

  play(): void {
    this.pendingSteps = 0;
    const recording = this.ground?.recording;
    if (recording && this.clock.speed > 0 && this.clock.instant() >= recording.edge && !recording.live) return;
    this.clock.play();
  }

  /** What was on the screen stays on the screen: the clock takes its instant. */
  pause(): void {
    if (!this.clock.playing) return;
    const { lead } = this;
    const frame = lead?.report?.mode === "all" && this.clock.running ? lead.tile.shownFrame() : undefined;
    this.clock.pause();
    this.live = false;
    if (frame && Math.abs(frame.at - this.clock.instant()) < 1000) this.clock.seek(inside(frame));
    else this.jump(this.clock.instant());
  }

  setSpeed(speed: number): void {
    if (speed !== 1) this.live = false;
    this.changeSpeed(speed);
  }

  seek(at: EpochMs): void {
    this.live = false;
    this.pendingSteps = 0;
    this.jump(at);
  }

  /** Over what was reviewed; says so. */
  passOver(to: EpochMs): void {
    const from = this.clock.instant();
    this.seek(to);
    if (Math.abs(to - from) >= SILENT_JUMP_MS) this.tell({ kind: "jumped", from, to, reviewed: true });
  }

  skip(byMs: number): void {
    const target = shift(this.clock.instant(), byMs);
    const { ground } = this;
    if (byMs > 0 && ground?.recording.live && target >= ground.liveAt) this.goLive();
    else this.seek(target);
  }

  goLive(): void {
    const { ground } = this;
    if (!ground) return;
    this.pendingSteps = 0;
    this.clock.setSpeed(1);
    this.jump(ground.liveAt);
    this.live = ground.recording.live;
    if (this.live) this.clock.play();
    else this.clock.pause();
  }

  step(direction: 1 | -1): void {
    if (this.clock.playing) this.pause();
    this.live = false;
    this.pendingSteps = Math.max(-50, Math.min(50, this.pendingSteps + direction));
  }

  scrub(at: EpochMs): void {
    if (!this.scrubbing) {
      this.scrubbing = true;
      this.resumeAfterScrub = this.clock.playing;
      this.clock.pause();
      this.live = false;
    }
    this.pendingSteps = 0;
    this.clock.seek(at);
  }

  endScrub(at: EpochMs): void {
    if (!this.scrubbing) return;
    this.scrubbing = false;
    this.clock.seek(at);
    if (this.resumeAfterScrub) this.play();
  }

  /** Who starves from here on, at this speed, has met the edge. */
  private lastBeforeEdge({ recording, liveAt }: Ground): EpochMs {
    const gops = recording.gopMs * 2 * (this.clock.speed > 16 ? 2 : 1);
    return shift(liveAt, -gops - this.clock.speed * 120);
  }

  private jump(at: EpochMs): void {
    const recording = this.ground?.recording;
    const newest = recording ? Math.max(recording.edge - 1, 0) : at;
    this.clock.seek(epochMs(Math.min(at, newest)));
  }

  /** Jumps gaps while playing, and stops or slows down at the ends of the recording. */
  private keepInside(ground: Ground): void {
    if (!this.clock.playing || this.scrubbing) return;
    const { recording, liveAt } = ground;
    const at = this.clock.instant();
    const backward = this.clock.speed < 0;
    if (!backward && at >= (this.clock.speed > 1 ? liveAt : recording.edge)) {
      this.meetEdge(ground, at);
      if (at >= recording.edge) return;
    }
    const jump = jumpFrom(at, backward ? -1 : 1, recording);
    if (jump) {
      this.clock.seek(jump.to);
      this.tellJump(at, jump.to, jump.gap);
    } else if (backward && !holding(recording.spans, at) && !lastBefore(recording.spans, at)) {
      this.clock.pause();
      const first = recording.spans[0];
      if (first) this.clock.seek(first.from);
      this.tell({ kind: "beginning" });
    }
  }

  /** A tile that is a little off at a high speed is far off at a low one: the clock goes to the picture. */
  private changeSpeed(speed: number): void {
    const at = this.clock.instant();
    const moving = this.clock.running && this.clock.speed > 0 && speed > 0;
    const seen = moving ? this.lead?.tile.instant() : undefined;
    this.clock.setSpeed(speed);
    if (seen !== undefined && Math.abs(seen - at) < 2000) this.clock.seek(seen);
  }

  /** Faster than life, the edge is met as soon as playing on at 1x needs no wait. */
  private meetEdge({ recording }: Ground, at: EpochMs): void {
    if (recording.live) {
      if (this.clock.speed <= 1) return;
      this.changeSpeed(1);
      this.live = true;
      this.tell({ kind: "live" });
    } else if (at >= recording.edge) {
      this.clock.pause();
      const last = recording.spans[recording.spans.length - 1];
      if (last) this.clock.seek(epochMs(Math.max(last.from, last.to - 1)));
      this.tell({ kind: "end" });
    }
  }

  /** The timeline says that something is there, and nothing came: the media goes on later. */
  private jumpHole(hole: EpochMs | undefined, recording: Recording): void {
    const at = this.clock.instant();
    if (hole === undefined || hole <= at) return;
    const span = holding(recording.spans, at);
    const to = span && hole >= span.to ? (nextAfter(recording.spans, at)?.from ?? hole) : hole;
    if (to >= recording.edge) return;
    this.clock.seek(to);
    this.tellJump(at, to, undefined);
  }

  private takeSteps(): void {
    const { lead } = this;
    if (!lead) return;
    while (this.pendingSteps !== 0) {
      const direction = this.pendingSteps > 0 ? 1 : -1;
      const at = this.clock.instant();
      const here = holding(lead.recording.spans, at) !== undefined;
      const next = here ? lead.tile.neighbour(at, direction, lead.recording) : "edge";
      if (next === "unknown") return;
      if (next === "edge") {
        const edge = this.beyondEdge(at, direction, lead.recording);
        this.pendingSteps = 0;
        if (edge !== undefined) this.clock.seek(edge);
        return;
      }
      this.pendingSteps -= direction;
      this.clock.seek(inside(next));
    }
  }

  /** The first frame after a gap, or the last before it. */
  private beyondEdge(at: EpochMs, direction: 1 | -1, recording: Recording): EpochMs | undefined {
    const span = holding(recording.spans, at);
    const next = direction === 1 ? nextAfter(recording.spans, at) : lastBefore(recording.spans, span?.from ?? at);
    if (!next) {
      this.tell({ kind: direction === 1 ? "end" : "beginning" });
      return undefined;
    }
    const to = direction === 1 ? shift(next.from, 0.5) : shift(next.to, -0.5);
    this.tellJump(at, to, holding(recording.gaps, direction === 1 ? (span?.to ?? at) : next.to));
    return to;
  }

  private toggleHold(reason: string, on: boolean): void {
    if (on) this.clock.hold(reason);
    else this.clock.release(reason);
  }

  private tellJump(from: EpochMs, to: EpochMs, gap: Gap | undefined): void {
    if (Math.abs(to - from) < SILENT_JUMP_MS) return;
    this.tell({ kind: "jumped", from, to, ...(gap ? { gap } : {}) });
  }

  private tell(what: Notice): void {
    this.told = { what, until: this.now() + NOTICE_MS };
  }
}
