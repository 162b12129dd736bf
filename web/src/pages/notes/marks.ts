import type { Note } from "@/api/notes";
import { type EpochMs, instant } from "@/time/instant";

export interface NoteMark {
  at: EpochMs;
  x: number;
  notes: Note[];
}

/** Where notes stand on a timeline: those that would cover each other are one mark. Notes come oldest first. */
export function marksOf(notes: readonly Note[], toX: (at: EpochMs) => number, width: number, apart = 12): NoteMark[] {
  const marks: NoteMark[] = [];
  for (const note of notes) {
    const at = instant(note.at);
    const x = toX(at);
    if (x < 0 || x > width) continue;
    const last = marks.at(-1);
    if (last && x - last.x < apart) last.notes.push(note);
    else marks.push({ at, x, notes: [note] });
  }
  return marks;
}

/** The note that is nearest to the instant. */
export function nearest(notes: readonly Note[], at: EpochMs | undefined): Note | undefined {
  if (at === undefined) return undefined;
  let best: Note | undefined;
  let distance = Infinity;
  for (const note of notes) {
    const away = Math.abs(instant(note.at) - at);
    if (away < distance) [best, distance] = [note, away];
  }
  return best;
}
