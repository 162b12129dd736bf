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
  channel: string;
  audio: HTMLAudioElement;
  clock: WallClock;
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
  private readonly follower: Follower;
  private blocked = false;
  private starving_ = false;

  constructor(private readonly options: SoundOptions) {
    this.follower = new Follower(options.audio, options.clock, options.now, (reason) => {
      if (reason instanceof DOMException && reason.name === "NotAllowedError") this.blocked = true;
    });
    options.audio.preservesPitch = true;
  }

  /** It should sound and has nothing to; only where there is no picture does the clock wait for it. */
  get starving(): boolean {
    return this.starving_;
  }

  tick(recording: Recording, present: EpochMs, scrubbing: boolean): SoundState {
    const { clock, audio } = this.options;
    const state = this.stateFor(recording);
    this.starving_ = false;
    if (state !== "on" || !clock.playing || scrubbing) {
      this.follower.stand();
      if (state !== "on") this.stream?.rest();
      return state;
    }
    const at = clock.instant();
    const stream = this.supplied(recording, present, at);
    if (stream.state.status === "unsupported" || stream.state.status === "failed") return "unsupported";
    const buffered = bufferedOnWall(stream.timebase, audio.buffered);
    const here = holding(buffered, at);
    this.starving_ = !here && holding(recording.spans, at) !== undefined && !stream.covers(at, "all");
    if (here && clock.running && !this.blocked) this.follower.go(at, stream.timebase);
    else this.follower.stand();
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
  }

  private supplied(recording: Recording, present: EpochMs, at: EpochMs): Stream {
    const { clock, channel, audio, queue, now } = this.options;
    this.stream ??= new Stream({ channel, tracks: "a", element: audio, queue, now });
    this.stream.tick({
      at,
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

  private stateFor(recording: Recording): SoundState {
    const { clock } = this.options;
    if (!recording.hasAudio) return "none";
    if (this.muted) return "muted";
    if (clock.speed < 0) return "backward";
    if (clock.speed > FASTEST_WITH_SOUND) return "too-fast";
    return "on";
  }
}
