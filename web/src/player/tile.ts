import { type EpochMs, epochMs, type Range, shift } from "@/time/instant";
import { holding, nextAfter } from "@/time/ranges";
import { askUntil, type Face, faceOf, type Recording } from "./face";
import type { FetchQueue } from "./fetch-queue";
import { Follower } from "./follower";
import { type Frame, inside } from "./frame-table";
import { EVERY_PICTURE, KeyPace, type KeyReport } from "./key-pace";
import { Lag } from "./lag";
import { decideMode, type DecodeHistory, demandOf, KEEPS_UP, learn, type Mode } from "./mode";
import { Presented } from "./presented";
import { compression } from "./speeds";
import { Stream } from "./stream";
import { bufferedOnWall, toMedia, toWall } from "./timebase";
import type { WallClock } from "./wall-clock";

export interface TileOptions {
  /** Address of the channel resource. */
  channel: string;
  video: HTMLVideoElement;
  clock: WallClock;
  queue: FetchQueue;
  now: () => number;
}

/** What the wall tells each tile at every tick. */
export interface TileContext {
  /** Pixels a second that every frame of every tile would take; where `apart`, of this one alone. */
  demand: number;
  /** Pixels a second that are being decoded now. */
  decoding: number;
  focused: boolean;
  /** The other tiles show keyframes. */
  apart: boolean;
  /** One of those cannot keep up beside the focused one. */
  crowding: boolean;
  /** Another tile shows every frame. */
  beside: boolean;
  /** A finger is on the timeline: keyframes will do. */
  scrubbing: boolean;
  history: DecodeHistory;
  /** Nothing newer can have been recorded. */
  present: EpochMs;
  /** The clock goes on without this tile until it has caught up. */
  left: boolean;
}

export interface TileReport {
  face: Face;
  mode: Mode;
  keys: KeyReport;
  /** The tile must wait, and the clock with it. */
  starving: boolean;
  /** Nothing is there at the instant though the timeline says so; the media goes on here. */
  hole?: EpochMs;
  /** The frame on the screen. */
  frame?: Frame;
  /** The media element cannot show this instant: a still picture should. */
  still: boolean;
  history: DecodeHistory;
}

const BUDGET = 8_000_000;
const BUDGET_FOCUSED = 32_000_000;
const STUCK_MS = 1500;
/** A seek that shows nothing is tried again, after twice as long each time: it begins anew, and a slow machine would never end it. */
const SEEK_AGAIN_MS = 700;
/** Viewing time: from here on the clock waits for a tile that goes, and until it is so close. */
const WAITS_BEHIND_MS = 300;
const CLOSE_MS = 40;
/** Lookups by what the screen shows: compressed ticks are up to 90 µs wide. */
const PRESENTED_SLACK_MS = 0.3;

/** One channel's picture, kept at the clock's instant. */
export class Tile {
  readonly stream: Stream;
  private clock: WallClock;
  private follower: Follower;
  private readonly presented: Presented;
  private mode_: Mode = "all";
  private modeSince: number;
  private modeSpeed = 1;
  private readonly keyPace = new KeyPace();
  private readonly lag = new Lag();
  private wasScrubbing = false;
  private shownTimebase;
  /** The last seek made to settle on a frame, and what was known then. */
  private settled: { target: EpochMs; appends: number; at: number; tries: number } | undefined;
  private unsettledSince: number | undefined;

  constructor(private readonly options: TileOptions) {
    const { video, channel, queue, now } = options;
    this.clock = options.clock;
    this.stream = new Stream({ channel, tracks: "v", element: video, queue, now });
    this.follower = new Follower(video, options.clock, now);
    this.presented = new Presented(video);
    this.shownTimebase = this.stream.timebase;
    this.modeSince = now();
  }

  /** From now on it shows the instant of this clock. */
  moveTo(clock: WallClock): void {
    this.clock = clock;
    this.follower.stand();
    this.follower = new Follower(this.options.video, clock, this.options.now);
    this.settled = undefined;
  }

  /** Pixels a second that every frame would take at the clock's speed; none where nothing is recorded. */
  demand(recording: Recording): number {
    const { clock } = this;
    if (!recording.hasVideo || !clock.playing || !holding(recording.spans, clock.instant())) return 0;
    return demandOf(1, clock.speed, recording.frameRate, recording.pixels);
  }

  tick(recording: Recording, context: TileContext): TileReport {
    const { clock } = this;
    const at = clock.instant();
    if (!recording.hasVideo) return this.withoutPicture(at, recording, context);
    const history = this.decide(recording, context);
    this.stream.tick({
      at,
      direction: clock.speed < 0 ? -1 : 1,
      speed: clock.playing ? Math.abs(clock.speed) : 1,
      playing: clock.playing && !context.scrubbing,
      spans: recording.spans,
      edge: askUntil(recording, context.present),
      gopMs: recording.gopMs * (this.mode_ === "key" ? this.every(recording) : 1),
      budgetBytes: context.focused ? BUDGET_FOCUSED : BUDGET,
      mode: this.mode_,
      every: this.every(recording),
      compression: this.compression(context),
      bitRate: recording.bitRate,
      urgent: context.focused,
      lateMs: context.left && clock.running ? this.stream.latencyMs * Math.abs(clock.speed) : 0,
    });
    this.noticeTimebase();
    const drive = this.drive(at, recording, context);
    const frame = this.shownFrame();
    const behindMs = this.behindMs(at, recording, frame, context);
    const face = faceOf({
      at,
      recording,
      stream: this.stream.state,
      mode: this.mode_,
      playing: clock.playing && !context.scrubbing,
      showing: drive.showing && !(context.left && drive.starving),
      behindMs,
    });
    const stopped = ["unsupported", "failed", "refused"].includes(this.stream.state.status);
    return {
      face,
      mode: this.mode_,
      keys: this.keyReport(recording),
      starving: drive.starving && !stopped,
      still: drive.stuck === true || this.stream.state.status === "unsupported",
      history,
      ...(drive.hole === undefined ? {} : { hole: drive.hole }),
      ...(frame ? { frame } : {}),
    };
  }

  /** The frame after or before the one at the instant, once it is known. */
  neighbour(at: EpochMs, direction: 1 | -1, recording: Recording): Frame | "unknown" | "edge" {
    const frame = this.stream.frames.at(at);
    if (!frame || !this.stream.covers(at, "all")) return "unknown";
    const end = epochMs(frame.at + frame.durationMs);
    if (direction === 1) {
      const next = this.stream.frames.next(frame);
      if (next && this.stream.coveredUntil(frame.at, "all") >= next.at) return next;
      return this.isEdge(shift(end, 2), recording);
    }
    const previous = this.stream.frames.previous(frame);
    if (previous && this.stream.coveredUntil(previous.at, "all") >= frame.at) return previous;
    return this.isEdge(shift(frame.at, -2), recording);
  }

  /** No frame is known there: because none was recorded, or because it has not come yet. */
  private isEdge(at: EpochMs, recording: Recording): "edge" | "unknown" {
    return !holding(recording.spans, at) || this.stream.covers(at, "all") ? "edge" : "unknown";
  }

  /** The frame on the screen, for pictures of exactly what was seen. */
  shownFrame(): Frame | undefined {
    const seconds = this.presented.seconds;
    if (seconds === undefined) return undefined;
    const at = toWall(this.stream.timebase, seconds);
    return this.stream.frames.at(shift(at, PRESENTED_SLACK_MS)) ?? { at, durationMs: 2 };
  }

  /** Where the moving element is. */
  instant(): EpochMs {
    return toWall(this.stream.timebase, this.options.video.currentTime);
  }

  /** Out of sight: nothing is asked, nothing is decoded. */
  rest(): void {
    this.follower.forget();
    this.stream.rest();
    this.options.video.pause();
  }

  startAgain(): void {
    this.presented.forget();
    this.stream.startAgain();
  }

  close(): void {
    this.presented.stop();
    this.stream.close();
  }

  /** Radio: the sound leads, this only says what there is. */
  private withoutPicture(at: EpochMs, recording: Recording, context: TileContext): TileReport {
    const { playing } = this.clock;
    const stream = { status: "working" as const };
    const face = faceOf({ at, recording, stream, mode: "all", playing, showing: true });
    return { face, mode: "all", keys: EVERY_PICTURE, starving: false, still: false, history: context.history };
  }

  private decide(recording: Recording, context: TileContext): DecodeHistory {
    const { clock } = this;
    const { now } = this.options;
    const history = this.learn(recording, context);
    if (clock.speed !== this.modeSpeed) {
      this.modeSpeed = clock.speed;
      this.modeSince = now();
    }
    const mode = this.wantedMode(history, context);
    if (mode !== this.mode_) {
      this.mode_ = mode;
      this.modeSince = now();
      this.settled = undefined;
      this.follower.beginAnew();
    }
    return history;
  }

  private learn(recording: Recording, context: TileContext): DecodeHistory {
    const sample = this.follower.sample(this.mode_, context.decoding, recording.frameRate, this.stream.timebase);
    if (!sample) return context.history;
    if (this.mode_ === "all") return learn(context.history, sample);
    const keepsUp = sample.reached >= KEEPS_UP;
    this.keyPace.learn(this.clock.speed, recording.gopMs, { at: sample.at, keepsUp, beside: context.beside });
    return context.history;
  }

  private keyReport(recording: Recording): KeyReport {
    const keys = this.keyPace.report(this.clock.speed, recording.gopMs, this.options.now());
    return this.mode_ === "key" && this.clock.playing ? keys : { ...keys, every: 1, thinned: false };
  }

  private behindMs(at: EpochMs, recording: Recording, frame: Frame | undefined, context: TileContext): number | undefined {
    const { clock } = this;
    if (clock.playing && clock.speed > 0 && !context.scrubbing && holding(recording.spans, at)) {
      return this.lag.see({ at, speed: clock.speed, now: this.options.now(), frame });
    }
    this.lag.forget();
    return undefined;
  }

  private wantedMode(history: DecodeHistory, context: TileContext): Mode {
    const { clock } = this;
    const { now } = this.options;
    // Scrubbing and standing choose their mode without regard to speed: playing decides anew.
    const anew = this.wasScrubbing;
    this.wasScrubbing = context.scrubbing;
    if (context.scrubbing) return "key";
    if (!clock.playing) return "all";
    return decideMode(
      {
        speed: clock.speed,
        demand: context.demand,
        current: anew ? "all" : this.mode_,
        sinceMs: now() - this.modeSince,
        now: now(),
        focused: context.focused,
        apart: context.apart,
        crowding: context.crowding,
      },
      history,
    );
  }

  private every(recording: Recording): number {
    const { playing, speed } = this.clock;
    return this.mode_ === "key" && playing ? this.keyPace.every(speed, recording.gopMs, this.options.now()) : 1;
  }

  /** Stopping at 60x keeps the re-timed media; the exact frame needs true time. */
  private compression(context: TileContext): number {
    const { clock } = this;
    if (!clock.playing || context.scrubbing || clock.speed < 0) return 1;
    return compression(clock.speed);
  }

  private noticeTimebase(): void {
    if (this.shownTimebase === this.stream.timebase) return;
    this.shownTimebase = this.stream.timebase;
    this.presented.forget();
    this.follower.forget();
    this.settled = undefined;
  }

  private drive(at: EpochMs, recording: Recording, context: TileContext): Drive {
    const { clock } = this;
    const buffered = bufferedOnWall(this.stream.timebase, this.options.video.buffered);
    if (!clock.playing || context.scrubbing || clock.speed < 0) return this.settle(at, recording);
    this.settled = undefined;
    this.unsettledSince = undefined;
    const here = buffered.find((r) => r.from <= at + 20 && at < r.to);
    if (!here) return this.absent(at, recording, buffered);
    const supply = this.follower.supply(at, here, recording, this.more(here.to, buffered));
    if (supply === "starving") {
      this.follower.stand();
      return { showing: true, starving: true };
    }
    if (context.left) {
      this.follow(at, clock.running);
      return { showing: true, starving: false };
    }
    if (!this.follower.ready(at, this.stream.timebase, this.shownFrame())) return { showing: true, starving: true };
    return this.keepUp(at, clock.running);
  }

  /** Behind by much, it has the clock wait rather than leave pictures out; the clock waiting, it goes on until it is there. */
  private keepUp(at: EpochMs, running: boolean): Drive {
    const behind = this.follower.behindMs(at, this.stream.timebase);
    this.follow(at, running || behind > CLOSE_MS);
    const starving = behind > (running ? WAITS_BEHIND_MS : CLOSE_MS);
    if (starving && running) this.follower.fellBehind();
    return { showing: true, starving };
  }

  private follow(at: EpochMs, going: boolean): void {
    if (going) this.follower.go(at, this.stream.timebase);
    else this.follower.stand();
  }

  /** Media goes on right after this instant, or it is known that none will. */
  private more(end: EpochMs, buffered: Range[]): boolean {
    return nextAfter(buffered, end) !== undefined || this.stream.covers(shift(end, 5), this.mode_);
  }

  private absent(at: EpochMs, recording: Recording, buffered: Range[]): Drive {
    this.follower.stand();
    if (!holding(recording.spans, at)) return { showing: false, starving: recording.live && at >= recording.edge };
    if (!this.stream.covers(at, this.mode_)) return { showing: false, starving: true };
    const next = nextAfter(buffered, at)?.from;
    const known = this.stream.coveredUntil(at, this.mode_);
    return { showing: false, starving: true, hole: next !== undefined && next <= known ? next : known };
  }

  /** Standing, scrubbing and backward: seeks until the right picture is on the screen. */
  private settle(at: EpochMs, recording: Recording): Drive {
    const { clock } = this;
    const { video, now } = this.options;
    this.follower.stand();
    const backward = clock.playing && clock.speed < 0;
    if (!holding(recording.spans, at)) return { showing: false, starving: false };
    const target = this.stream.covers(at, this.mode_) ? this.stream.frames.at(at) : undefined;
    if (!target) {
      this.unsettledSince ??= now();
      return { showing: false, starving: backward };
    }
    const shown = this.shownFrame();
    if (shown && Math.abs(shown.at - target.at) < 1 && !video.seeking) {
      this.unsettledSince = undefined;
      return { showing: true, starving: false };
    }
    this.unsettledSince ??= now();
    const tried = this.settled;
    const fresh = !tried || tried.target !== target.at || tried.appends !== this.stream.appends;
    const stale = tried !== undefined && now() - tried.at > SEEK_AGAIN_MS * 2 ** Math.min(tried.tries, 4);
    if ((fresh && !(backward && video.seeking)) || stale) {
      const tries = tried?.target === target.at ? tried.tries + (stale ? 1 : 0) : 0;
      this.settled = { target: target.at, appends: this.stream.appends, at: now(), tries };
      video.currentTime = toMedia(this.stream.timebase, inside(target));
    }
    this.endIfLast(target);
    const stuck = now() - this.unsettledSince > STUCK_MS && !backward;
    return { showing: stuck || backward, starving: false, stuck };
  }

  /** A decoder keeps its last pictures until something follows them, or nothing ever will. */
  private endIfLast(target: Frame): void {
    let last: Frame | undefined = target;
    for (let i = 0; i < 4 && last; i += 1) last = this.stream.frames.next(last);
    if (!last) this.stream.end();
  }
}

interface Drive {
  showing: boolean;
  starving: boolean;
  hole?: EpochMs;
  stuck?: boolean;
}
