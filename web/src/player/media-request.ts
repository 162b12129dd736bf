import { type EpochMs, formatInstant, parseInstant } from "@/time/instant";
import type { MediaAnswer } from "./fetch-queue";
import type { Mode } from "./mode";
import type { Timebase } from "./timebase";

export type TrackKind = "v" | "a";

export interface MediaRequest {
  from: EpochMs;
  to: EpochMs;
  timebase: Timebase;
  tracks: TrackKind;
  mode: Mode;
  every: number;
  init: boolean;
}

/** `channel` is the address of the channel resource, `/api/v1/channels/7`. */
export function mediaUrl(channel: string, request: MediaRequest): string {
  const query = new URLSearchParams({
    from: formatInstant(request.from),
    to: formatInstant(request.to),
    base: formatInstant(request.timebase.base),
    tracks: request.tracks,
  });
  if (request.mode === "key") {
    query.set("frames", "key");
    if (request.every > 1) query.set("every", String(request.every));
  }
  if (request.timebase.compression > 1) query.set("speed", String(request.timebase.compression));
  query.set("init", request.init ? "1" : "0");
  return `${channel}/media.mp4?${query.toString()}`;
}

/** A still picture, for what the media element cannot show. */
export function frameUrl(channel: string, at: EpochMs, format: "jpg" | "png", width?: number): string {
  const query = new URLSearchParams({ at: formatInstant(at) });
  if (width !== undefined) query.set("width", String(Math.round(width)));
  return `${channel}/frame.${format}?${query.toString()}`;
}

export type MediaReply =
  | {
      status: "media";
      coveredTo: EpochMs;
      /** Absent when nothing is recorded in the range. */
      initId?: string;
      contentType: string;
      body: ArrayBuffer;
    }
  | { status: "refused"; code: number; message: string };

export function readReply(answer: MediaAnswer, asked: { to: EpochMs }): MediaReply {
  if (answer.status !== 200) {
    return { status: "refused", code: answer.status, message: problemDetail(answer) };
  }
  const coveredTo = parseInstant(answer.headers.get("Longtake-Covered-To") ?? "") ?? asked.to;
  const initId = answer.headers.get("Longtake-Init") ?? undefined;
  const contentType = answer.headers.get("Content-Type") ?? "video/mp4";
  const reply = { status: "media" as const, coveredTo, contentType, body: answer.body };
  return initId !== undefined && answer.body.byteLength > 0 ? { ...reply, initId } : reply;
}

function problemDetail(answer: MediaAnswer): string {
  try {
    const problem: unknown = JSON.parse(new TextDecoder().decode(answer.body));
    if (typeof problem === "object" && problem !== null) {
      if ("detail" in problem && typeof problem.detail === "string") return problem.detail;
      if ("title" in problem && typeof problem.title === "string") return problem.title;
    }
  } catch {
    // Not JSON: a proxy answered. The status says enough.
  }
  return `HTTP ${answer.status}`;
}

const CODEC_NAMES: readonly [RegExp, string][] = [
  [/^(hvc1|hev1)/, "HEVC (H.265)"],
  [/^av01/, "AV1"],
  [/^avc[13]/, "H.264"],
  [/^vp0?9/, "VP9"],
  [/^(ac-3|mp4a\.a5)/i, "AC-3"],
  [/^(ec-3|mp4a\.a6)/i, "E-AC-3"],
  [/^mp4a\.(69|6b|40\.34)/i, "MP3"],
  [/^mp4a/, "AAC"],
  [/^opus/i, "Opus"],
];

/** `video/mp4; codecs="hvc1.1.6.L93.B0"` -> `HEVC (H.265)`. */
export function codecNames(contentTypeOrCodecs: string): string {
  const quoted = /codecs="?([^"]+)"?/.exec(contentTypeOrCodecs);
  return (quoted?.[1] ?? contentTypeOrCodecs)
    .split(",")
    .map((codec) => codec.trim())
    .filter(Boolean)
    .map((codec) => CODEC_NAMES.find(([pattern]) => pattern.test(codec))?.[1] ?? codec)
    .join(", ");
}
