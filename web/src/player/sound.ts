import { holding } from "@/time/ranges";
import { askUntil, type Recording } from "./face";
import type { FetchQueue } from "./fetch-queue";
import { Follower } from "./follower";
import { FASTEST_WITH_SOUND } from "./speeds";
import { Stream } from "./stream";
import { bufferedOnWall } from "./timebase";
import type { EpochMs } from "@/time/instant";
import type { WallClock } from "./wall-clock";

/** What the sound does, for its button and label. */
export type SoundState = "none" | "on" | "muted" | "too-fast" | "backward" | "blocked" | "unsupported";

export interface SoundOptions {
  audio: HTMLAudioElement;
  queue: FetchQueue;
  now: () => number;
}

const BUDGET = 4_000_000;

/**
 * The sound of one channel, in its own media element: moving it to another tile, muting it or
 * outrunning it never disturbs a picture. It follows the same clock and never makes it wait.
 */
export class Sound {
  muted = false;
  private stream: Stream | undefined;
  private follower: Follower | undefined;
  private channel: string | undefined;
  private clock: WallClock | undefined;
  private blocked = false;
  private starving_ = false;

  constructor(private readonly options: SoundOptions) {
    options.audio.preservesPitch = true;
  }

  /** The channel that is heard, and the clock it follows. */
  follow(channel: string, clock: WallClock): void {
    if (channel !== this.channel) {
      this.stream?.close();
      this.stream = undefined;
      this.channel = channel;
    }
    if (clock === this.clock) return;
    this.clock = clock;
    this.options.audio.pause();
    this.follower = new Follower(this.options.audio, clock, this.options.now, (reason) => {
      if (reason instanceof DOMException && reason.name === "NotAllowedError") this.blocked = true;
    });
  }

  /** It should sound and has nothing to; only where there is no picture does the clock wait for it. */
  get starving(): boolean {
    return this.starving_;
  }

  tick(recording: Recording, present: EpochMs, scrubbing: boolean): SoundState {
    const { clock, follower, channel } = this;
    const { audio } = this.options;
    if (!clock || !follower || channel === undefined) return "none";
    const state = this.stateFor(recording, clock);
    this.starving_ = false;
    if (state !== "on" || !clock.playing || scrubbing) {
      follower.stand();
      if (state !== "on") this.stream?.rest();
      return state;
    }
    const at = clock.instant();
    const stream = this.supplied(channel, recording, present, clock);
    if (stream.state.status === "unsupported" || stream.state.status === "failed") return "unsupported";
    const buffered = bufferedOnWall(stream.timebase, audio.buffered);
    const here = holding(buffered, at);
    this.starving_ = !here && holding(recording.spans, at) !== undefined && !stream.covers(at, "all");
    if (here && clock.running && !this.blocked) follower.go(at, stream.timebase);
    else follower.stand();
    return this.blocked ? "blocked" : "on";
  }

  /** After a click: browsers then allow sound. */
  unblock(): void {
    this.blocked = false;
  }

  rest(): void {
    this.stream?.rest();
    this.options.audio.pause();
  }

  close(): void {
    this.stream?.close();
    this.stream = undefined;
    this.channel = undefined;
  }

  private supplied(channel: string, recording: Recording, present: EpochMs, clock: WallClock): Stream {
    const { audio, queue, now } = this.options;
    this.stream ??= new Stream({ channel, tracks: "a", element: audio, queue, now });
    this.stream.tick({
      at: clock.instant(),
      direction: 1,
      speed: clock.speed,
      playing: true,
      spans: recording.spans,
      edge: askUntil(recording, present),
      gopMs: 1000,
      budgetBytes: BUDGET,
      mode: "all",
      every: 1,
      compression: 1,
      bitRate: 128_000,
    });
    return this.stream;
  }

  private stateFor(recording: Recording, clock: WallClock): SoundState {
    if (!recording.hasAudio) return "none";
    if (this.muted) return "muted";
    if (clock.speed < 0) return "backward";
    if (clock.speed > FASTEST_WITH_SOUND) return "too-fast";
    return "on";
  }
}
