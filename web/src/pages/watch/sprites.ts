import { type EpochMs, epochMs, formatInstant, type Range } from "@/time/instant";
import { holding } from "@/time/ranges";
import type { FetchQueue } from "@/player/fetch-queue";

/** A picture out of a sheet. */
export interface SpriteCell {
  sheet: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface SpriteWindow extends Range {
  stepMs: number;
}

interface Cue extends Range {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Sheet {
  url: string;
  cues: Cue[];
}

const STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600];
const CELLS = 60;
/** Windows at the live edge grow by so many cells at a time. */
const GROWTH = 6;
const CELL_WIDTH = 192;
const SHEETS_KEPT = 16;
const PATIENCE_MS = 600;

/** Aligned windows, so that the same sheet serves every pointer position and every viewer. */
export function spriteWindow(at: EpochMs, viewMs: number, edge: EpochMs): SpriteWindow | undefined {
  const wanted = viewMs / 1000 / 150;
  const stepMs = (STEPS_S.find((s) => s >= wanted) ?? 21_600) * 1000;
  const length = stepMs * CELLS;
  const from = Math.floor(at / length) * length;
  const whole = from + length;
  const growth = stepMs * GROWTH;
  const to = whole <= edge ? whole : from + Math.floor((edge - from) / growth) * growth;
  if (to <= from || at >= to) return undefined;
  return { from: epochMs(from), to: epochMs(to), stepMs };
}

const CUE = /^((?:\d+:)?\d{2}:\d{2}\.\d{3})\s+-->\s+((?:\d+:)?\d{2}:\d{2}\.\d{3})/;
const XYWH = /#xywh=(\d+),(\d+),(\d+),(\d+)/;

/** Cue times are offsets from the window's beginning. */
export function parseSpriteMap(vtt: string, from: EpochMs): Cue[] {
  const cues: Cue[] = [];
  const lines = vtt.split(/\r?\n/);
  for (let i = 0; i + 1 < lines.length; i += 1) {
    const times = CUE.exec(lines[i] ?? "");
    const place = XYWH.exec(lines[i + 1] ?? "");
    if (!times?.[1] || !times[2] || !place) continue;
    const [x = 0, y = 0, width = 0, height = 0] = place.slice(1).map(Number);
    cues.push({ from: epochMs(from + offset(times[1])), to: epochMs(from + offset(times[2])), x, y, width, height });
  }
  return cues;
}

function offset(text: string): number {
  return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) * 1000;
}

/** Sheets of one channel, asked for when a pointer comes by. */
export class SpriteCache {
  private readonly sheets = new Map<string, Sheet | "coming" | "none">();
  private readonly abort = new AbortController();

  constructor(
    private readonly channel: string,
    private readonly queue: FetchQueue,
    private readonly onArrival: () => void,
  ) {}

  /** The picture for the instant if it is here; asks for it if it is not. */
  cell(at: EpochMs, viewMs: number, edge: EpochMs): SpriteCell | undefined {
    const window = spriteWindow(at, viewMs, edge);
    if (!window) return undefined;
    const key = `${window.from}-${window.to}-${window.stepMs}`;
    const sheet = this.sheets.get(key);
    if (sheet === undefined) void this.load(key, window);
    if (sheet === undefined || typeof sheet === "string") return undefined;
    const cue = holding(sheet.cues, at);
    return cue ? { sheet: sheet.url, x: cue.x, y: cue.y, width: cue.width, height: cue.height } : undefined;
  }

  close(): void {
    this.abort.abort();
    for (const sheet of this.sheets.values()) if (typeof sheet === "object") URL.revokeObjectURL(sheet.url);
    this.sheets.clear();
  }

  private async load(key: string, window: SpriteWindow): Promise<void> {
    this.sheets.set(key, "coming");
    const query = new URLSearchParams({
      from: formatInstant(window.from),
      to: formatInstant(window.to),
      step: String(window.stepMs),
      width: String(CELL_WIDTH),
    }).toString();
    const deadline = performance.now() + PATIENCE_MS;
    const signal = this.abort.signal;
    try {
      const [map, picture] = await Promise.all([
        this.queue.run({ url: `${this.channel}/sprite.vtt?${query}`, deadline, signal }),
        this.queue.run({ url: `${this.channel}/sprite.jpg?${query}`, deadline, signal }),
      ]);
      if (map.status !== 200 || picture.status !== 200) {
        this.sheets.set(key, "none");
        return;
      }
      const cues = parseSpriteMap(new TextDecoder().decode(map.body), window.from);
      const url = URL.createObjectURL(new Blob([picture.body], { type: "image/jpeg" }));
      this.sheets.set(key, { url, cues });
      this.forgetOldest();
      this.onArrival();
    } catch {
      // Asked again when the pointer comes by the next time.
      this.sheets.delete(key);
    }
  }

  private forgetOldest(): void {
    for (const [key, sheet] of this.sheets) {
      if (this.sheets.size <= SHEETS_KEPT) return;
      if (typeof sheet === "object") URL.revokeObjectURL(sheet.url);
      if (sheet !== "coming") this.sheets.delete(key);
    }
  }
}
