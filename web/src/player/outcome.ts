import type { EpochMs } from "@/time/instant";
import { holding } from "@/time/ranges";
import type { Outcome } from "./deck";
import type { Member } from "./member";

/**
 * What the tiles that follow one clock make of it at this tick: whether it waits, and for which of them no longer (they
 * are `left`). A tile that is heard and has no picture waits for its sound.
 */
export function outcomeOf(members: readonly Member[], clock: { at: EpochMs; playing: boolean; now: number }, soundStarves: (member: Member) => boolean): Outcome {
  const followers = members.filter((member) => member.report && member.recording);
  let waits = false;
  let starving = false;
  let moving = 0;
  const holes: EpochMs[] = [];
  for (const member of followers) {
    const { report, recording } = member;
    if (!report || !recording) continue;
    const alone = followers.length === 1;
    const hungry = report.starving || (!recording.hasVideo && soundStarves(member));
    if (report.hole !== undefined) holes.push(report.hole);
    else if (holding(recording.spans, clock.at)) moving += 1;
    const excused = !alone && (report.face.kind === "lost" || report.face.kind === "late" || report.hole !== undefined);
    const counts = hungry && !excused;
    starving ||= counts;
    const patient = member.patience.waits(counts && clock.playing, clock.now);
    member.left = counts && !alone && !patient;
    waits ||= alone ? hungry : patient;
  }
  const hole = holes.length > 0 && moving === 0 ? { hole: Math.min(...holes) as EpochMs } : {};
  return { waits, starving, ...hole };
}
