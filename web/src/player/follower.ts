import { type EpochMs, type Range } from "@/time/instant";
import { holding } from "@/time/ranges";
import type { Recording } from "./face";
import { follow } from "./follow";
import type { Frame } from "./frame-table";
import type { DecodeSample, Mode } from "./mode";
import { compression } from "./speeds";
import { type Timebase, toMedia, toWall } from "./timebase";
import type { WallClock } from "./wall-clock";

/** Below this much viewing time ahead an element waits; having waited, it wants more before it goes on. */
const STARVES_BELOW_MS = 80;
const RESUMES_FROM_MS = 400;
/** Measuring begins when a start or a seek has calmed down. */
const CALM_MS = 700;
const SAMPLE_MS = 1200;
const SCREEN_RATE = 60;
const HAVE_FUTURE_DATA = 3;
/** So close, starting needs no seek: that would cost more than it mends. */
const STARTS_WITHIN_MS = 30;
/** A browser that does not say what it shows is not waited for longer. */
const ON_SCREEN_WITHIN_MS = 500;

/** Keeps one playing media element to the clock. */
export class Follower {
  private nudging = false;
  private hungry = false;
  /** It had to jump after the clock though media was there: decoding does not keep up at all. */
  private outrun = false;
  private unseenSince: number | undefined;
  private calmSince: number;
  private mark: { at: number; seconds: number; dropped: number; total: number } | undefined;

  constructor(
    private readonly element: HTMLMediaElement,
    private readonly clock: WallClock,
    private readonly now: () => number,
    /** The browser did not let it play. */
    private readonly onRefused: (reason: unknown) => void = () => undefined,
  ) {
    this.calmSince = now();
  }

  /** Enough media lies ahead to go, given the piece of buffer that holds the instant. */
  supply(at: EpochMs, here: Range, recording: Recording, endKnown: boolean): "enough" | "starving" {
    const ahead = (here.to - at) / Math.abs(this.clock.speed);
    const needed = this.hungry ? this.wanted(here, recording) : STARVES_BELOW_MS;
    const span = holding(recording.spans, at);
    const last = span !== undefined && here.to >= span.to - 60 && !(recording.live && span.to >= recording.edge - 60);
    this.hungry = ahead < needed && !last && !endKnown;
    return this.hungry ? "starving" : "enough";
  }

  /** It stands at the instant and `shown`, the picture on the screen, is of it; or it is going already: the clock may run. */
  ready(at: EpochMs, timebase: Timebase, shown: Frame | undefined): boolean {
    const { element, clock } = this;
    if (!element.paused) return true;
    const aheadMs = toWall(timebase, element.currentTime) - at;
    if (Math.abs(aheadMs) > STARTS_WITHIN_MS * clock.speed) {
      if (!element.seeking) element.currentTime = toMedia(timebase, at);
      this.unseenSince = undefined;
      this.forget();
      return false;
    }
    return !element.seeking && element.readyState >= HAVE_FUTURE_DATA && this.onScreen(at, shown);
  }

  /** Viewing time by which it is behind the clock while it goes; none while it stands. */
  behindMs(at: EpochMs, timebase: Timebase): number {
    const { element, clock } = this;
    return element.paused ? 0 : Math.max(0, (at - toWall(timebase, element.currentTime)) / clock.speed);
  }

  /** The clock had to wait for it, though media was there. */
  fellBehind(): void {
    this.outrun = true;
  }

  go(at: EpochMs, timebase: Timebase): void {
    const { element, clock } = this;
    const aheadMs = toWall(timebase, element.currentTime) - at;
    const rate = clock.speed / compression(clock.speed);
    const step = follow({ aheadMs, speed: clock.speed, rate, nudging: this.nudging });
    this.nudging = step.nudging;
    if (step.act === "seek" || (element.paused && Math.abs(aheadMs) > STARTS_WITHIN_MS * clock.speed)) {
      if (step.act === "seek" && !element.paused) this.outrun = true;
      if (!element.seeking) element.currentTime = toMedia(timebase, at);
      this.forget();
    } else if (Math.abs(element.playbackRate - step.rate) > 0.001) {
      element.playbackRate = step.rate;
    }
    if (element.paused) {
      this.unseenSince = undefined;
      this.forget();
      element.play().catch(this.onRefused);
    }
  }

  stand(): void {
    if (!this.element.paused) this.element.pause();
    this.forget();
  }

  forget(): void {
    this.calmSince = this.now();
    this.mark = undefined;
  }

  /** Another mode begins: what was seen before says nothing of it. */
  beginAnew(): void {
    this.outrun = false;
    this.forget();
  }

  /** How well decoding keeps up, measured over a calm second or more. */
  sample(mode: Mode, demand: number, frameRate: number, timebase: Timebase): DecodeSample | undefined {
    const { element, clock } = this;
    const now = this.now();
    // Jumping again and again it is never calm enough to be measured.
    if (this.outrun) {
      this.outrun = false;
      return { at: now, demand, reached: 0, dropped: 0 };
    }
    if (!clock.running || element.paused || element.seeking || !(element instanceof HTMLVideoElement)) {
      this.forget();
      return undefined;
    }
    if (now - this.calmSince < CALM_MS) return undefined;
    const quality = element.getVideoPlaybackQuality();
    const here = { at: now, seconds: element.currentTime, dropped: quality.droppedVideoFrames, total: quality.totalVideoFrames };
    const mark = this.mark;
    if (!mark) {
      this.mark = here;
      return undefined;
    }
    if (now - mark.at < SAMPLE_MS) return undefined;
    this.mark = here;
    const moved = (here.seconds - mark.seconds) * 1000 * timebase.compression;
    const frames = here.total - mark.total;
    const visible = mode === "all" && clock.speed * frameRate <= SCREEN_RATE;
    return {
      at: now,
      demand,
      reached: moved / ((now - mark.at) * clock.speed),
      dropped: visible && frames > 10 ? (here.dropped - mark.dropped) / frames : 0,
    };
  }

  /** A picture that is decoded takes a while to the screen: nothing passes meanwhile that nobody sees. */
  private onScreen(at: EpochMs, shown: Frame | undefined): boolean {
    const slack = STARTS_WITHIN_MS * this.clock.speed;
    if (shown && shown.at <= at + slack && at < shown.at + shown.durationMs + slack) return true;
    this.unseenSince ??= this.now();
    return this.now() - this.unseenSince > ON_SCREEN_WITHIN_MS;
  }

  /** At the live edge media comes a group of pictures at a time: wait for more than one. */
  private wanted(here: Range, recording: Recording): number {
    const atEdge = recording.live && here.to >= recording.edge - 500;
    return atEdge && this.clock.speed <= 1 ? Math.min(recording.gopMs * 1.2, 6000) : RESUMES_FROM_MS;
  }
}
