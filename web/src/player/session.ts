import { type EpochMs, epochMs, shift } from "@/time/instant";
import { holding, lastBefore, nextAfter } from "@/time/ranges";
import { extended, type Gap, jumpFrom, type Recording, SILENT_JUMP_MS } from "./face";
import type { FetchQueue } from "./fetch-queue";
import { type Frame, inside } from "./frame-table";
import { type DecodeHistory, type Mode, NO_HISTORY } from "./mode";
import { Sound, type SoundState } from "./sound";
import { Tile, type TileReport } from "./tile";
import { WallClock } from "./wall-clock";

export interface SessionOptions {
  channel: string;
  video: HTMLVideoElement;
  audio: HTMLAudioElement;
  queue: FetchQueue;
  /** Monotonic ms. */
  now: () => number;
  /** The server's wall clock. */
  present: () => EpochMs;
  at: EpochMs;
  speed: number;
}

/** Said for a moment, then gone. */
export type Notice =
  | { kind: "jumped"; gap?: Gap; from: EpochMs; to: EpochMs }
  | { kind: "live" }
  | { kind: "beginning" }
  | { kind: "end" };

/** Everything a page draws, taken at one tick. */
export interface Snapshot {
  at: EpochMs;
  playing: boolean;
  running: boolean;
  speed: number;
  /** Follows the live edge. */
  live: boolean;
  behindMs: number;
  scrubbing: boolean;
  mode: Mode;
  report: TileReport;
  sound: SoundState;
  notice?: Notice;
}

const NOTICE_MS = 1000;
const TILE_HOLD = "tile";
const HIDDEN_HOLD = "hidden";
const EDGE_ROOM_MS = 1500;

/**
 * One clock, its tiles and what is known of the recording. It does nothing by itself: `tick` is called
 * on every animation frame while the page is visible.
 */
export class Session {
  readonly clock: WallClock;
  private readonly tile: Tile;
  private readonly sound: Sound;
  private recording: Recording | undefined;
  private history: DecodeHistory = NO_HISTORY;
  private scrubbing = false;
  private resumeAfterScrub = false;
  private live = false;
  private pendingSteps = 0;
  private notice: { what: Notice; until: number } | undefined;
  private report: TileReport | undefined;
  private hiddenAt: number | undefined;

  constructor(private readonly options: SessionOptions) {
    this.clock = new WallClock(options.now, options.at);
    this.clock.setSpeed(options.speed);
    const common = { channel: options.channel, clock: this.clock, queue: options.queue, now: options.now };
    this.tile = new Tile({ ...common, id: "1", video: options.video });
    this.sound = new Sound({ ...common, audio: options.audio });
  }

  setRecording(recording: Recording): void {
    this.recording = extended(recording, this.tile.stream.newest);
  }

  get shownFrame(): Frame | undefined {
    return this.tile.shownFrame();
  }

  tick(): Snapshot | undefined {
    if (!this.recording || this.hiddenAt !== undefined) return undefined;
    const recording = extended(this.recording, this.tile.stream.newest);
    this.recording = recording;
    this.keepInside(recording);
    const present = this.options.present();
    const report = this.tile.tick(recording, {
      tiles: 1,
      focused: true,
      scrubbing: this.scrubbing,
      history: this.history,
      present,
    });
    this.history = report.history;
    this.report = report;
    const sound = this.sound.tick(recording, present, this.scrubbing);
    this.obey(report, recording);
    this.takeSteps(recording);
    const at = this.clock.instant();
    const notice = this.notice && this.options.now() < this.notice.until ? { notice: this.notice.what } : {};
    return {
      at,
      playing: this.clock.playing,
      running: this.clock.running,
      speed: this.clock.speed,
      live: this.live,
      behindMs: Math.max(0, present - at),
      scrubbing: this.scrubbing,
      mode: report.mode,
      report,
      sound,
      ...notice,
    };
  }

  play(): void {
    this.sound.unblock();
    this.pendingSteps = 0;
    if (this.recording && this.clock.speed > 0 && this.clock.instant() >= this.recording.edge && !this.recording.live) return;
    this.clock.play();
  }

  /** What was on the screen stays on the screen: the clock takes its instant. */
  pause(): void {
    if (!this.clock.playing) return;
    const frame = this.report?.mode === "all" && this.clock.running ? this.tile.shownFrame() : undefined;
    this.clock.pause();
    this.live = false;
    if (frame && Math.abs(frame.at - this.clock.instant()) < 1000) this.clock.seek(inside(frame));
    else this.jump(this.clock.instant());
  }

  toggle(): void {
    if (this.clock.playing) this.pause();
    else this.play();
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

  skip(byMs: number): void {
    const recording = this.recording;
    const target = shift(this.clock.instant(), byMs);
    const last = recording ? this.liveInstant(recording) : target;
    if (byMs > 0 && recording?.live && target >= last) this.goLive();
    else this.seek(target);
  }

  goLive(): void {
    const recording = this.recording;
    if (!recording) return;
    this.pendingSteps = 0;
    this.clock.setSpeed(1);
    this.jump(this.liveInstant(recording));
    this.live = recording.live;
    if (recording.live) this.clock.play();
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

  get muted(): boolean {
    return this.sound.muted;
  }

  setMuted(muted: boolean): void {
    this.sound.muted = muted;
    this.sound.unblock();
  }

  startAgain(): void {
    this.tile.startAgain();
  }

  /** A hidden page asks for nothing and its clock stands. */
  setHidden(hidden: boolean): void {
    if (hidden && this.hiddenAt === undefined) {
      this.hiddenAt = this.options.now();
      this.clock.hold(HIDDEN_HOLD);
      this.tile.rest();
      this.sound.rest();
    } else if (!hidden && this.hiddenAt !== undefined) {
      this.hiddenAt = undefined;
      this.clock.release(HIDDEN_HOLD);
      if (this.live) this.goLive();
    }
  }

  close(): void {
    this.tile.close();
    this.sound.close();
  }

  /** How far behind the edge playing can go on without waiting for the next group of pictures. */
  liveInstant(recording: Recording): EpochMs {
    const room = recording.live ? Math.min(recording.gopMs, 6000) + EDGE_ROOM_MS : 40;
    const span = recording.spans[recording.spans.length - 1];
    return epochMs(Math.max(recording.edge - room, span?.from ?? 0));
  }

  /** Who starves from here on, at this speed, has met the edge. */
  private lastBeforeEdge(recording: Recording): EpochMs {
    const gops = recording.gopMs * 2 * (this.clock.speed > 16 ? 2 : 1);
    return shift(this.liveInstant(recording), -gops - this.clock.speed * 120);
  }

  private jump(at: EpochMs): void {
    const recording = this.recording;
    const newest = recording ? Math.max(recording.edge - 1, 0) : at;
    this.clock.seek(epochMs(Math.min(at, newest)));
  }

  /** Jumps gaps while playing, and stops or slows down at the ends of the recording. */
  private keepInside(recording: Recording): void {
    if (!this.clock.playing || this.scrubbing) return;
    const at = this.clock.instant();
    const backward = this.clock.speed < 0;
    if (!backward && at >= (this.clock.speed > 1 ? this.liveInstant(recording) : recording.edge)) {
      this.meetEdge(recording, at);
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
    const tile = this.clock.running && this.clock.speed > 0 && speed > 0 ? this.tile.instant() : undefined;
    this.clock.setSpeed(speed);
    if (tile !== undefined && Math.abs(tile - at) < 2000) this.clock.seek(tile);
  }

  /** Faster than life, the edge is met as soon as playing on at 1x needs no wait. */
  private meetEdge(recording: Recording, at: EpochMs): void {
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

  /** The single tile decides whether time waits; a wall will ask all of them. */
  private obey(report: TileReport, recording: Recording): void {
    const waits = report.starving || (!recording.hasVideo && this.sound.starving);
    if (waits) this.clock.hold(TILE_HOLD);
    else this.clock.release(TILE_HOLD);
    const at = this.clock.instant();
    if (report.starving && recording.live && this.clock.playing && at >= this.lastBeforeEdge(recording)) {
      this.meetEdge(recording, at);
    }
    if (report.hole === undefined || report.hole <= at) return;
    const span = holding(recording.spans, at);
    const to = span && report.hole >= span.to ? (nextAfter(recording.spans, at)?.from ?? report.hole) : report.hole;
    if (to >= recording.edge) return;
    this.clock.seek(to);
    this.tellJump(at, to, undefined);
  }

  private takeSteps(recording: Recording): void {
    while (this.pendingSteps !== 0) {
      const direction = this.pendingSteps > 0 ? 1 : -1;
      const at = this.clock.instant();
      const next = this.tile.neighbour(at, direction, recording);
      if (next === "unknown") return;
      if (next === "edge") {
        const edge = this.beyondEdge(at, direction, recording);
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

  private tellJump(from: EpochMs, to: EpochMs, gap: Gap | undefined): void {
    if (Math.abs(to - from) < SILENT_JUMP_MS) return;
    this.tell({ kind: "jumped", from, to, ...(gap ? { gap } : {}) });
  }

  private tell(what: Notice): void {
    this.notice = { what, until: this.options.now() + NOTICE_MS };
  }
}
