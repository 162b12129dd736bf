import { type EpochMs, epochMs, type Range } from "@/time/instant";

/** A picture: shown from `at` for `durationMs`. */
export interface Frame {
  at: EpochMs;
  durationMs: number;
}

/** Media ticks are 11 µs wide; an instant this little before a frame belongs to it. */
const TICK_MS = 0.012;

/** An instant that is surely inside the frame, whoever rounds it. */
export function inside(frame: Frame): EpochMs {
  return epochMs(frame.at + Math.min(1, frame.durationMs / 2));
}

/** When each buffered picture begins, in order. */
export class FrameTable {
  private frames: Frame[] = [];

  get size(): number {
    return this.frames.length;
  }

  /** Replaces whatever was known of the range that the frames cover. Frames come in order. */
  put(frames: readonly Frame[]): void {
    const first = frames[0];
    const last = frames[frames.length - 1];
    if (!first || !last) return;
    this.remove({ from: epochMs(first.at - TICK_MS), to: epochMs(last.at + last.durationMs - TICK_MS) });
    const index = this.firstFrom(first.at);
    this.frames.splice(index, 0, ...frames);
  }

  /** Forgets frames that begin in the range. */
  remove(range: Range): void {
    const from = this.firstFrom(range.from);
    const to = this.firstFrom(range.to);
    this.frames.splice(from, to - from);
  }

  clear(): void {
    this.frames = [];
  }

  /** The frame shown at the instant, if it is known. */
  at(at: EpochMs): Frame | undefined {
    const frame = this.frames[this.firstFrom(epochMs(at + TICK_MS)) - 1];
    return frame && at < frame.at + frame.durationMs + TICK_MS ? frame : undefined;
  }

  next(frame: Frame): Frame | undefined {
    return this.frames[this.firstFrom(epochMs(frame.at + TICK_MS))];
  }

  previous(frame: Frame): Frame | undefined {
    return this.frames[this.firstFrom(epochMs(frame.at - TICK_MS)) - 1];
  }

  /** Index of the first frame that begins at or after the instant. */
  private firstFrom(at: EpochMs): number {
    let low = 0;
    let high = this.frames.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.frames[middle]?.at ?? Infinity) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
