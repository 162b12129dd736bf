import { type Moment, type MomentContext, parseMoment } from "@/time/moment";

export interface NamedChannel {
  id: string;
  name: string;
}

/** What somebody typed into the one box: a moment, a channel, or both. */
export type AnyMoment =
  | {
      status: "ready";
      /** The best first; empty when no channel was named. */
      channels: readonly NamedChannel[];
      /** Nothing when only a channel was named. */
      moment: Exclude<Moment, { status: "refused" }> | undefined;
    }
  | { status: "refused"; reason: "not-understood" | "no-such-time" };

/** Words that stand for "channel" and may be left out. */
const CHANNEL_WORDS = ["channel", "court", "canal", "pista", "cancha", "канал", "корт"];
const MOST_CHANNELS = 8;

/**
 * Understands `channel 7 06:12`, `city news yesterday 18:40`, `18:40 news`, `7 live`, `канал 7 вчера 18:40`, and
 * what `parseMoment` does. A name may be short: all words must begin words of the channel's name.
 */
export function parseAnyMoment(text: string, channels: readonly NamedChannel[], context: MomentContext): AnyMoment {
  const whole = parseMoment(text, context);
  if (whole.status !== "refused") return { status: "ready", channels: [], moment: whole };
  const words = text.trim().split(/\s+/).filter(Boolean);
  let refused = whole.reason;
  for (let cut = words.length - 1; cut > 0; cut -= 1) {
    for (const [name, time] of [[words.slice(0, cut), words.slice(cut)], [words.slice(cut), words.slice(0, cut)]] as const) {
      const found = findChannels(name, channels);
      if (found.length === 0) continue;
      const moment = parseMoment(time.join(" "), context);
      if (moment.status !== "refused") return longest({ status: "ready", channels: found, moment }, words, cut, channels, context);
      if (moment.reason === "no-such-time") refused = moment.reason;
    }
  }
  const named = findChannels(words, channels);
  return named.length > 0 ? { status: "ready", channels: named, moment: undefined } : { status: "refused", reason: refused };
}

/** `news yesterday 18:40` is a day and a time, though `news yesterday` might be a channel: more words of time win. */
function longest(best: AnyMoment, words: readonly string[], from: number, channels: readonly NamedChannel[], context: MomentContext): AnyMoment {
  for (let cut = 1; cut < from; cut += 1) {
    const found = findChannels(words.slice(0, cut), channels);
    const moment = parseMoment(words.slice(cut).join(" "), context);
    if (found.length > 0 && moment.status !== "refused") return { status: "ready", channels: found, moment };
  }
  return best;
}

function findChannels(typed: readonly string[], channels: readonly NamedChannel[]): NamedChannel[] {
  const asked = plain(typed.join(" "));
  if (asked === "") return [];
  const words = asked.split(" ").filter((word) => !CHANNEL_WORDS.includes(word));
  if (words.length === 0) return channels.filter(({ name }) => plain(name) === asked);
  const scored = channels.flatMap((channel) => {
    const score = scoreOf(plain(channel.name), asked, words);
    return score > 0 ? [{ channel, score }] : [];
  });
  scored.sort((a, b) => b.score - a.score || a.channel.name.localeCompare(b.channel.name, undefined, { numeric: true }));
  return scored.slice(0, MOST_CHANNELS).map(({ channel }) => channel);
}

/** 0: another channel. A number is a whole word: `channel 1` is not `Channel 12`. */
function scoreOf(name: string, asked: string, words: readonly string[]): number {
  if (name === asked) return 4;
  const parts = name.split(" ");
  const fits = words.every((word) => parts.some((part) => (/^\d+$/.test(word) ? part === word : part.startsWith(word))));
  if (!fits) return 0;
  const own = parts.filter((part) => !CHANNEL_WORDS.includes(part));
  if (own.join(" ") === words.join(" ")) return 3;
  return name.startsWith(asked) || own.join(" ").startsWith(words.join(" ")) ? 2 : 1;
}

/** Without case, accents and punctuation; `City-News HD!` is `city news hd`. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
