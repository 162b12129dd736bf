import type { EpochMs, Range } from "@/time/instant";
import { holding, lastBefore, nextAfter } from "@/time/ranges";
import type { Mode } from "./mode";
import type { StreamState } from "./stream";

/** Recorded time that is missing. `cause` is a word of the API; the player only hands it on. */
export interface Gap extends Range {
  cause: string;
  detail: string;
}

/** What the player must know of a channel's recording. */
export interface Recording {
  spans: readonly Range[];
  gaps: readonly Gap[];
  /** End of the newest picture that can be watched. */
  edge: EpochMs;
  /** More is expected after the edge, now or when the source comes back. */
  live: boolean;
  /** Why nothing comes after the edge, as far as it is known. */
  lost?: { since: EpochMs; cause: string; detail: string };
  hasVideo: boolean;
  hasAudio: boolean;
  gopMs: number;
  frameRate: number;
  pixels: number;
  bitRate: number;
}

/** Media may arrive before the news that it was recorded. */
export function extended(recording: Recording, newest: EpochMs): Recording {
  const last = recording.spans[recording.spans.length - 1];
  const further = newest - recording.edge;
  if (!recording.live || !last || further <= 0 || further > 60_000 || last.to < recording.edge - 1000) return recording;
  return { ...recording, edge: newest, spans: [...recording.spans.slice(0, -1), { ...last, to: newest }] };
}

/** How far it is worth asking: media may be there before the news of it, and a source's clock may run ahead. */
export function askUntil(recording: Recording, present: EpochMs): EpochMs {
  const expecting = recording.live && !recording.lost;
  return expecting && present > recording.edge ? present : recording.edge;
}

const WAITS_BEFORE_EDGE_MS = 500;
const LATE_FROM_MS = 3000;

/** Every state a tile can show; nothing spins for ever. */
export type Face =
  | { kind: "loading" }
  | { kind: "playing" }
  | { kind: "keyframes" }
  | { kind: "paused" }
  /** The picture on the screen has passed; the machine or the network does not keep up. */
  | { kind: "behind"; byMs: number }
  | { kind: "retrying"; message: string }
  | { kind: "gap"; cause: string; detail: string; from: EpochMs; until?: EpochMs }
  | { kind: "not-recorded"; next?: EpochMs; previous?: EpochMs }
  | { kind: "lost"; since: EpochMs; cause: string; detail: string }
  /** It records, and its footage arrives later than that of the others. */
  | { kind: "late"; byMs: number }
  | { kind: "unsupported"; codec: string }
  | { kind: "not-permitted" }
  | { kind: "failed"; message: string };

export interface FaceQuestion {
  at: EpochMs;
  recording: Recording;
  stream: StreamState;
  mode: Mode;
  playing: boolean;
  /** The picture for the instant is on the screen, or coming without a wait. */
  showing: boolean;
  /** The picture on the screen is behind the clock by so much. */
  behindMs?: number | undefined;
}

export function faceOf(q: FaceQuestion): Face {
  switch (q.stream.status) {
    case "unsupported":
      return { kind: "unsupported", codec: q.stream.codec };
    case "failed":
      return { kind: "failed", message: q.stream.message };
    case "refused":
      return q.stream.code === 401 || q.stream.code === 403
        ? { kind: "not-permitted" }
        : { kind: "failed", message: q.stream.message };
    case "retrying":
      if (!q.showing) return { kind: "retrying", message: q.stream.message };
      break;
    case "working":
      break;
  }
  return absence(q) ?? presence(q);
}

function presence(q: FaceQuestion): Face {
  if (q.playing && q.behindMs !== undefined) return { kind: "behind", byMs: q.behindMs };
  if (!q.showing) return { kind: "loading" };
  if (!q.playing) return { kind: "paused" };
  return { kind: q.mode === "key" ? "keyframes" : "playing" };
}

function absence(q: FaceQuestion): Face | undefined {
  const { spans, gaps, edge, lost, live } = q.recording;
  // Whoever plays stops a little before the end, waiting for what follows.
  if (lost && q.at >= edge - (q.playing ? WAITS_BEFORE_EDGE_MS : 0)) return { kind: "lost", ...lost };
  if (holding(spans, q.at)) return undefined;
  if (q.at >= edge && live && spans.length > 0) return q.at - edge > LATE_FROM_MS ? { kind: "late", byMs: q.at - edge } : undefined;
  const next = nextAfter(spans, q.at);
  // What ended the recording goes on until it is said otherwise: the news of it end where they were asked for.
  const gap = holding(gaps, q.at) ?? (q.at >= edge ? gaps.findLast(({ from }) => from >= edge - 1) : undefined);
  if (gap) {
    const face = { kind: "gap" as const, cause: gap.cause, detail: gap.detail, from: gap.from };
    return next ? { ...face, until: next.from } : face;
  }
  const previous = lastBefore(spans, q.at);
  return {
    kind: "not-recorded",
    ...(next ? { next: next.from } : {}),
    ...(previous ? { previous: previous.to } : {}),
  };
}

/** Where playback goes on when nothing is recorded at the instant. */
export interface Jump {
  to: EpochMs;
  gap?: Gap;
}

/** Jumps shorter than this are not worth a word. */
export const SILENT_JUMP_MS = 1000;

export function jumpFrom(at: EpochMs, direction: 1 | -1, recording: Recording): Jump | undefined {
  const { spans, gaps } = recording;
  if (holding(spans, at)) return undefined;
  const gap = holding(gaps, at);
  const known = gap ? { gap } : {};
  if (direction === 1) {
    const next = nextAfter(spans, at);
    return next ? { to: next.from, ...known } : undefined;
  }
  const previous = lastBefore(spans, at);
  if (!previous) return undefined;
  const frame = recording.frameRate > 0 ? 1000 / recording.frameRate : 40;
  return { to: Math.max(previous.from, previous.to - frame) as EpochMs, ...known };
}
