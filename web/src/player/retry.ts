/** Growing pauses between tries: 0.5 s, doubling, at most 10 s. */
export class Retry {
  private failures_ = 0;

  get failures(): number {
    return this.failures_;
  }

  /** Ms to wait before the next try. */
  next(): number {
    const pause = Math.min(10_000, 500 * 2 ** this.failures_);
    this.failures_ += 1;
    return pause;
  }

  reset(): void {
    this.failures_ = 0;
  }
}
