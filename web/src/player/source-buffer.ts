import type { Range } from "@/time/instant";
import { MEDIA_DURATION_S, type Timebase, toMedia } from "./timebase";

/** Why a media element cannot go on. */
export class MediaFailure extends Error {
  constructor(
    readonly kind: "unsupported" | "full" | "broken",
    message: string,
  ) {
    super(message);
  }
}

/**
 * One MediaSource with one SourceBuffer. The browser allows one operation at a time, so they queue; an
 * operation that fails rejects and the queue goes on.
 */
export class MediaSink {
  private readonly source = new MediaSource();
  private readonly url: string;
  private readonly opened: Promise<void>;
  private buffer: SourceBuffer | undefined;
  private contentType = "";
  private tail: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly element: HTMLMediaElement) {
    this.opened = new Promise((resolve) => {
      this.source.addEventListener("sourceopen", () => resolve(), { once: true });
    });
    this.url = URL.createObjectURL(this.source);
    element.src = this.url;
  }

  /** Bytes of this type can follow, from now on. */
  prepare(contentType: string): Promise<void> {
    return this.queue(async () => {
      if (contentType === this.contentType) return;
      if (!MediaSource.isTypeSupported(contentType)) throw new MediaFailure("unsupported", contentType);
      await this.opened;
      if (this.buffer) {
        this.buffer.changeType(contentType);
      } else {
        this.buffer = this.source.addSourceBuffer(contentType);
        this.source.duration = MEDIA_DURATION_S;
      }
      this.contentType = contentType;
    });
  }

  append(bytes: ArrayBuffer): Promise<void> {
    return this.queue(async () => {
      const buffer = this.usable();
      await this.operate(buffer, () => buffer.appendBuffer(bytes));
      this.restoreDuration();
    });
  }

  /** Removes media outside the range. */
  keep(timebase: Timebase, range: Range): Promise<void> {
    return this.removeSeconds([
      [0, toMedia(timebase, range.from)],
      [toMedia(timebase, range.to), Infinity],
    ]);
  }

  removeFrom(timebase: Timebase, range: Range): Promise<void> {
    return this.removeSeconds([[toMedia(timebase, range.from), toMedia(timebase, range.to)]]);
  }

  removeAll(): Promise<void> {
    return this.removeSeconds([[0, Infinity]]);
  }

  /** Tells the decoder that nothing follows, so that it gives out the last pictures. */
  end(): Promise<void> {
    return this.queue(async () => {
      if (this.source.readyState === "open" && this.buffer && !this.buffer.updating) this.source.endOfStream();
      return Promise.resolve();
    });
  }

  /** Takes `end` back. */
  reopen(): Promise<void> {
    return this.queue(async () => {
      const buffer = this.buffer;
      if (!buffer || this.source.readyState !== "ended") return;
      await this.operate(buffer, () => buffer.remove(0, 0.001));
      this.restoreDuration();
    });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.element.removeAttribute("src");
    this.element.load();
    URL.revokeObjectURL(this.url);
  }

  private removeSeconds(pieces: [number, number][]): Promise<void> {
    return this.queue(async () => {
      const buffer = this.buffer;
      if (!buffer || this.closed) return;
      for (const [from, to] of pieces) {
        if (to <= Math.max(0, from) || !touches(buffer.buffered, from, to)) continue;
        await this.operate(buffer, () => buffer.remove(Math.max(0, from), to));
      }
      this.restoreDuration();
    });
  }

  /** Ending the stream cuts the duration at the last picture; whatever follows opens it again. */
  private restoreDuration(): void {
    if (this.source.readyState === "open" && this.source.duration < MEDIA_DURATION_S) {
      this.source.duration = MEDIA_DURATION_S;
    }
  }

  private usable(): SourceBuffer {
    if (this.closed || !this.buffer || this.source.readyState === "closed") {
      throw new MediaFailure("broken", "media source is closed");
    }
    return this.buffer;
  }

  private operate(buffer: SourceBuffer, start: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        buffer.removeEventListener("updateend", done);
        buffer.removeEventListener("error", failed);
        resolve();
      };
      const failed = () => {
        buffer.removeEventListener("updateend", done);
        buffer.removeEventListener("error", failed);
        reject(new MediaFailure("broken", this.element.error?.message || "the browser refused the media"));
      };
      buffer.addEventListener("updateend", done);
      buffer.addEventListener("error", failed);
      try {
        start();
      } catch (reason) {
        buffer.removeEventListener("updateend", done);
        buffer.removeEventListener("error", failed);
        reject(toFailure(reason));
      }
    });
  }

  private queue<T>(work: () => Promise<T>): Promise<T> {
    const run = this.tail.then(work, work);
    this.tail = run.catch(() => undefined);
    return run;
  }
}

function touches(buffered: TimeRanges, from: number, to: number): boolean {
  for (let i = 0; i < buffered.length; i += 1) {
    if (buffered.end(i) > from && buffered.start(i) < to) return true;
  }
  return false;
}

function toFailure(reason: unknown): MediaFailure {
  if (reason instanceof MediaFailure) return reason;
  if (reason instanceof DOMException && reason.name === "QuotaExceededError") {
    return new MediaFailure("full", reason.message);
  }
  return new MediaFailure("broken", reason instanceof Error ? reason.message : String(reason));
}
