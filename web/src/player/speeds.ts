/** What the transport offers; the same magnitudes backward. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 60] as const;

/** Sound keeps its pitch up to here and is off beyond. */
export const FASTEST_WITH_SOUND = 4;

/** Every frame is never asked for beyond this. */
export const FASTEST_ALL_FRAMES = 16;

/** Browsers play up to 16x; half of it leaves room to nudge. */
const FASTEST_RATE = 8;

/**
 * By how much the server compresses time so that `playbackRate` stays where browsers are at ease.
 * Changing it re-times everything that is buffered.
 */
export function compression(speed: number): number {
  return Math.max(1, Math.ceil(Math.abs(speed) / FASTEST_RATE));
}

/** More of them in a tile than that nobody sees. */
export const MOST_KEYS_PER_SECOND = 32;

/** Of viewing, when keyframes lie so far apart. */
export function keysPerSecond(speed: number, apartMs: number): number {
  return (Math.abs(speed) * 1000) / Math.max(apartMs, 20);
}

/** Keyframes are thinned so that no tile shows more of them than a screen can, or than the machine was found to. */
export function thinning(speed: number, gopMs: number, most = MOST_KEYS_PER_SECOND): 1 | 2 | 4 | 8 | 16 {
  const perSecond = keysPerSecond(speed, gopMs);
  for (const every of [1, 2, 4, 8] as const) {
    if (perSecond / every <= most) return every;
  }
  return 16;
}

/** J and L: reverses, or doubles in the same direction, up to the fastest. */
export function shuttle(current: number, playing: boolean, direction: 1 | -1): number {
  if (!playing || Math.sign(current) !== direction) return direction;
  const faster = SPEEDS.find((s) => s > Math.abs(current));
  return direction * (faster ?? SPEEDS[SPEEDS.length - 1] ?? 1);
}

/** The offered speed next to this one: `<` and `>`. */
export function neighbour(current: number, step: 1 | -1): number {
  const magnitude = Math.abs(current);
  const next = step > 0 ? SPEEDS.find((s) => s > magnitude) : SPEEDS.findLast((s) => s < magnitude);
  return Math.sign(current) * (next ?? magnitude);
}

/** `¼x` reads badly in small type and on a screen reader: `1/4×`, `−8×`. */
export function speedLabel(speed: number): string {
  const magnitude = Math.abs(speed);
  const digits = magnitude === 0.25 ? "1/4" : magnitude === 0.5 ? "1/2" : String(magnitude);
  return `${speed < 0 ? "−" : ""}${digits}×`;
}

export function isOffered(speed: number): boolean {
  return SPEEDS.some((s) => s === Math.abs(speed));
}

/** What lasts so long is to be seen, however fast one plays. */
export const SAFE_FOR_MS = 3000;
/** A picture that is on the screen for less may be passed over by a busy browser. */
const SURELY_PAINTED_MS = 120;

/**
 * The fastest offered speed at which nothing that lasts three seconds is missed by keyframes: at least one that is
 * shown falls into it, and those that do are on the screen long enough together. Undefined where keyframes lie too
 * far apart. `most`: keyframes a second that the machine was found to show.
 */
export function safeSpeed(gopMs: number, most = MOST_KEYS_PER_SECOND): number | undefined {
  return SPEEDS.findLast((speed) => {
    const apart = thinning(speed, gopMs, most) * gopMs;
    const shown = Math.floor(SAFE_FOR_MS / apart);
    return shown >= 1 && (shown * apart) / speed >= SURELY_PAINTED_MS;
  });
}

const CATCH_UP_WITHIN_MS = 15_000;

/**
 * How fast a tile plays that is `gapMs` of footage behind the wall, to be there within a quarter of a minute;
 * undefined when no speed is fast enough, or there is nothing to catch up: it jumps then.
 */
export function catchUpSpeed(gapMs: number, wallSpeed: number): number | undefined {
  if (gapMs <= 0) return undefined;
  return SPEEDS.find((speed) => speed > wallSpeed && gapMs / (speed - wallSpeed) <= CATCH_UP_WITHIN_MS);
}
