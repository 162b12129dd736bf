import type { EpochMs, Range } from "@/time/instant";
import { epochMs } from "@/time/instant";
import { add, coveredUntil, type Ranges, subtract } from "@/time/ranges";
import type { Mode } from "./mode";

/**
 * What was asked and answered, by quality. Gaps count as covered: there is nothing more to ask.
 * Every frame also serves where keyframes would do; not the other way round.
 */
export class Coverage {
  private all: Range[] = [];
  private key: Range[] = [];

  /** `answered`: the range the answer is complete for. `placed`: what its media replaced. */
  put(mode: Mode, answered: Range, placed: Range | undefined): void {
    if (mode === "all") {
      this.all = add(this.all, answered);
      if (placed) this.all = add(this.all, placed);
      return;
    }
    this.key = add(this.key, answered);
    if (!placed) return;
    this.key = add(this.key, placed);
    this.all = subtract(this.all, placed);
  }

  serving(mode: Mode): Ranges {
    if (mode === "all") return this.all;
    return this.all.reduce<Range[]>((sum, range) => add(sum, range), this.key);
  }

  has(mode: Mode, at: EpochMs): boolean {
    return coveredUntil(this.serving(mode), at) > at;
  }

  keep(range: Range): void {
    for (const cut of [
      { from: epochMs(-Infinity), to: range.from },
      { from: range.to, to: epochMs(Infinity) },
    ]) {
      this.remove(cut);
    }
  }

  remove(range: Range): void {
    this.all = subtract(this.all, range);
    this.key = subtract(this.key, range);
  }

  clear(): void {
    this.all = [];
    this.key = [];
  }
}
