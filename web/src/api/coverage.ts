import type { QueryClient } from "@tanstack/vue-query";
import { epochMs, type EpochMs, formatInstant, instant, type Range } from "@/time/instant";
import { client, unwrap } from "./client";
import type { Schemas } from "./client";

export type CoverageReport = Schemas["CoverageReport"];

/** Footage that a person has reviewed. */
export interface Reviewed extends Range {
  userId: string;
  name: string;
}

export type Total = Schemas["CoverageTotals"]["items"][number];

export interface Position {
  channelId: string;
  at: EpochMs;
  shownAt: EpochMs;
}

/** Who has reviewed what. */
export const coverage = {
  /** `leaving`: the answer may come when the page is gone. */
  report: (reports: CoverageReport[], { key, leaving }: { key: string; leaving: boolean }) =>
    unwrap(client.POST("/coverage", { params: { header: { "Idempotency-Key": key } }, body: { reports }, keepalive: leaving })),

  async list(channelId: string, range: Range): Promise<Reviewed[]> {
    const query = { channelId, from: formatInstant(range.from), to: formatInstant(range.to) };
    const { items } = await unwrap(client.GET("/coverage", { params: { query } }));
    return items.map(({ userId, name, from, to }) => ({ userId, name, from: instant(from), to: instant(to) }));
  },

  /** The next footage that was not reviewed yet: by anyone, or by the caller. */
  async uncovered(channelId: string, at: EpochMs, by: "anyone" | "me"): Promise<Range | undefined> {
    const query = { channelId, at: formatInstant(at), by };
    const { next } = await unwrap(client.GET("/coverage/uncovered", { params: { query } }));
    return next ? { from: instant(next.from), to: instant(next.to) } : undefined;
  },

  /** What was shown in that time to everybody of whom the caller may know. */
  async totals(range: Range): Promise<Total[]> {
    const query = { from: formatInstant(range.from), to: formatInstant(range.to) };
    return (await unwrap(client.GET("/coverage/totals", { params: { query } }))).items;
  },

  async positions(): Promise<Position[]> {
    const { items } = await unwrap(client.GET("/coverage/position"));
    return items.map(({ channelId, at, shownAt }) => ({ channelId, at: instant(at), shownAt: instant(shownAt) }));
  },
};

export const COVERAGE = "coverage";
export const REVIEWED_TODAY = [COVERAGE, "totals", "today"] as const;
const DAY_MS = 86_400_000;

export const rangeOfDay = (day: number): Range => ({ from: epochMs(day * DAY_MS), to: epochMs((day + 1) * DAY_MS) });

/** Day by day (of UTC), so that moving along the timeline asks only for what is new. */
export function coverageOfDay(channelId: string, day: number) {
  return {
    queryKey: [COVERAGE, channelId, day] as const,
    queryFn: () => coverage.list(channelId, rangeOfDay(day)),
    staleTime: Infinity,
  };
}

/** The days that a range touches, newest first. */
export function daysOf(range: Range, most: number): number[] {
  const last = Math.floor((range.to - 1) / DAY_MS);
  const first = Math.floor(range.from / DAY_MS);
  return Array.from({ length: Math.min(most, last - first + 1) }, (_, i) => last - i);
}

/** Many editors report all the time; a band is drawn anew this often. */
const PAUSE_MS = 10_000;
const askedAt = new Map<string, number>();
const waiting = new Set<string>();

/** More of the channel was reviewed: what is on the screen of it is asked for again, not too often. */
export function refetchCoverageSoon(queries: QueryClient, channelId: string, now = Date.now()): void {
  if (waiting.has(channelId)) return;
  const pause = (askedAt.get(channelId) ?? 0) + PAUSE_MS - now;
  const ask = () => {
    waiting.delete(channelId);
    askedAt.set(channelId, Date.now());
    void queries.invalidateQueries({ queryKey: [COVERAGE, channelId] });
  };
  if (pause <= 0) ask();
  else {
    waiting.add(channelId);
    setTimeout(ask, pause);
  }
}
