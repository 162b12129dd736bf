import type { EpochMs } from "@/time/instant";
import type { Deck, Notice } from "./deck";
import type { Recording } from "./face";
import type { Mode } from "./mode";
import type { Patience } from "./patience";
import type { SoundState } from "./sound";
import type { Tile, TileReport } from "./tile";

/**
 * Which clock a tile follows: the wall's, or one of its own because somebody wanted so (`solo`), because a note is
 * being written about it (`note`), or because it catches up after that.
 */
export type Place = "wall" | "solo" | "note" | "catching-up";

/** What is drawn of one tile, taken at one tick. */
export interface Snapshot {
  at: EpochMs;
  playing: boolean;
  running: boolean;
  speed: number;
  live: boolean;
  behindMs: number;
  /** Out of sight: `report` is of when it was seen last. */
  hidden: boolean;
  scrubbing: boolean;
  place: Place;
  mode: Mode;
  report: TileReport;
  /** `elsewhere`: another tile is heard. */
  sound: SoundState | "elsewhere";
  notice?: Notice;
}

/** Everything a page draws. */
export interface WallSnapshot {
  tiles: ReadonlyMap<string, Snapshot>;
  /** Of the focused tile, whose clock the transport drives. */
  lead: Snapshot | undefined;
  /** Of the tile that is heard. */
  sound: SoundState;
}

/** A tile of the wall, and what the wall knows of it. */
export interface Member {
  readonly id: string;
  readonly channel: string;
  readonly tile: Tile;
  readonly patience: Patience;
  deck: Deck;
  place: Place;
  /** Its clock was stopped for a note, and goes on after it. */
  resumes: boolean;
  hidden: boolean;
  recording: Recording | undefined;
  report: TileReport | undefined;
  left: boolean;
}

export function snapshotOf(member: Member, present: EpochMs, sound: Snapshot["sound"]): Snapshot | undefined {
  const { deck, report, place } = member;
  if (!report) return undefined;
  const { clock, live, scrubbing, notice } = deck;
  const at = clock.instant();
  return {
    at,
    playing: clock.playing,
    running: clock.running,
    speed: clock.speed,
    live,
    behindMs: Math.max(0, present - at),
    hidden: member.hidden,
    scrubbing,
    place,
    mode: report.mode,
    report,
    sound,
    ...(notice ? { notice } : {}),
  };
}
