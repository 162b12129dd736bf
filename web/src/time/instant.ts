/**
 * Milliseconds since 1970 UTC. A fraction carries microseconds: at today's magnitude a double still
 * resolves a quarter of one, so `parseInstant` and `formatInstant` are exact inverses.
 */
export type EpochMs = number & { readonly unit: "epoch-ms" };

export function epochMs(value: number): EpochMs {
  return value as EpochMs;
}

/** Half-open: the first instant belongs to it, the last does not. */
export interface Range {
  from: EpochMs;
  to: EpochMs;
}

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 instant without losing microseconds, which `Date` would. */
export function parseInstant(text: string): EpochMs | undefined {
  const match = RFC3339.exec(text.trim());
  if (!match) return undefined;
  const [, date, time, fraction = "", zone = "Z"] = match;
  const seconds = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(seconds)) return undefined;
  const micros = Number(fraction.padEnd(6, "0").slice(0, 6));
  return epochMs((seconds * 1000 + micros) / 1000);
}

/** For instants that the server wrote: one it cannot have written is a bug, said loudly. */
export function instant(text: string): EpochMs {
  const parsed = parseInstant(text);
  if (parsed === undefined) throw new Error(`not an RFC 3339 instant: ${text}`);
  return parsed;
}

/** Microsecond precision in UTC, without trailing zeros beyond milliseconds. */
export function formatInstant(at: EpochMs): string {
  const micros = Math.round(at * 1000);
  const seconds = Math.floor(micros / 1e6);
  const rest = micros - seconds * 1e6;
  const head = new Date(seconds * 1000).toISOString().slice(0, 19);
  const six = String(rest).padStart(6, "0");
  return `${head}.${six.endsWith("000") ? six.slice(0, 3) : six}Z`;
}

export function shift(at: EpochMs, byMs: number): EpochMs {
  return epochMs(at + byMs);
}

/** Midnight where the page is looked at, as everything on it is. */
export function startOfDay(at: EpochMs): EpochMs {
  return epochMs(new Date(at).setHours(0, 0, 0, 0));
}

export function clamp(at: EpochMs, range: Range): EpochMs {
  return epochMs(Math.min(Math.max(at, range.from), range.to));
}
