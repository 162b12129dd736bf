import { type EpochMs, formatInstant, parseInstant } from "@/time/instant";
import { isOffered } from "@/player/speeds";

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
