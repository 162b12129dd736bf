import { type EpochMs, epochMs, formatInstant, instant, type Range } from "@/time/instant";
import { box, join, u32, u64 } from "./boxes";

/** One second of footage: a keyframe and the frames after it, 25 a second. */
const GOP_MS = 1000;
const FRAME_MS = 40;
const TICKS = 90;

/** Answers `media.mp4` for made-up footage, as the contract says. Times are multiples of a second. */
export class FakeServer {
  spans: Range[];
  edge: EpochMs;
  contentType = 'video/mp4; codecs="avc1.64001f"';
  /** Codec configuration from an instant on. */
  configuration: (at: EpochMs) => string = () => "a";
  /** When set, every request fails so. */
  failure: "network" | number | undefined;
  readonly requests: URLSearchParams[] = [];

  constructor(spans: Range[]) {
    this.spans = spans;
    this.edge = spans[spans.length - 1]?.to ?? epochMs(0);
  }

  readonly fetch = (url: string, init: { signal: AbortSignal }): Promise<Response> => {
    if (init.signal.aborted) return Promise.reject(init.signal.reason);
    if (this.failure === "network") return Promise.reject(new TypeError("Failed to fetch"));
    if (this.failure !== undefined) return Promise.resolve(new Response("{}", { status: this.failure }));
    const query = new URLSearchParams(url.slice(url.indexOf("?") + 1));
    this.requests.push(query);
    return Promise.resolve(this.answer(query));
  };

  private answer(query: URLSearchParams): Response {
    const from = instant(query.get("from") ?? "");
    const to = instant(query.get("to") ?? "");
    const base = instant(query.get("base") ?? "");
    const speed = Number(query.get("speed") ?? 1);
    const every = Number(query.get("every") ?? 1);
    const keyframes = query.get("frames") === "key";
    const parts: Uint8Array[] = [];
    let configuration: string | undefined;
    let covered = epochMs(Math.min(to, Math.max(this.edge, from)));
    const stepMs = keyframes ? GOP_MS * every : GOP_MS;
    const end = Math.min(to, this.edge);
    for (let at = Math.floor(from / stepMs) * stepMs; at < end; at += stepMs) {
      if (!this.spans.some((span) => span.from <= at && at < span.to)) continue;
      const here = this.configuration(epochMs(at));
      configuration ??= here;
      if (here !== configuration) {
        covered = epochMs(at);
        break;
      }
      const ticks = Math.round(((at - base) * TICKS) / speed);
      const frameMs = keyframes ? stepMs : FRAME_MS;
      parts.push(fragment(ticks, stepMs / frameMs, Math.round((frameMs * TICKS) / speed)));
    }
    if (configuration === undefined) {
      return new Response(new Uint8Array(), { headers: { "Longtake-Covered-To": formatInstant(covered) } });
    }
    if (query.get("init") === "1") parts.unshift(initSection(configuration));
    const headers = {
      "Content-Type": this.contentType,
      "Longtake-Covered-To": formatInstant(covered),
      "Longtake-Init": configuration,
    };
    return new Response(join(...parts), { headers });
  }
}

function initSection(name: string): Uint8Array<ArrayBuffer> {
  const tkhd = box("tkhd", u32(7, 0, 0, 1, 0));
  const mdhd = box("mdhd", u32(0, 0, 0, TICKS * 1000, 0));
  return join(box("ftyp", new TextEncoder().encode(name.padEnd(4).slice(0, 4))), box("moov", box("trak", tkhd, box("mdia", mdhd))));
}

function fragment(start: number, count: number, duration: number): Uint8Array<ArrayBuffer> {
  const traf = box("traf", box("tfhd", u32(0x020008, 1, duration)), box("tfdt", u32(0x01000000), u64(BigInt(start))), box("trun", u32(0, count)));
  return join(box("moof", traf), box("mdat", new Uint8Array(8)));
}
