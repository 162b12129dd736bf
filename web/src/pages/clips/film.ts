import { toApiError } from "@/api/client";
import { instant, formatInstant, type Range } from "@/time/instant";
import type { Film } from "./trim";

export interface Sound {
  samples: Float32Array;
  rate: number;
}

export interface FilmAt extends Film {
  url: string;
}

function urlOf(address: string, window: Range, tracks: "av" | "a"): string {
  const query = new URLSearchParams({ from: formatInstant(window.from), to: formatInstant(window.to), tracks });
  return `${address}/video.mp4?${query.toString()}`;
}

/** What is recorded of a window, as one film; throws ApiError when nothing is. */
export async function findFilm(address: string, window: Range, signal: AbortSignal): Promise<FilmAt> {
  const url = urlOf(address, window, "av");
  const answer = await fetch(url, { headers: { Range: "bytes=0-0" }, signal });
  const from = answer.headers.get("Longtake-From");
  const to = answer.headers.get("Longtake-To");
  if (!answer.ok || !from || !to) throw toApiError(answer.status, await answer.json().catch(() => undefined));
  await answer.arrayBuffer();
  const missing = (answer.headers.get("Longtake-Missing") ?? "").split(",").filter((gap) => gap.includes("/"));
  return {
    url,
    shown: { from: instant(from), to: instant(to) },
    missing: missing.map((gap) => ({ from: instant(gap.split("/")[0] ?? ""), to: instant(gap.split("/")[1] ?? "") })),
  };
}

/** The sound of a window, decoded; nothing when it has none, or none that this browser decodes. */
export async function findSound(address: string, window: Range, signal: AbortSignal): Promise<Sound | undefined> {
  const answer = await fetch(urlOf(address, window, "a"), { signal });
  if (!answer.ok) return undefined;
  // At a low rate: what is drawn has a few hundred points.
  const decoder = new OfflineAudioContext(1, 1, 8000);
  try {
    const decoded = await decoder.decodeAudioData(await answer.arrayBuffer());
    return { samples: decoded.getChannelData(0), rate: decoded.sampleRate };
  } catch {
    return undefined;
  }
}
