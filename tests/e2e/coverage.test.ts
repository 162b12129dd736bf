// Two editors on one channel: what one has reviewed the other need not, and who was away catches up to live.

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { recordedSpan, type Span } from "../integration/instants.ts";
import { addPerson, password, type Browser as Person } from "../support/people.ts";
import { waitFor } from "../support/process.ts";
import { addChannel, Server, type Channel } from "../support/server.ts";
import { makeFootage, startRtsp, type Source } from "../support/sources.ts";
import { complaintsOfAxe, openBrowser, openContext, picture, signIn } from "./browser.ts";
import { ms, teachPage } from "./player.ts";

let server: Server;
let source: Source;
let channel: Channel;
let browser: Browser;
let ana: Page;
let ben: Page;
let benAsks: Person;
let span: Span;
const contexts: BrowserContext[] = [];
const errors: string[] = [];

async function openAs(name: string): Promise<Page> {
  const context = await openContext(browser, errors, { viewport: { width: 1440, height: 900 } });
  contexts.push(context);
  const page = await context.newPage();
  await teachPage(page);
  await signIn(page, server.url, `${name}@longtake.test`, password);
  return page;
}

beforeAll(async () => {
  const clip = await makeFootage("wall-1.mp4", { channel: 1, name: "Channel 1", picture: "bars", tone: 340, seconds: 16, size: "640x360", bitrate: "350k" });
  source = await startRtsp({ one: clip });
  server = await Server.start();
  channel = await addChannel(server, "Reviewed", `${source.url}/one`);
  await addPerson(server, "ana", "editor");
  benAsks = await addPerson(server, "ben", "editor");
  browser = await openBrowser();
  ana = await openAs("ana");
  ben = await openAs("ben");
  span = await recordedSpan(server, channel.id, 30);
}, 400_000);

afterAll(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  await browser?.close();
  await source?.stop();
  await server?.stop();
});

afterEach(() => expect(errors.splice(0), "the browser's complaints").toEqual([]));

type Tile = { instant: number; state: string; speed: number; live: boolean; playing: boolean };
const tileOf = (page: Page): Promise<Tile> =>
  page.getByTestId("tile").evaluate((tile: HTMLElement) => ({
    instant: Date.parse(tile.dataset["instant"] ?? ""), state: tile.dataset["state"] ?? "", speed: Number(tile.dataset["speed"]),
    live: tile.dataset["live"] === "true", playing: tile.dataset["playing"] === "true",
  }));
const reviewed = async (page: Page, whose: "mine" | "others"): Promise<number> =>
  Number(await page.getByTestId("timeline").getAttribute(`data-reviewed-${whose}`));
const openAt = (page: Page, us: number): Promise<unknown> =>
  page.goto(`${server.url}/watch/${channel.id}?at=${encodeURIComponent(new Date(us / 1000).toISOString())}`);
const settled = (page: Page): Promise<unknown> => waitFor("the picture", async () => (await tileOf(page)).state === "paused" || undefined, { timeoutMs: 60_000 });
type Interval = { userId: string; name: string; from: string; to: string };
const coverage = async (name: string): Promise<Interval[]> => {
  const query = `channelId=${channel.id}&from=${new Date(span.from / 1000 - 1000).toISOString()}&to=${new Date(Date.now() + 60_000).toISOString()}`;
  return (await benAsks.ask<{ items: Interval[] }>("GET", `/coverage?${query}`)).items.filter((one) => one.name === name);
};

/** From now on the page notes where it stands at every animation frame. */
async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const drawn: Drawn[] = [];
    Object.assign(window, { drawn });
    const look = (now: number): void => {
      const tile = document.querySelector<HTMLElement>("[data-testid=tile]");
      if (tile) {
        const { instant = "", frame = "", state = "", speed = "1" } = tile.dataset;
        const at = Date.parse(instant);
        const near = Math.abs(Date.parse(frame) - at) <= 1000 * Number(speed);
        drawn.push({ now, at, shown: near && ["playing", "keyframes", "paused"].includes(state) });
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}
type Drawn = { now: number; at: number; shown: boolean };

/** Footage that passed while the page drew nothing for half a second or more, or no picture of it: what a busy machine leaves out. */
async function blindSpots(page: Page): Promise<{ from: number; to: number }[]> {
  const drawn = await page.evaluate(() => (window as unknown as { drawn: Drawn[] }).drawn);
  return drawn.slice(1).flatMap((one, i) => {
    const before = drawn[i];
    const passed = before !== undefined && one.at > before.at;
    return passed && (one.now - before.now > 500 || !one.shown || !before.shown) ? [{ from: before.at, to: one.at }] : [];
  });
}

test("what one reviews the other sees, and U goes past it", async () => {
  await openAt(ana, span.from + 200_000);
  await settled(ana);
  await ana.keyboard.press("Space");
  await waitFor("ten seconds to be seen", async () => ((await tileOf(ana)).instant > span.from / 1000 + 10_000 ? true : undefined), { timeoutMs: 60_000 });
  await ana.keyboard.press("Space");
  await settled(ana);
  const stopped = (await tileOf(ana)).instant;
  await waitFor("ana's own band", async () => ((await reviewed(ana, "mine")) > 8000 ? true : undefined), { timeoutMs: 60_000 });
  // The last report comes up to ten seconds after the pause.
  const end = await waitFor(
    "all that was shown to be reported",
    async () => {
      const last = Math.max(0, ...(await coverage("ana")).map(({ to }) => ms(to)));
      return Math.abs(last - stopped) < 500 ? last : undefined;
    },
    { timeoutMs: 60_000 },
  );
  expect(await coverage("ben")).toEqual([]);

  await openAt(ben, span.from + 200_000);
  await settled(ben);
  await waitFor("the colleague's band", async () => ((await reviewed(ben, "others")) > 8000 ? true : undefined), { timeoutMs: 60_000 });
  await picture("coverage-band", ben);
  await ben.keyboard.press("u");
  await waitFor("the jump", async () => ((await tileOf(ben)).instant > span.from / 1000 + 2000 ? true : undefined), { timeoutMs: 60_000 });
  expect(Math.abs((await tileOf(ben)).instant - end), "right behind what was reviewed").toBeLessThan(1500);
  await settled(ben);
  expect(await complaintsOfAxe(ben)).toEqual([]);
});

test("who was away catches up from where they stopped, and is live at 1x", async () => {
  // Ben has watched the first 35 seconds as they came, then looked at one picture far ahead, and was away since.
  const part = (us: number): string => new Date(us / 1000).toISOString();
  await ben.goto("about:blank");
  span = await recordedSpan(server, channel.id, 120);
  const report = { channelId: channel.id, from: part(span.from), to: part(span.from + 35_000_000), shownFrom: part(span.from), shownTo: part(span.from + 35_000_000), speed: 1, mode: "all" };
  const look = { ...report, from: part(span.from + 110_000_000), to: part(span.from + 110_040_000), shownFrom: part(span.from + 111_000_000), shownTo: part(span.from + 113_000_000), speed: 0 };
  await benAsks.ask("POST", "/coverage", { reports: [report, look] });
  const { items } = await benAsks.ask<{ items: { at: string }[] }>("GET", "/coverage/position");
  expect(items.map(({ at }) => Math.abs(ms(at) - span.from / 1000 - 35_000) < 100)).toEqual([true]);
  await ben.goto(`${server.url}/watch/${channel.id}`);
  await waitFor("live", async () => ((await tileOf(ben)).live ? true : undefined), { timeoutMs: 60_000 });
  await watchFrames(ben);
  await ben.keyboard.press("e");
  await ben.getByTestId("catch-up-from").waitFor();
  await picture("catch-up", ben);
  expect(await complaintsOfAxe(ben)).toEqual([]);
  await ben.getByTestId("catch-up-1").check({ force: true });
  const speed = Number(await ben.getByTestId("catch-up-plan").getAttribute("data-speed"));
  expect(speed).toBeGreaterThan(1);
  await ben.getByTestId("catch-up-start").click();
  await waitFor("the catching up", async () => {
    const tile = await tileOf(ben);
    return tile.speed === speed && tile.instant < Date.now() - 30_000 ? true : undefined;
  });
  expect(await ben.getByTestId("catch-up").getAttribute("aria-pressed")).toBe("true");
  await waitFor("live at 1x", async () => {
    const tile = await tileOf(ben);
    return tile.live && tile.speed === 1 && tile.playing ? true : undefined;
  }, { timeoutMs: 150_000 });
  expect(await ben.getByTestId("catch-up").getAttribute("aria-pressed")).toBe("false");
  // All of it was seen, but for what the page itself could not draw.
  const blind = await blindSpots(ben);
  const told = (ranges: readonly { from: number; to: number }[]): string => ranges.map(({ from, to }) => `${from - span.from / 1000}..${to - span.from / 1000}`).join(" ");
  let left: { from: number; to: number }[] = [];
  try {
    await waitFor("the whole to be covered", async () => {
      const first = (await coverage("ben")).filter(({ to }) => ms(to) > span.from / 1000 + 15_000);
      const ends = [...first.map(({ from, to }) => ({ from: ms(from), to: ms(to) })), { from: span.from / 1000 + 115_000, to: Infinity }];
      const holes = ends.slice(1).map(({ from }, i) => ({ from: Math.max(...ends.slice(0, i + 1).map(({ to }) => to)), to: from }));
      left = holes.filter((hole) => hole.to - hole.from > 1500 && !blind.some(({ from, to }) => from <= hole.to + 500 && to >= hole.from - 500));
      return first.length > 0 && left.length === 0 ? true : undefined;
    }, { timeoutMs: 60_000 });
  } catch {
    throw new Error(`not covered: ${told(left)}; not drawn: ${told(blind)}`);
  }
});
