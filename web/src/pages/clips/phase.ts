import type { Clip } from "@/api/clips";
import { type EpochMs, instant } from "@/time/instant";

/** How it stands with a clip, more finely than its state. */
export type Phase =
  | { name: "ahead"; until: EpochMs }
  | { name: "late" | "edges" }
  | { name: "cutting"; percent: number }
  | { name: "queued" | "ready" | "failed" | "cancelled" };

/** Whether the recording has come is looked at once a second; a busy server is a little later. */
const LOOKS_MS = 5000;

export function phaseOf(clip: Clip, now: EpochMs): Phase {
  if (clip.state === "cutting") {
    const percent = clip.progress ?? 0;
    return percent === 0 && clip.edges === "encode" ? { name: "edges" } : { name: "cutting", percent };
  }
  const until = clip.state === "queued" && clip.notBefore !== undefined ? instant(clip.notBefore) : undefined;
  if (until === undefined || until < now - LOOKS_MS) return { name: clip.state };
  // Its end is ahead, or on its way from the source.
  return until > now && until <= instant(clip.to) ? { name: "ahead", until } : { name: "late" };
}
