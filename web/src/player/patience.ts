/**
 * How long the wall waits for a tile that has nothing to show. Waiting spends an allowance, being well fed earns
 * it back: a tile that is late now and then is waited for, one that is always late goes on alone until it
 * catches up by itself.
 */
export class Patience {
  private left: number;
  private since: number | undefined;

  constructor(private most: number) {
    this.left = most;
  }

  /** Whether the clock should stand for it. Call once a tick. */
  waits(starving: boolean, now: number): boolean {
    const passed = this.since === undefined ? 0 : Math.max(0, now - this.since);
    this.since = now;
    if (!starving) {
      this.left = Math.min(this.most, this.left + passed * EARNS);
      return false;
    }
    if (this.left <= 0) return false;
    this.left -= passed;
    return this.left > 0;
  }

  /** A new place: it is waited for anew. The tile that has the eye is waited for longer. */
  renew(most: number): void {
    this.most = most;
    this.left = most;
  }
}

const EARNS = 0.05;
/** Of the tile that has the eye, and of every other. */
export const PATIENCE_FOCUSED_MS = 8000;
export const PATIENCE_MS = 1500;
