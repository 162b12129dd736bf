import { epochMs, formatInstant, type Range } from "@/time/instant";

/** Windows are asked for whole, so that a playing clock does not ask every second. */
const WINDOW_MS = 3_600_000;
const PAGE = 200;
const MOST = 1000;
/** After a failure. */
export const TRY_AGAIN_MS = 3000;

/** The hours that hold the range, and one before it: what is just out of sight is often looked at next. */
export function windowOf(range: Range): Range {
  const from = Math.floor(range.from / WINDOW_MS) * WINDOW_MS - WINDOW_MS;
  return { from: epochMs(from), to: epochMs((Math.floor(range.to / WINDOW_MS) + 1) * WINDOW_MS) };
}

export type NearQuery = { from: string; to: string; limit: number; channelId?: string; cursor?: string };

export type Near<T> = {
  readonly channelIds: readonly string[];
  readonly window: Range;
  readonly page: (query: NearQuery) => Promise<{ items: readonly T[]; next?: string | null }>;
  /** Nobody waits for the rest once it says no. */
  readonly wanted: () => boolean;
};

/** Of one channel what it has; of several what the organization has, without the others'. Ends with the page that makes them MOST. */
export async function findNear<T extends { channelId: string }>({ channelIds, window, page, wanted }: Near<T>): Promise<T[]> {
  const [only] = channelIds;
  if (only === undefined) return [];
  const query = { from: formatInstant(window.from), to: formatInstant(window.to), limit: PAGE, ...(channelIds.length === 1 ? { channelId: only } : {}) };
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await page({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...items.filter(({ channelId }) => channelIds.includes(channelId)));
    cursor = next ?? undefined;
  } while (cursor !== undefined && found.length < MOST && wanted());
  return found;
}
