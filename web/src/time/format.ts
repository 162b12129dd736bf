import type { EpochMs } from "./instant";

/** Making a formatter takes a hundred times as long as using it, and a wall writes some forty times at every drawing. */
const formatters = new Map<string, Intl.DateTimeFormat>();
/** A machine may be taken to another time zone while a page is open. */
const FORMATTERS_LAST_MS = 60_000;
let formattersSince = 0;

function formatter(kind: string, locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const now = Date.now();
  if (Math.abs(now - formattersSince) > FORMATTERS_LAST_MS) {
    formatters.clear();
    formattersSince = now;
  }
  const key = `${locale} ${kind}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formatters.set(key, made);
  return made;
}

/** Local time of day, always with 24 hours: an archive has no room for a forgotten "pm". */
export function formatTime(at: EpochMs, locale: string, precision: "minutes" | "seconds" | "millis" = "seconds"): string {
  return formatter(precision, locale, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(precision === "minutes" ? {} : { second: "2-digit" }),
    ...(precision === "millis" ? { fractionalSecondDigits: 3 as const } : {}),
  })
    .format(at)
    .replace(/,(\d{3})$/, ".$1");
}

export function formatDate(at: EpochMs, locale: string): string {
  return formatter("date", locale, { day: "numeric", month: "short", year: "numeric" }).format(at);
}

export function formatDay(at: EpochMs, locale: string): string {
  return formatter("day", locale, { weekday: "short", day: "numeric", month: "short" }).format(at);
}

export function formatDateTime(at: EpochMs, locale: string, precision: "minutes" | "seconds" | "millis" = "seconds"): string {
  return `${formatDate(at, locale)}, ${formatTime(at, locale, precision)}`;
}

const DAY_SIGNS: Record<string, string> = { ru: "д" };

/** `0:08`, `12:05`, `1:02:05`, `3 d 04:12:10`; the days alone have a language. */
export function formatSpan(ms: number, locale: string): string {
  const total = Math.max(0, Math.round(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const days = Math.floor(total / 86400);
  const hours = Math.floor(total / 3600) % 24;
  const minutes = Math.floor(total / 60) % 60;
  const seconds = total % 60;
  // Never broken between lines.
  if (days > 0) return `${days}\u00a0${DAY_SIGNS[locale] ?? "d"}\u00a0${two(hours)}:${two(minutes)}:${two(seconds)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds)}`;
  return `${minutes}:${two(seconds)}`;
}

export function formatBytes(bytes: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[unit] ?? "byte",
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}

/** What Intl has no units for. */
const INTERNATIONAL = { megabits: "Mbit/s", kilobits: "kbit/s", frames: "fps", kilohertz: "kHz", channels: "ch" };
const UNITS: Record<string, typeof INTERNATIONAL> = {
  es: { ...INTERNATIONAL, channels: "can." },
  ru: { megabits: "Мбит/с", kilobits: "кбит/с", frames: "кадр/с", kilohertz: "кГц", channels: "кан." },
};

function formatUnit(value: number, unit: keyof typeof INTERNATIONAL, locale: string, digits: number): string {
  return `${formatNumber(value, locale, digits)} ${(UNITS[locale] ?? INTERNATIONAL)[unit]}`;
}

export function formatBitRate(bitsPerSecond: number, locale: string): string {
  const mega = bitsPerSecond >= 1e6;
  const value = bitsPerSecond / (mega ? 1e6 : 1e3);
  return formatUnit(value, mega ? "megabits" : "kilobits", locale, mega && value < 10 ? 1 : 0);
}

export function formatFrameRate(framesPerSecond: number, locale: string): string {
  return formatUnit(framesPerSecond, "frames", locale, 2);
}

export function formatSampleRate(hertz: number, locale: string): string {
  return formatUnit(hertz / 1000, "kilohertz", locale, 2);
}

/** Of sound: 2 are stereo. */
export function formatChannels(channels: number, locale: string): string {
  return formatUnit(channels, "channels", locale, 0);
}

export function formatNumber(value: number, locale: string, digits = 2): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
}

/** For file names: local time, sorts by itself, no characters a file system refuses. */
export function fileStamp(at: EpochMs): string {
  const d = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  const date = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  const time = `${two(d.getHours())}-${two(d.getMinutes())}-${two(d.getSeconds())}`;
  const millis = String(Math.floor(((at % 1000) + 1000) % 1000)).padStart(3, "0");
  return `${date}_${time}.${millis}`;
}

/** Keeps letters of any script; what a file system or a header may refuse becomes `-`. */
export function fileName(channel: string, stamp: string, extension: string): string {
  const safe = channel
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}._ -]+/gu, "-")
    .replace(/^[.\s-]+|[.\s-]+$/g, "")
    .slice(0, 80);
  return `${safe || "channel"}_${stamp}.${extension}`;
}
