import { type EpochMs, epochMs, parseInstant } from "./instant";

/** What a person typed into "go to time", understood. */
export type Moment =
  | { status: "ready"; at: EpochMs; again?: EpochMs }
  | { status: "live" }
  | { status: "refused"; reason: "not-understood" | "no-such-time" };

export interface MomentContext {
  now: EpochMs;
  /** What is being watched: a time without a date means that day. */
  near: EpochMs;
}

const TODAY = ["today", "hoy", "сегодня"];
const YESTERDAY = ["yesterday", "ayer", "вчера"];
const LIVE = ["live", "now", "directo", "ahora", "эфир", "сейчас"];
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?$/;
const OFFSET = /^([+-])\s*(?:(\d+)\s*(?:h|ч))?\s*(?:(\d+)\s*(?:m|min|м|мин))?\s*(?:(\d+)\s*(?:s|с|сек))?$/i;
const ISO_DAY = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const LOCAL_DAY = /^(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d{2}))?$/;

interface Day {
  year: number;
  month: number;
  day: number;
}

interface TimeOfDay {
  hours: number;
  minutes: number;
  seconds: number;
  millis: number;
}

/**
 * Understands `06:12`, `06:12:03.04`, `yesterday 18:40`, `20.11 06:12`, `2026-11-20 06:12`, `-5m`,
 * `live` and RFC 3339. Days are day-first, as `20/11`. Local time is the browser's.
 */
export function parseMoment(text: string, context: MomentContext): Moment {
  const words = text.trim().toLowerCase().replace(/\s+/g, " ");
  if (LIVE.includes(words)) return { status: "live" };
  const exact = parseInstant(text);
  if (exact !== undefined) return { status: "ready", at: exact };
  const offset = parseOffset(words);
  if (offset !== undefined) return { status: "ready", at: epochMs(context.near + offset) };

  const parts = words.replace(/t(?=\d)/, " ").replace(",", " ").split(" ").filter(Boolean);
  const time = parts.length > 0 ? parseClock(parts[parts.length - 1] ?? "") : undefined;
  const dayWords = time ? parts.slice(0, -1) : parts;
  if (dayWords.length > 1) return { status: "refused", reason: "not-understood" };
  const named = dayWords.length === 1;
  const day = named ? parseDay(dayWords[0] ?? "", context) : dayOf(context.near);
  if (!day || (!time && !named)) return { status: "refused", reason: "not-understood" };

  const moment = localMoment(day, time ?? { hours: 0, minutes: 0, seconds: 0, millis: 0 });
  if (named || moment.status !== "ready" || moment.at <= context.now) return moment;
  return localMoment(dayBefore(day), time ?? { hours: 0, minutes: 0, seconds: 0, millis: 0 });
}

function parseOffset(words: string): number | undefined {
  const match = OFFSET.exec(words);
  if (!match || (!match[2] && !match[3] && !match[4])) return undefined;
  const ms = (Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0)) * 1000;
  return match[1] === "-" ? -ms : ms;
}

function parseClock(word: string): TimeOfDay | undefined {
  const match = CLOCK.exec(word);
  if (!match) return undefined;
  const hours = Number(match[1]);
  const minutes = Number(match[2]);
  const seconds = Number(match[3] ?? 0);
  const millis = Number((match[4] ?? "").padEnd(6, "0")) / 1000;
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return { hours, minutes, seconds, millis };
}

function parseDay(word: string, context: MomentContext): Day | undefined {
  if (TODAY.includes(word)) return dayOf(context.now);
  if (YESTERDAY.includes(word)) return dayBefore(dayOf(context.now));
  const iso = ISO_DAY.exec(word);
  if (iso) return realDay({ year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) });
  const local = LOCAL_DAY.exec(word);
  if (!local) return undefined;
  const today = dayOf(context.now);
  const written = local[3];
  const year = written === undefined ? today.year : Number(written) + (written.length === 2 ? 2000 : 0);
  const day = realDay({ year, month: Number(local[2]), day: Number(local[1]) });
  if (!day || written !== undefined) return day;
  const inFuture = day.month > today.month || (day.month === today.month && day.day > today.day);
  return inFuture ? realDay({ ...day, year: year - 1 }) : day;
}

function realDay(day: Day): Day | undefined {
  const d = new Date(Date.UTC(day.year, day.month - 1, day.day));
  return d.getUTCMonth() === day.month - 1 && d.getUTCDate() === day.day ? day : undefined;
}

function dayOf(at: EpochMs): Day {
  const d = new Date(at);
  return { year: d.getFullYear(), month: d.getMonth() + 1, day: d.getDate() };
}

function dayBefore(day: Day): Day {
  const d = new Date(day.year, day.month - 1, day.day - 1, 12);
  return { year: d.getFullYear(), month: d.getMonth() + 1, day: d.getDate() };
}

/** The hour that spring skips is refused; of the hour that autumn repeats, `again` is the second. */
function localMoment(day: Day, time: TimeOfDay): Moment {
  const d = new Date(day.year, day.month - 1, day.day, time.hours, time.minutes, time.seconds);
  if (d.getHours() !== time.hours || d.getMinutes() !== time.minutes) {
    return { status: "refused", reason: "no-such-time" };
  }
  const at = epochMs(d.getTime() + time.millis);
  const later = new Date(d.getTime() + 3_600_000);
  const repeated = later.getHours() === time.hours && later.getMinutes() === time.minutes;
  return repeated ? { status: "ready", at, again: epochMs(at + 3_600_000) } : { status: "ready", at };
}
