import type { Clip } from "@/api/clips";
import { type EpochMs, instant, type Range } from "@/time/instant";

/** A clip where it lies on a timeline. */
export interface ClipMark extends Range {
  clip: Clip;
}

/** What a clip shows, or is to show; those that nobody gets are none. */
export function markOf(clip: Clip): ClipMark | undefined {
  if (clip.state === "failed" || clip.state === "cancelled") return undefined;
  return { from: instant(clip.shownFrom ?? clip.from), to: instant(clip.shownTo ?? clip.to), clip };
}

/** Each channel's, oldest first. */
export function marksByChannel(clips: Iterable<Clip>): Map<string, ClipMark[]> {
  const marks = new Map<string, ClipMark[]>();
  for (const clip of clips) {
    const mark = markOf(clip);
    if (mark) marks.set(clip.channelId, [...(marks.get(clip.channelId) ?? []), mark]);
  }
  for (const list of marks.values()) list.sort((a, b) => a.from - b.from || a.to - b.to);
  return marks;
}

/** Those at an instant, or within `around` of it: a short clip is a hair on a day. */
export function marksAt(marks: readonly ClipMark[], at: EpochMs, around: number): ClipMark[] {
  return marks.filter((mark) => at >= mark.from - around && at < mark.to + around);
}
