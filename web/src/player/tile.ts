import { type EpochMs, epochMs, type Range, shift } from "@/time/instant";
import { holding, nextAfter } from "@/time/ranges";
import { askUntil, type Face, faceOf, type Recording } from "./face";
import type { FetchQueue } from "./fetch-queue";
import { Follower } from "./follower";
import { type Frame, inside } from "./frame-table";
import { decideMode, type DecodeHistory, demandOf, learn, type Mode, thinning } from "./mode";
import { Presented } from "./presented";
import { compression } from "./speeds";
import { Stream } from "./stream";
import { bufferedOnWall, toMedia, toWall } from "./timebase";
import type { WallClock } from "./wall-clock";

export interface TileOptions {
  id: string;
  /** Address of the channel resource. */
  channel: string;
  video: HTMLVideoElement;
  clock: WallClock;
  queue: FetchQueue;
  now: () => number;
}

/** What the wall tells each tile at every tick. */
export interface TileContext {
  tiles: number;
  focused: boolean;
  /** A finger is on the timeline: keyframes will do. */
  scrubbing: boolean;
  history: DecodeHistory;
  /** Nothing newer can have been recorded. */
  present: EpochMs;
}

export interface TileReport {
  face: Face;
  mode: Mode;
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
/** Lookups by what the screen shows: compressed ticks are up to 90 µs wide. */
const PRESENTED_SLACK_MS = 0.3;

/** One channel's picture, kept at the clock's instant. */
export class Tile {
  readonly stream: Stream;
  private readonly follower: Follower;
  private readonly presented: Presented;
  private mode_: Mode = "all";
  private modeSince: number;
  private modeSpeed = 1;
  private wasScrubbing = false;
  private shownTimebase;
  /** The last seek made to settle on a frame, and what was known then. */
  private settled: { target: EpochMs; appends: number; at: number } | undefined;
  private unsettledSince: number | undefined;

  constructor(private readonly options: TileOptions) {
    const { video, channel, queue, now } = options;
    this.stream = new Stream({ channel, tracks: "v", element: video, queue, now });
    this.follower = new Follower(video, options.clock, now);
    this.presented = new Presented(video);
    this.shownTimebase = this.stream.timebase;
    this.modeSince = now();
  }

  tick(recording: Recording, context: TileContext): TileReport {
    const { clock } = this.options;
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
    });
    this.noticeTimebase();
    const drive = this.drive(at, recording, context);
    const frame = this.shownFrame();
    const face = faceOf({
      at,
      recording,
      stream: this.stream.state,
      mode: this.mode_,
      playing: clock.playing && !context.scrubbing,
      showing: drive.showing,
    });
    const stopped = ["unsupported", "failed", "refused"].includes(this.stream.state.status);
    return {
      face,
      mode: this.mode_,
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

  rest(): void {
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
    const { playing } = this.options.clock;
    const stream = { status: "working" as const };
    const face = faceOf({ at, recording, stream, mode: "all", playing, showing: true });
    return { face, mode: "all", starving: false, still: false, history: context.history };
  }

  private decide(recording: Recording, context: TileContext): DecodeHistory {
    const { clock, now } = this.options;
    const demand = demandOf(context.tiles, clock.speed, recording.frameRate, recording.pixels);
    const sample = this.follower.sample(this.mode_, demand, recording.frameRate, this.stream.timebase);
    const history = sample ? learn(context.history, sample) : context.history;
    if (clock.speed !== this.modeSpeed) {
      this.modeSpeed = clock.speed;
      this.modeSince = now();
    }
    const mode = this.wantedMode(demand, history, context);
    if (mode !== this.mode_) {
      this.mode_ = mode;
      this.modeSince = now();
      this.settled = undefined;
    }
    return history;
  }

  private wantedMode(demand: number, history: DecodeHistory, context: TileContext): Mode {
    const { clock, now } = this.options;
    // Scrubbing and standing choose their mode without regard to speed: playing decides anew.
    const anew = this.wasScrubbing;
    this.wasScrubbing = context.scrubbing;
    if (context.scrubbing) return "key";
    if (!clock.playing) return "all";
    return decideMode(
      {
        speed: clock.speed,
        demand,
        current: anew ? "all" : this.mode_,
        sinceMs: now() - this.modeSince,
        now: now(),
        focused: context.focused,
      },
      history,
    );
  }

  private every(recording: Recording): number {
    return this.mode_ === "key" && this.options.clock.playing
      ? thinning(this.options.clock.speed, recording.gopMs)
      : 1;
  }

  /** Stopping at 60x keeps the re-timed media; the exact frame needs true time. */
  private compression(context: TileContext): number {
    const { clock } = this.options;
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
    const { clock } = this.options;
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
    if (clock.running) this.follower.go(at, this.stream.timebase);
    else this.follower.stand();
    return { showing: true, starving: false };
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
    const { video, clock, now } = this.options;
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
    const stale = tried !== undefined && now() - tried.at > 700;
    if ((fresh && !(backward && video.seeking)) || stale) {
      this.settled = { target: target.at, appends: this.stream.appends, at: now() };
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
