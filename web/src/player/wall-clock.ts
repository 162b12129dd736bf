import { type EpochMs, epochMs } from "@/time/instant";

export type ClockChange = "seek" | "rate" | "state";

/**
 * Owns the instant that every tile shows, the speed and whether time moves. Pure: it reads time only
 * through `now` (milliseconds, monotonic) and never sets a timer.
 *
 * A hold stops time without changing what was asked: a tile that waits for bytes holds the clock, and
 * the clock moves on when the last hold is released.
 */
export class WallClock {
  private anchorInstant: EpochMs;
  private anchorNow: number;
  private speed_ = 1;
  private playing_ = false;
  private readonly holds = new Set<string>();
  private readonly listeners = new Set<(change: ClockChange) => void>();

  constructor(
    private readonly now: () => number,
    at: EpochMs,
  ) {
    this.anchorInstant = at;
    this.anchorNow = now();
  }

  /** Times real time; negative plays backward. Never zero. */
  get speed(): number {
    return this.speed_;
  }

  /** What was asked; time may still stand because of a hold. */
  get playing(): boolean {
    return this.playing_;
  }

  /** Time moves. */
  get running(): boolean {
    return this.playing_ && this.holds.size === 0;
  }

  get held(): boolean {
    return this.holds.size > 0;
  }

  instant(): EpochMs {
    if (!this.running) return this.anchorInstant;
    return epochMs(this.anchorInstant + (this.now() - this.anchorNow) * this.speed_);
  }

  play(): void {
    if (this.playing_) return;
    this.settle();
    this.playing_ = true;
    this.tell("state");
  }

  pause(): void {
    if (!this.playing_) return;
    this.settle();
    this.playing_ = false;
    this.tell("state");
  }

  setSpeed(speed: number): void {
    if (speed === 0 || !Number.isFinite(speed) || speed === this.speed_) return;
    this.settle();
    this.speed_ = speed;
    this.tell("rate");
  }

  seek(at: EpochMs): void {
    this.anchorInstant = at;
    this.anchorNow = this.now();
    this.tell("seek");
  }

  hold(reason: string): void {
    if (this.holds.has(reason)) return;
    this.settle();
    this.holds.add(reason);
    this.tell("state");
  }

  release(reason: string): void {
    if (!this.holds.has(reason)) return;
    this.settle();
    this.holds.delete(reason);
    this.tell("state");
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: (change: ClockChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Makes the present instant the anchor, before anything that bends the line changes. */
  private settle(): void {
    this.anchorInstant = this.instant();
    this.anchorNow = this.now();
  }

  private tell(change: ClockChange): void {
    for (const listener of this.listeners) listener(change);
  }
}
