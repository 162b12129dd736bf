import type { Clip } from "@/api/clips";
import { formatDateTime, formatSpan } from "@/time/format";
import { instant } from "@/time/instant";

export function nameOf(clip: Clip, locale: string): string {
  return clip.title || `${clip.channel}, ${formatDateTime(instant(clip.from), locale)}`;
}

/** When it is from, and how long it is. */
export function timesOf(clip: Clip, locale: string): string {
  const from = instant(clip.shownFrom ?? clip.from);
  return `${formatDateTime(from, locale)} · ${formatSpan(instant(clip.shownTo ?? clip.to) - from, locale)}`;
}

/** Milliseconds of the range that are not in the film. */
export function missingOf(clip: Clip): number {
  return (clip.missing ?? []).reduce((sum, gap) => sum + instant(gap.to) - instant(gap.from), 0);
}
