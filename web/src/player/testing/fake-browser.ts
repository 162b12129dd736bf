import { initLength, readFragments } from "../fragments";

/**
 * As much of Media Source Extensions as the player uses, over a clock that a test moves. A fake video shows
 * the frame at its `currentTime` once that is buffered, as a browser does.
 */
export const time = { now: 0 };

interface Frame {
  at: number;
  end: number;
}

const sources = new Map<string, FakeMediaSource>();
const CLOCKS = [{ id: 1, timescale: 90_000 }];

export class FakeSourceBuffer extends EventTarget {
  updating = false;
  frames: Frame[] = [];

  get buffered(): TimeRanges {
    const ranges: [number, number][] = [];
    for (const frame of this.frames) {
      const last = ranges[ranges.length - 1];
      if (last && frame.at <= last[1] + 0.0001) last[1] = Math.max(last[1], frame.end);
      else ranges.push([frame.at, frame.end]);
    }
    return { length: ranges.length, start: (i) => ranges[i]?.[0] ?? 0, end: (i) => ranges[i]?.[1] ?? 0 };
  }

  appendBuffer(bytes: ArrayBuffer): void {
    const media = bytes.slice(initLength(bytes));
    for (const { samples } of readFragments(media, CLOCKS)) {
      const from = samples[0]?.at ?? 0;
      const last = samples[samples.length - 1];
      const to = last ? last.at + last.duration : from;
      this.frames = this.frames.filter((frame) => frame.at < from - 1e-6 || frame.at >= to - 1e-6);
      this.frames.push(...samples.map((sample) => ({ at: sample.at, end: sample.at + sample.duration })));
      this.frames.sort((a, b) => a.at - b.at);
    }
    this.finish();
  }

  remove(from: number, to: number): void {
    this.frames = this.frames.filter((frame) => frame.at < from || frame.at >= to);
    this.finish();
  }

  changeType(): void {
    return undefined;
  }

  private finish(): void {
    this.updating = true;
    queueMicrotask(() => {
      this.updating = false;
      this.dispatchEvent(new Event("updateend"));
    });
  }
}

export class FakeMediaSource extends EventTarget {
  static supported: (type: string) => boolean = () => true;
  static isTypeSupported(type: string): boolean {
    return FakeMediaSource.supported(type);
  }

  readyState = "closed";
  duration = Number.NaN;
  buffer: FakeSourceBuffer | undefined;

  addSourceBuffer(): FakeSourceBuffer {
    this.buffer = new FakeSourceBuffer();
    return this.buffer;
  }

  endOfStream(): void {
    return undefined;
  }

  attach(): void {
    queueMicrotask(() => {
      this.readyState = "open";
      this.dispatchEvent(new Event("sourceopen"));
    });
  }
}

export class FakeMedia extends EventTarget {
  paused = true;
  private rate = 1;
  private power_ = Infinity;
  /** How many pictures a second it can decode. */
  decodes = Infinity;
  /** How long it takes to show another place; asked again meanwhile, it begins anew. */
  seekMs = 0;
  /** How long after that its picture comes to the screen. */
  paintMs = 0;
  private seekingUntil = 0;
  preservesPitch = false;
  error: { message: string; code: number } | null = null;
  private source: FakeMediaSource | undefined;
  private anchor = { media: 0, now: 0 };
  private callbacks: ((now: number, metadata: { mediaTime: number }) => void)[] = [];
  private shown: number | undefined;

  set src(url: string) {
    this.source = sources.get(url);
    this.source?.attach();
  }

  get currentTime(): number {
    if (this.paused) return this.anchor.media;
    const frame = this.frameAt(this.anchor.media);
    if (!frame) return this.anchor.media;
    const pace = Math.min(this.rate, this.power_, this.decodes * (frame.end - frame.at));
    const wanted = this.anchor.media + ((time.now - this.anchor.now) / 1000) * pace;
    this.anchor = { media: Math.min(wanted, this.endOfBuffer(this.anchor.media)), now: time.now };
    return this.anchor.media;
  }

  set currentTime(seconds: number) {
    this.anchor = { media: seconds, now: time.now };
    this.seekingUntil = time.now + this.seekMs;
  }

  get seeking(): boolean {
    return time.now < this.seekingUntil;
  }

  get playbackRate(): number {
    return this.rate;
  }

  set playbackRate(rate: number) {
    this.anchor = { media: this.currentTime, now: time.now };
    this.rate = rate;
  }

  /** How fast it can decode, times real time. */
  set power(power: number) {
    this.anchor = { media: this.currentTime, now: time.now };
    this.power_ = power;
  }

  get readyState(): number {
    return this.frameAt(this.currentTime) ? 4 : 1;
  }

  get buffered(): TimeRanges {
    return this.source?.buffer?.buffered ?? { length: 0, start: () => 0, end: () => 0 };
  }

  play(): Promise<void> {
    this.anchor = { media: this.currentTime, now: time.now };
    this.paused = false;
    return Promise.resolve();
  }

  pause(): void {
    this.anchor = { media: this.currentTime, now: time.now };
    this.paused = true;
  }

  load(): void {
    this.source = undefined;
  }

  removeAttribute(): void {
    return undefined;
  }

  requestVideoFrameCallback(callback: (now: number, metadata: { mediaTime: number }) => void): number {
    return this.callbacks.push(callback);
  }

  cancelVideoFrameCallback(): void {
    this.callbacks = [];
  }

  getVideoPlaybackQuality(): { droppedVideoFrames: number; totalVideoFrames: number } {
    return { droppedVideoFrames: 0, totalVideoFrames: 0 };
  }

  /** What a compositor does between two animation frames. */
  present(): void {
    const frame = time.now < this.seekingUntil + this.paintMs ? undefined : this.frameAt(this.currentTime);
    if (!frame || frame.at === this.shown) return;
    this.shown = frame.at;
    const waiting = this.callbacks;
    this.callbacks = [];
    for (const callback of waiting) callback(time.now, { mediaTime: frame.at });
  }

  private frameAt(seconds: number): Frame | undefined {
    return this.source?.buffer?.frames.find((frame) => frame.at <= seconds + 1e-7 && seconds < frame.end);
  }

  private endOfBuffer(seconds: number): number {
    const ranges = this.buffered;
    for (let i = 0; i < ranges.length; i += 1) {
      if (ranges.start(i) <= seconds + 1e-7 && seconds < ranges.end(i)) return ranges.end(i);
    }
    return seconds;
  }
}

export class FakeAudio extends FakeMedia {}

/** Puts the fakes where the player looks for a browser. */
export function installFakeBrowser(stub: (name: string, value: unknown) => void): void {
  time.now = 0;
  sources.clear();
  FakeMediaSource.supported = () => true;
  let next = 1;
  stub("MediaSource", FakeMediaSource);
  stub("HTMLVideoElement", FakeMedia);
  stub("URL", {
    createObjectURL: (source: FakeMediaSource) => {
      const url = `blob:${next++}`;
      sources.set(url, source);
      return url;
    },
    revokeObjectURL: (url: string) => sources.delete(url),
  });
}

/** Lets time pass as animation frames do: `frame`, then whatever waits, then what a compositor does. */
export async function passFrames(ms: number, frame: () => void, videos: () => Iterable<FakeMedia>): Promise<void> {
  for (let passed = 0; passed < ms; passed += 16) {
    time.now += 16;
    frame();
    for (let i = 0; i < 30; i += 1) await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const video of videos()) video.present();
  }
}
