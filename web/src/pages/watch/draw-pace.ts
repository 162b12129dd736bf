/** What a page draws need not follow every animation frame; the less so, the more there is to draw. */
const EVERY_MS = 45;
const EACH_TILE_MS = 12;
/** Of the time, at most a fifth goes into drawing: the players and their pictures need the same processor. */
const TIMES_WHAT_IT_TAKES = 5;
/** Seldom, but still often enough to read the clock and to see that a key was obeyed. */
const SELDOM_MS = 500;
const SMOOTHING = 0.3;

/** Says when it is time to draw again, from what drawing has taken so far. Pure; all times are monotonic ms. */
export class DrawPace {
  private drawnAt = -Infinity;
  private takesMs = 0;

  due(now: number, tiles: number): boolean {
    const seldom = Math.min(SELDOM_MS, this.takesMs * TIMES_WHAT_IT_TAKES);
    return now - this.drawnAt >= Math.max(EVERY_MS, tiles * EACH_TILE_MS, seldom);
  }

  begin(now: number): void {
    this.drawnAt = now;
  }

  /** From the beginning until the page was free for other things again. */
  took(ms: number): void {
    this.takesMs += (ms - this.takesMs) * SMOOTHING;
  }
}
