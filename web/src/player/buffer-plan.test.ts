import { describe, expect, it } from "vitest";
import { epochMs, type Range } from "@/time/instant";
import { add } from "@/time/ranges";
import { plan, type PlanQuestion } from "./buffer-plan";

const r = (from: number, to: number): Range => ({ from: epochMs(from), to: epochMs(to) });
const hour = 3_600_000;

function ask(over: Partial<PlanQuestion>): PlanQuestion {
  return {
    at: epochMs(hour),
    direction: 1,
    speed: 1,
    playing: true,
    spans: [r(0, 10 * hour)],
    edge: epochMs(10 * hour),
    covered: [],
    gopMs: 2000,
    bytesPerSecond: 250_000,
    budgetBytes: 32_000_000,
    ...over,
  };
}

describe("plan, forward", () => {
  it("asks little first, so that the picture comes at once", () => {
    expect(plan(ask({})).fetch).toEqual({ ...r(hour, hour + 2000), deadlineMs: 0 });
  });

  it("then asks for about four seconds of viewing time, in one batch", () => {
    const covered = [r(hour - 1000, hour + 2000)];
    const { fetch } = plan(ask({ covered }));
    expect(fetch?.from).toBe(hour + 2000);
    expect(fetch?.to).toBe(hour + 5000);
    expect(fetch?.deadlineMs).toBe(2000);
  });

  it("asks for nothing while enough is held", () => {
    expect(plan(ask({ covered: [r(hour, hour + 3500)] })).fetch).toBeUndefined();
    expect(plan(ask({ covered: [r(hour, hour + 60_000)] })).fetch).toBeUndefined();
  });

  it("reaches as far in viewing time at any speed", () => {
    const { fetch } = plan(ask({ speed: 32, covered: [r(hour, hour + 20_000)], bytesPerSecond: 20_000 }));
    expect(fetch?.to).toBe(hour + 192_000);
    expect(fetch?.deadlineMs).toBe(625);
  });

  it("asks in longer batches where a second of viewing is many seconds of footage", () => {
    const held = (ms: number, speed: number) => plan(ask({ speed, bytesPerSecond: 20_000, covered: [r(hour, hour + ms * speed)] })).fetch;
    expect(held(2500, 4)?.to).toBe(hour + 4 * 5000);
    expect(held(2500, 16)).toBeUndefined();
    expect(held(1900, 16)?.to).toBe(hour + 16 * 6000);
  });

  it("stays within the byte budget", () => {
    const small = ask({ speed: 8, budgetBytes: 2_000_000, covered: [r(hour, hour + 1000)] });
    const { fetch, keep } = plan(small);
    expect(fetch!.to - hour).toBeLessThanOrEqual(5600 * 1.5 + 1);
    expect(keep.to - keep.from).toBeLessThan(20_000);
  });

  it("keeps at most 30 s of viewing time behind", () => {
    expect(plan(ask({})).keep.from).toBe(hour - 30_000);
  });

  it("skips a gap and asks for what comes after it", () => {
    const spans = [r(0, hour + 1000), r(hour + 2500, 10 * hour)];
    const { fetch } = plan(ask({ spans, covered: [r(hour - 1, hour + 1000)] }));
    expect(fetch?.from).toBe(hour + 2500);
  });

  it("asks for nothing inside a gap that is longer than the reach", () => {
    const spans = [r(0, hour), r(hour + 60_000, 10 * hour)];
    expect(plan(ask({ spans })).fetch).toBeUndefined();
  });

  it("asks beyond the spans it knows while the channel records, never beyond the edge", () => {
    const spans = [r(0, hour)];
    const covered = [r(hour - 5000, hour)];
    expect(plan(ask({ spans, covered, edge: epochMs(hour + 1500) })).fetch).toMatchObject(r(hour, hour + 1500));
    expect(plan(ask({ spans, covered, edge: epochMs(hour) })).fetch).toBeUndefined();
  });

  it("ends: following its own plans covers the reach and stops", () => {
    let covered: Range[] = [];
    let requests = 0;
    for (let next = plan(ask({ covered })).fetch; next; next = plan(ask({ covered })).fetch) {
      covered = add(covered, next);
      requests += 1;
      expect(requests).toBeLessThan(5);
    }
    expect(covered[0]!.to - hour).toBeGreaterThanOrEqual(3000);
  });
});

describe("plan, paused", () => {
  it("also holds a group of pictures behind, for stepping back", () => {
    const covered = [r(hour - 100, hour + 60_000)];
    expect(plan(ask({ playing: false, covered })).fetch).toMatchObject(r(hour - 2100, hour - 100));
    expect(plan(ask({ playing: true, covered })).fetch).toBeUndefined();
  });

  it("does not ask before the span", () => {
    const spans = [r(hour - 100, 10 * hour)];
    const covered = [r(hour - 100, hour + 60_000)];
    expect(plan(ask({ playing: false, covered, spans })).fetch).toBeUndefined();
  });
});

describe("plan, backward", () => {
  const back = { direction: -1 as const, speed: 8, bytesPerSecond: 20_000 };

  it("asks for what lies behind, up to and with the instant", () => {
    const { fetch } = plan(ask(back));
    expect(fetch).toMatchObject({ to: hour + 1, deadlineMs: 0 });
    expect(fetch!.from).toBeLessThan(hour - 7000);
  });

  it("asks for the first picture of all when standing on it", () => {
    const question = ask({ ...back, at: epochMs(hour), spans: [r(hour, 10 * hour)] });
    expect(plan(question).fetch).toMatchObject(r(hour, hour + 1));
    expect(plan({ ...question, covered: [r(hour, hour + 1)] }).fetch).toBeUndefined();
  });

  it("goes on from where it is covered", () => {
    const { fetch } = plan(ask({ ...back, covered: [r(hour - 10_000, hour + 1)] }));
    expect(fetch?.to).toBe(hour - 10_000);
    expect(fetch?.from).toBe(hour - 40_000);
    expect(fetch?.deadlineMs).toBe(1250);
  });

  it("jumps over a gap to the span before, and stops at the first", () => {
    const spans = [r(0, hour - 20_000), r(hour - 5000, 10 * hour)];
    const covered = [r(hour - 5000, hour + 1)];
    const { fetch } = plan(ask({ ...back, spans, covered }));
    expect(fetch?.to).toBe(hour - 20_000);
    expect(plan(ask({ ...back, spans: [r(hour - 5000, 10 * hour)], covered })).fetch).toBeUndefined();
  });
});
