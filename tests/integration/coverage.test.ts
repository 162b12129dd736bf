// Who has reviewed what: reports of pages become merged intervals, never more than is recorded, of one organization.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browser, Listener, addPerson, superadmin, type Me, type Problem } from "../support/people.ts";
import { run } from "../support/process.ts";
import { type Channel, type Server } from "../support/server.ts";
import { noon, startWithFootage } from "./imported.ts";
import { instant, microseconds, second } from "./instants.ts";

type Interval = { userId: string; name: string; from: string; to: string };
type Total = { userId: string; name: string; reviewedMs: number; shownMs: number };

let server: Server;
let channel: Channel;
let root: Browser;
let ana: Browser;
let ben: Browser;
let boss: Browser;
let elsewhere: Browser;
let theirs: string;
const ids = new Map<Browser, string>();

beforeAll(async () => {
  ({ server, channel } = await startWithFootage());
  root = await superadmin(server);
  ana = await addPerson(server, "ana", "editor");
  ben = await addPerson(server, "ben", "editor");
  boss = await addPerson(server, "boss", "manager");
  await root.ask("POST", "/organizations", { name: "Elsewhere", slug: "elsewhere" });
  elsewhere = await addPerson(server, "far", "manager", "elsewhere");
  theirs = (await elsewhere.ask<Channel>("POST", "/channels", { name: "Theirs", source: { url: "http://127.0.0.1:9/t.ts" }, start: false })).id;
  for (const browser of [ana, ben, boss]) ids.set(browser, (await browser.ask<Me>("GET", "/me")).id);
});
afterAll(() => server?.stop());

/** The beginning of the last whole minute but two: whatever is shown in the minute from here on is one row. */
const minute = (Math.floor(Date.now() / 60_000) - 3) * 60_000_000;
const seen = (from: number, to: number, shown: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  channelId: channel.id, from: instant(noon + from * second), to: instant(noon + to * second),
  shownFrom: instant(minute + shown * second), shownTo: instant(minute + (shown + to - from) * second), speed: 1, mode: "all", ...more,
});
const report = (browser: Browser, reports: unknown[], key?: string): Promise<{ status: number; body: unknown }> =>
  browser.call("POST", "/coverage", { reports }, key ? { "Idempotency-Key": key } : {});
/** Seconds since noon. */
const since = (text: string): number => (microseconds(text) - noon) / second;
const whole = `channelId={id}&from=${instant(noon - 60 * second)}&to=${instant(noon + 60 * second)}`;
const intervals = async (browser: Browser, of: Browser): Promise<[number, number][]> => {
  const { items } = await browser.ask<{ items: Interval[] }>("GET", `/coverage?${whole.replace("{id}", channel.id)}`);
  return items.filter((one) => one.userId === ids.get(of)).map((one) => [since(one.from), since(one.to)]);
};
const rows = async (): Promise<number> => {
  const done = await run("sqlite3", ["-cmd", ".timeout 5000", `${server.data}/longtake.db`, "select count(*) from viewing_facts"]);
  return Number(done.stdout.toString());
};
const uncovered = async (browser: Browser, from: number, by: "me" | "anyone"): Promise<[number, number] | null> => {
  const { next } = await browser.ask<{ next: { from: string; to: string } | null }>("GET", `/coverage/uncovered?channelId=${channel.id}&at=${instant(noon + from * second)}&by=${by}`);
  return next && [since(next.from), since(next.to)];
};

describe("reports", () => {
  test("merge into intervals, and into one row a minute", async () => {
    for (const from of [0, 1, 2]) expect((await report(ana, [seen(from, from + 1, from)])).status).toBe(204);
    expect(await intervals(ben, ana)).toEqual([[0, 3]]);
    expect(await rows()).toBe(1);
  });

  test("change nothing when they are repeated, with a key or without, after a restart too", async () => {
    const batch = [seen(0, 3, 0), seen(5, 6, 5)];
    expect((await report(ana, batch, "the same")).status).toBe(204);
    const before = [await rows(), await intervals(ana, ana)];
    expect((await report(ana, batch, "the same")).status).toBe(204);
    expect((await report(ana, batch)).status).toBe(204);
    await server.halt("SIGKILL");
    await server.resume();
    expect((await report(ana, batch, "the same")).status).toBe(204);
    expect([await rows(), await intervals(ana, ana)]).toEqual(before);
    expect((await report(ana, [seen(0, 1, 0)], "the same")).status).toBe(409);
  });

  test("are never more than is recorded", async () => {
    expect((await report(ben, [seen(6, 12, 20), seen(20, 25, 40)])).status).toBe(204);
    expect(await intervals(ben, ben)).toEqual([[6, 8]]);
  });

  test("that cannot be true are refused by name, and nothing of the batch is kept", async () => {
    const before = await rows();
    const wrong: [Record<string, unknown>, string][] = [
      [seen(0, 8, 0, { shownTo: instant(minute + second) }), "reports[1].to"],
      [seen(3, 2, 0), "reports[1].shownTo"],
      [seen(0, 1, 0, { speed: 61 }), "reports[1].speed"],
      [seen(0, 1, 0, { speed: "fast" }), "reports[1].speed"],
      [seen(0, 1, 0, { mode: "slow" }), "reports[1].mode"],
      [seen(0, 1, 10_000), "reports[1].shownTo"],
      [seen(0, 1, -90_000), "reports[1].shownFrom"],
      [seen(0, 1, 0, { colour: "blue" }), "reports[1].colour"],
    ];
    for (const [one, field] of wrong) {
      const answer = await report(ana, [seen(7, 8, 30), one]);
      expect(answer.status, field).toBe(400);
      expect((answer.body as Problem).errors?.map((error) => error.field)).toContain(field);
    }
    expect((await report(ana, [])).status).toBe(400);
    expect((await report(ana, Array.from({ length: 65 }, () => seen(0, 1, 0)))).status).toBe(400);
    expect(await rows()).toBe(before);
  });

  test("of another organization's channel are 404, and nothing of the batch is kept", async () => {
    const before = await rows();
    expect((await report(ana, [seen(7, 8, 30), seen(7, 8, 30, { channelId: theirs })])).status).toBe(404);
    expect((await report(elsewhere, [seen(0, 1, 0)])).status).toBe(404);
    expect(await rows()).toBe(before);
    for (const path of [`/coverage?${whole.replace("{id}", channel.id)}`, `/coverage/uncovered?channelId=${channel.id}&at=${instant(noon)}`])
      expect((await elsewhere.call("GET", path)).status).toBe(404);
  });

  test("reach open pages, at most once in five seconds for a channel", async () => {
    const listener = await Listener.open(ben);
    try {
      await listener.until("reset");
      for (let i = 0; i < 10; i += 1) await report(ana, [seen(i / 4, i / 4 + 0.25, 120 + i / 4, { mode: "key" })]);
      const told = () => listener.events.filter((event) => event.event === "coverage");
      await listener.until("coverage");
      expect(JSON.parse(told()[0]?.data ?? "")).toEqual({ channelId: channel.id });
      expect(told().length).toBeLessThanOrEqual(2);
    } finally {
      listener.close();
    }
  });
});

describe("what is not yet reviewed", () => {
  test("is found for me and for anyone", async () => {
    // Ana has seen 0 to 3 and 5 to 6, Ben 6 to 8.
    expect(await uncovered(ana, 0, "anyone")).toEqual([3, 5]);
    expect(await uncovered(ana, 5, "anyone")).toBeNull();
    expect(await uncovered(ana, 5, "me")).toEqual([6, 8]);
    expect(await uncovered(boss, 0, "me")).toEqual([0, 8]);
    expect(await uncovered(boss, -3600, "anyone")).toEqual([3, 5]);
  });
});

describe("totals", () => {
  const shown = `from=${instant(minute - 3600 * second)}&to=${instant(minute + 3600 * second)}`;
  const totals = async (browser: Browser): Promise<Total[]> => (await browser.ask<{ items: Total[] }>("GET", `/coverage/totals?${shown}`)).items;

  test("are everybody's for a manager, one's own for an editor", async () => {
    const all = await totals(boss);
    expect(all.map((one) => [one.name, one.reviewedMs])).toEqual([["ana", 4000], ["ben", 2000]]);
    expect((await totals(ana)).map((one) => one.userId)).toEqual([ids.get(ana)]);
    expect(await totals(elsewhere)).toEqual([]);
  });

  test("take at most a week", async () => {
    expect((await boss.call("GET", `/coverage/totals?from=${instant(noon)}&to=${instant(noon + 8 * 86_400 * second)}`)).status).toBe(400);
  });
});

describe("a person", () => {
  test("is told what is kept of their watching, and it goes with them", async () => {
    const data = await ana.ask<{ viewings: { channelId: string; footageMinutes: number }[] }>("GET", "/me/data");
    expect(data.viewings.every((one) => one.channelId === channel.id)).toBe(true);
    expect(data.viewings.reduce((sum, one) => sum + one.footageMinutes, 0)).toBeGreaterThan(4 / 60);
    root = await superadmin(server);
    await root.ask("DELETE", `/users/${ids.get(ana)}`);
    expect(await intervals(boss, ana)).toEqual([]);
    expect(await intervals(boss, ben)).not.toEqual([]);
  });
});
