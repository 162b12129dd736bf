import { type EpochMs, formatInstant, parseInstant } from "@/time/instant";
import { isOffered } from "@/player/speeds";
import { type Arrangement, gridFor, isGrid, MOST_CHANNELS } from "./arrangement";

/** What the address says of the player: paste it and the same picture opens. */
export interface WatchAddress {
  /** Absent means live. */
  at?: EpochMs;
  speed: number;
}

type Query = Record<string, unknown>;

export function readAddress(query: Query): WatchAddress {
  const at = typeof query.at === "string" ? parseInstant(query.at) : undefined;
  const asked = typeof query.speed === "string" ? Number(query.speed) : 1;
  const speed = isOffered(asked) ? asked : 1;
  return at === undefined ? { speed: 1 } : { at, speed };
}

export function writeAddress(address: WatchAddress): Record<string, string> {
  if (address.at === undefined) return {};
  const query: Record<string, string> = { at: formatInstant(address.at) };
  if (address.speed !== 1) query.speed = String(address.speed);
  return query;
}

/** Nothing when the address names no channels: the wall then opens with what may be seen. */
export function readArrangement(query: Query): Arrangement | undefined {
  if (typeof query.channels !== "string") return undefined;
  const channels = [...new Set(query.channels.split(",").filter(Boolean))].slice(0, MOST_CHANNELS);
  if (channels.length === 0) return undefined;
  const asked = Number(query.grid);
  const has = (id: unknown): id is string => typeof id === "string" && channels.includes(id);
  return {
    channels,
    grid: isGrid(asked) ? asked : gridFor(channels.length),
    ...(has(query.focus) ? { focus: query.focus } : {}),
    ...(has(query.sound) ? { sound: query.sound } : {}),
  };
}

export function writeArrangement(arrangement: Arrangement): Record<string, string> {
  const { channels, grid, focus, sound } = arrangement;
  if (channels.length === 0) return {};
  return {
    channels: channels.join(","),
    ...(grid === gridFor(channels.length) ? {} : { grid: String(grid) }),
    ...(focus === undefined || focus === channels[0] ? {} : { focus }),
    ...(sound === undefined ? {} : { sound }),
  };
}
