import { type EpochMs, epochMs, type Range, shift } from "@/time/instant";
import { coveredUntil } from "@/time/ranges";
import { plan, type PlanQuestion } from "./buffer-plan";
import { Coverage } from "./coverage";
import type { FetchQueue } from "./fetch-queue";
import { initLength, readFragments, readTrackClocks, type TrackClock } from "./fragments";
import { type Frame, FrameTable } from "./frame-table";
import { codecNames, mediaUrl, type MediaReply, readReply, type TrackKind } from "./media-request";
import type { Mode } from "./mode";
import { Retry } from "./retry";
import { MediaFailure, MediaSink } from "./source-buffer";
import { reaches, type Timebase, timebaseAt, toWall } from "./timebase";

/** What is wanted of a stream at this moment. */
export interface StreamNeed extends Omit<PlanQuestion, "covered" | "bytesPerSecond"> {
  mode: Mode;
  every: number;
  compression: number;
  /** All tracks, bits a second, as far as known. */
  bitRate: number;
  /** It goes before others that want their bytes as soon. */
  urgent?: boolean;
}

export type StreamState =
  | { status: "working" }
  /** Asking failed; it is tried again by itself. */
  | { status: "retrying"; message: string }
  | { status: "unsupported"; codec: string }
  | { status: "refused"; code: number; message: string }
  | { status: "failed"; message: string };

export interface StreamOptions {
  /** Address of the channel resource. */
  channel: string;
  tracks: TrackKind;
  element: HTMLMediaElement;
  queue: FetchQueue;
  /** Monotonic ms. */
  now: () => number;
}

interface Init {
  bytes: ArrayBuffer;
  contentType: string;
  clocks: TrackClock[];
}

interface Asked extends Range {
  mode: Mode;
  every: number;
  timebase: Timebase;
  init: boolean;
  abort: AbortController;
}

const POLL_EDGE_MS = 400;
const TRIM_EVERY_MS = 2000;
const URGENT_MS = 500;
const REBUILDS = 3;
const REBUILDS_WITHIN_MS = 30_000;

/**
 * Keeps one media element supplied around an instant: asks, appends, trims, and knows which picture
 * lies where. Call `tick` often; it never blocks and has at most one request in flight.
 */
export class Stream {
  readonly frames = new FrameTable();
  /** Grows with every append: what was not shown before may be now. */
  appends = 0;
  state: StreamState = { status: "working" };
  /** End of the newest media seen; the page may hear of it later. */
  newest: EpochMs = epochMs(0);
  timebase: Timebase;

  private sink: MediaSink;
  private readonly coverage = new Coverage();
  private readonly inits = new Map<string, Init>();
  private initHeld: string | undefined;
  private initWanted = true;
  /** How long answers take, from the wish to the bytes. */
  latencyMs = 0;
  private asked: Asked | undefined;
  /** Answers to older generations are not wanted any more. */
  private generation = 0;
  private askAgainAt = 0;
  private trimmedAt = 0;
  private rebuilds: number[] = [];
  private mode: Mode = "all";
  private every = 1;
  private readonly retry = new Retry();
  private readonly pace: Record<Mode, number | undefined> = { all: undefined, key: undefined };

  constructor(private readonly options: StreamOptions) {
    this.timebase = timebaseAt(epochMs(Date.now()), 1);
    this.sink = new MediaSink(options.element);
    options.element.addEventListener("error", this.onElementError);
  }

  tick(need: StreamNeed): void {
    if (this.state.status !== "working" && this.state.status !== "retrying") return;
    this.adapt(need);
    const { fetch, keep } = plan({
      ...need,
      covered: this.coverage.serving(need.mode),
      bytesPerSecond: this.bytesPerSecond(need),
    });
    this.trim(keep);
    if (this.asked) {
      if (fetch && !overlaps(this.asked, fetch, need.gopMs)) this.cancel("moved on");
      else return;
    }
    if (fetch && this.options.now() >= this.askAgainAt) void this.ask(need, fetch, need.at);
  }

  /** Media for this instant, or the knowledge that there is none, has arrived. */
  covers(at: EpochMs, mode: Mode): boolean {
    return this.coverage.has(mode, at);
  }

  coveredUntil(at: EpochMs, mode: Mode): EpochMs {
    return coveredUntil(this.coverage.serving(mode), at);
  }

  /** Nothing follows in the recording for now: lets the decoder give out its last pictures. */
  end(): void {
    void this.sink.end();
  }

  reopen(): void {
    void this.sink.reopen();
  }

  /** The page is hidden, or the tile: nothing more is asked until the next tick. */
  rest(): void {
    this.cancel("resting");
  }

  /** After a failure, by a person's wish. */
  startAgain(): void {
    this.rebuilds = [];
    this.retry.reset();
    this.askAgainAt = 0;
    this.rebuild();
  }

  close(): void {
    this.cancel("closed");
    this.generation += 1;
    this.options.element.removeEventListener("error", this.onElementError);
    this.sink.close();
  }

  private adapt(need: StreamNeed): void {
    if (need.compression !== this.timebase.compression || !reaches(this.timebase, need.at)) {
      this.flush();
      this.timebase = timebaseAt(need.at, need.compression);
    }
    if (need.every !== this.every) {
      if (this.mode === "key") this.coverage.clear();
      this.every = need.every;
    }
    if (need.mode === this.mode) return;
    this.mode = need.mode;
    this.cancel("mode changed");
    if (need.mode === "key" && need.playing) {
      // Frames that could not be decoded in time are not wanted; a moment's worth bridges the change.
      const ahead = { from: shift(need.at, 300 * need.speed), to: shift(need.at, 86_400_000) };
      this.coverage.remove(ahead);
      this.frames.remove(ahead);
      void this.sink.removeFrom(this.timebase, ahead);
    }
  }

  private flush(): void {
    this.cancel("flushed");
    this.generation += 1;
    this.coverage.clear();
    this.frames.clear();
    void this.sink.removeAll();
  }

  private cancel(reason: string): void {
    this.asked?.abort.abort(new DOMException(reason, "AbortError"));
    this.asked = undefined;
  }

  private async ask(need: StreamNeed, fetch: Range & { deadlineMs: number }, at: EpochMs): Promise<void> {
    const asked: Asked = {
      from: fetch.from,
      to: fetch.to,
      mode: need.mode,
      every: need.every,
      timebase: this.timebase,
      init: this.initWanted,
      abort: new AbortController(),
    };
    const generation = this.generation;
    const wishedAt = this.options.now();
    this.asked = asked;
    try {
      const answer = await this.options.queue.run({
        url: mediaUrl(this.options.channel, { ...asked, tracks: this.options.tracks }),
        deadline: wishedAt + fetch.deadlineMs - (need.urgent ? URGENT_MS : 0),
        signal: asked.abort.signal,
      });
      this.latencyMs = this.latencyMs * 0.6 + (this.options.now() - wishedAt) * 0.4;
      const reply = readReply(answer, asked);
      if (reply.status === "refused") this.refuse(reply);
      else await this.receive(asked, reply, generation, at);
    } catch (reason) {
      if (!asked.abort.signal.aborted && generation === this.generation) this.fail(reason);
    } finally {
      if (this.asked === asked) this.asked = undefined;
    }
  }

  private async receive(
    asked: Asked,
    reply: MediaReply & { status: "media" },
    generation: number,
    at: EpochMs,
  ): Promise<void> {
    this.retry.reset();
    if (this.state.status === "retrying") this.state = { status: "working" };
    const answered = { from: asked.from, to: reply.coveredTo };
    if (reply.initId === undefined) {
      this.coverage.put(asked.mode, answered, undefined);
      if (answered.to < asked.to) this.askAgainAt = this.options.now() + POLL_EDGE_MS;
      return;
    }
    const length = asked.init ? initLength(reply.body) : 0;
    if (length > 0) this.learnInit(reply.initId, reply.contentType, reply.body.slice(0, length));
    const init = this.inits.get(reply.initId);
    if (!init) {
      if (asked.init) throw new MediaFailure("broken", "the server sent media without its init section");
      this.initWanted = true;
      return;
    }
    this.initWanted = false;
    const body = length > 0 ? reply.body.slice(length) : reply.body;
    const frames = this.framesOf(body, init.clocks, asked.timebase);
    await this.append(reply.initId, init, body, at);
    if (generation !== this.generation) return;
    this.frames.put(frames);
    this.appends += 1;
    this.coverage.put(asked.mode, answered, extent(frames));
    this.measure(asked.mode, body.byteLength, frames);
    if (asked.mode === "all") this.newest = epochMs(Math.max(this.newest, extent(frames)?.to ?? 0));
    if (answered.to < asked.to && answered.to - asked.from < 50) {
      this.askAgainAt = this.options.now() + POLL_EDGE_MS;
    }
  }

  private learnInit(id: string, contentType: string, bytes: ArrayBuffer): void {
    this.inits.set(id, { bytes, contentType, clocks: readTrackClocks(bytes) });
  }

  private async append(id: string, init: Init, body: ArrayBuffer, at: EpochMs): Promise<void> {
    if (this.initHeld !== id) {
      await this.sink.prepare(init.contentType);
      await this.sink.append(init.bytes);
      this.initHeld = id;
    }
    try {
      await this.sink.append(body);
    } catch (reason) {
      if (!(reason instanceof MediaFailure) || reason.kind !== "full") throw reason;
      const close = { from: shift(at, -2000 * this.timebase.compression), to: shift(at, 20_000 * this.timebase.compression) };
      this.forgetOutside(close);
      await this.sink.keep(this.timebase, close);
      await this.sink.append(body);
    }
  }

  private framesOf(body: ArrayBuffer, clocks: TrackClock[], timebase: Timebase): Frame[] {
    return readFragments(body, clocks)
      .flatMap((fragment) => fragment.samples)
      .sort((a, b) => a.at - b.at)
      .map((sample) => ({
        at: toWall(timebase, sample.at),
        durationMs: sample.duration * 1000 * timebase.compression,
      }));
  }

  private measure(mode: Mode, bytes: number, frames: Frame[]): void {
    const range = extent(frames);
    if (!range || range.to - range.from < 100) return;
    const now = (bytes * 1000) / (range.to - range.from);
    const before = this.pace[mode];
    this.pace[mode] = before === undefined ? now : before * 0.7 + now * 0.3;
  }

  private bytesPerSecond(need: StreamNeed): number {
    const guess = (need.bitRate / 8) * (need.mode === "key" ? 0.3 / need.every : 1);
    return this.pace[need.mode] ?? guess;
  }

  private trim(keep: Range): void {
    const now = this.options.now();
    if (now - this.trimmedAt < TRIM_EVERY_MS) return;
    this.trimmedAt = now;
    this.forgetOutside(keep);
    this.sink.keep(this.timebase, keep).catch((reason: unknown) => this.fail(reason));
  }

  private forgetOutside(keep: Range): void {
    this.coverage.keep(keep);
    this.frames.remove({ from: epochMs(-Infinity), to: keep.from });
    this.frames.remove({ from: keep.to, to: epochMs(Infinity) });
  }

  private refuse(reply: MediaReply & { status: "refused" }): void {
    if (reply.code === 429 || reply.code >= 500) {
      this.backOff(reply.message);
      return;
    }
    this.state = { status: "refused", code: reply.code, message: reply.message };
  }

  private backOff(message: string): void {
    this.askAgainAt = this.options.now() + this.retry.next();
    if (this.retry.failures > 1) this.state = { status: "retrying", message };
  }

  private fail(reason: unknown): void {
    if (!(reason instanceof MediaFailure) && !(reason instanceof RangeError)) {
      this.backOff(detailOf(reason));
      return;
    }
    if (reason instanceof MediaFailure && reason.kind === "unsupported") {
      this.state = { status: "unsupported", codec: codecNames(reason.message) };
      return;
    }
    this.onBroken(reason.message);
  }

  private readonly onElementError = (): void => {
    const error = this.options.element.error;
    if (error) this.onBroken(error.message || `media error ${error.code}`);
  };

  /** A broken media element is built anew a few times; then a person decides. */
  private onBroken(message: string): void {
    if (this.state.status === "failed") return;
    const now = this.options.now();
    this.rebuilds = [...this.rebuilds.filter((at) => now - at < REBUILDS_WITHIN_MS), now];
    if (this.rebuilds.length > REBUILDS) {
      this.cancel("failed");
      this.state = { status: "failed", message };
      return;
    }
    this.rebuild();
  }

  private rebuild(): void {
    this.flush();
    this.sink.close();
    this.sink = new MediaSink(this.options.element);
    this.initHeld = undefined;
    this.initWanted = true;
    this.state = { status: "working" };
  }
}

function extent(frames: readonly Frame[]): Range | undefined {
  const first = frames[0];
  const last = frames[frames.length - 1];
  return first && last ? { from: first.at, to: epochMs(last.at + last.durationMs) } : undefined;
}

/** The request in flight serves, at least in part, what is wanted now. */
function overlaps(asked: Range, wanted: Range, slackMs: number): boolean {
  return asked.from < wanted.to + slackMs && asked.to > wanted.from - slackMs;
}

/** Nothing of a request that never got an answer: each browser calls that otherwise ("Failed to fetch"). */
function detailOf(reason: unknown): string {
  if (reason instanceof TypeError) return "";
  return reason instanceof Error ? reason.message : String(reason);
}
