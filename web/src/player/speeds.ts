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
