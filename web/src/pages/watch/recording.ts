import type { Channel, Timeline } from "@/api/client";
import type { Gap, Recording } from "@/player/face";
import { epochMs, instant, type Range } from "@/time/instant";

/** The timeline as the player sees it, brought up to date by what the channel says of itself. */
export function recordingOf(channel: Channel, timeline: Timeline): Recording {
  const spans: Range[] = timeline.spans.map((span) => ({ from: instant(span.from), to: instant(span.to) }));
  const gaps: Gap[] = timeline.gaps.map((gap) => ({
    from: instant(gap.from),
    to: instant(gap.to),
    cause: gap.cause,
    detail: gap.detail,
  }));
  const live = ["recording", "connecting", "reconnecting"].includes(channel.state);
  grow(channel, spans, gaps);
  const last = spans[spans.length - 1];
  const edge = last ? last.to : epochMs(0);
  const lost = lostOf(channel);
  // A channel that has not run since the server started does not say; its footage will.
  const unknown = channel.codecs === undefined;
  return {
    spans,
    gaps,
    edge,
    live,
    ...(lost ? { lost } : {}),
    hasVideo: channel.hasVideo || unknown,
    hasAudio: channel.hasAudio || unknown,
    gopMs: channel.gopMs ?? 2000,
    frameRate: channel.frameRate ?? 25,
    pixels: (channel.width ?? 1280) * (channel.height ?? 720),
    bitRate: channel.bitRate ?? 2_000_000,
  };
}

/** The last span grows with the news of the channel; the timeline is asked for more rarely. */
function grow(channel: Channel, spans: Range[], gaps: Gap[]): void {
  const last = spans[spans.length - 1];
  if (!last || channel.recordedTo === undefined || channel.state !== "recording") return;
  const newest = instant(channel.recordedTo);
  const unbroken = !gaps.some((gap) => gap.from >= last.to - 1) && instant(channel.stateSince) <= last.to;
  if (newest > last.to && unbroken) last.to = newest;
}

function lostOf(channel: Channel): Recording["lost"] {
  if (channel.state !== "reconnecting" && channel.state !== "failed") return undefined;
  return { since: instant(channel.stateSince), cause: channel.causeKind ?? "", detail: channel.cause ?? "" };
}
