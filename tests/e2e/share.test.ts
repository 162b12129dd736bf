// Footage for people without an account: made in the player, watched on a phone, revoked. A real source, the
// real server, real browsers.

import type { Browser, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { countersOf } from "../support/media.ts";
import { recorded, type Channel, type Server } from "../support/server.ts";
import type { Source } from "../support/sources.ts";
import { choose, complaintsOfAxe, expectRefusals, openContext, overflow, picture, until, untranslated } from "./browser.ts";
import { endAfterTests, openCityDesk } from "./city_news.ts";
import { ms, Player } from "./player.ts";

const dictionary = ["app", "nav", "shares", "shared", "watch", "problem", "form", "role"];

let server: Server;
let source: Source;
let channel: Channel;
let browser: Browser;
let page: Page;
let visitor: Page;
let link = "";
let pictures = 0;
const errors: string[] = [];

beforeAll(async () => {
  ({ server, source, channel, browser, page } = await openCityDesk(errors));
  const phone = await openContext(browser, errors, {
    viewport: { width: 375, height: 650 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2,
  });
  visitor = await phone.newPage();
}, 300_000);

endAfterTests(errors, () => ({ browser, source, server }));

test("nothing is shared yet: the page says how", async () => {
  await page.getByTestId("nav-shares").click();
  await page.getByTestId("shares-empty").waitFor();
  expect(await complaintsOfAxe(page)).toEqual([]);
});

test("two marks in the player make a link with a title, a life and a PIN", async () => {
  const span = await recorded(server, channel.id, 14);
  const at = (seconds: number) => new Date(span.from.getTime() + seconds * 1000);
  const player = new Player(page);
  await page.goto(`${server.url}/watch/${channel.id}?at=${at(3).toISOString()}`);
  await player.settled();
  expect(await page.getByTestId("share").isDisabled()).toBe(true);
  const from = await player.goTo(at(3.217));
  await page.keyboard.press("i");
  const to = await player.goTo(at(9.377));
  await page.keyboard.press("o");
  pictures = Math.round((ms(to.frame) - ms(from.frame)) / 40);
  await page.getByTestId("share").click();
  await page.getByTestId("share-title").fill("Goal in the 89th minute");
  await page.getByTestId("share-24h").check();
  await page.getByTestId("share-asks-pin").check();
  await page.getByTestId("share-pin").fill("12");
  await page.getByTestId("share-make").click();
  expect(await page.getByTestId("share-pin").getAttribute("aria-invalid")).toBe("true");
  await page.getByTestId("share-pin").fill("4711");
  expect(await complaintsOfAxe(page)).toEqual([]);
  await picture("share", page);
  await page.getByTestId("share-make").click();
  link = await page.getByTestId("share-link").inputValue();
  expect(link).toMatch(new RegExp(`^${server.url}/s/[\\w-]{20,}$`));
  await page.getByTestId("share-done").click();
});

test("an address for a program opens that range without a session, and no other", async () => {
  await page.getByTestId("share").click();
  await page.getByTestId("share-program").check();
  await page.getByTestId("share-make").click();
  const address = await page.getByTestId("share-link").inputValue();
  await page.getByTestId("share-done").click();
  const answer = await fetch(address);
  expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, expect.stringMatching(/^video\/mp4/)]);
  await answer.arrayBuffer();
  const other = new URL(address);
  other.searchParams.set("from", "2020-01-01T00:00:00Z");
  expect((await fetch(other)).status).toBeGreaterThanOrEqual(400);
});

test("a stranger needs the PIN, then watches exactly that range and nothing else", async () => {
  await visitor.goto(link);
  await visitor.getByTestId("pin-form").waitFor();
  expect(await overflow(visitor)).toBe(0);
  await visitor.getByTestId("pin").fill("0000");
  await visitor.getByTestId("pin-submit").click();
  await visitor.getByTestId("pin-error").waitFor();
  await expectRefusals(errors, 401, 403);
  await visitor.getByTestId("pin").fill("4711");
  await visitor.getByTestId("pin-submit").click();
  const video = visitor.getByTestId("shared-video");
  await until("the video to be there", () => video.evaluate((element: HTMLVideoElement) => element.readyState >= 1 && element.duration > 5));
  await video.evaluate((element: HTMLVideoElement) => {
    element.muted = true;
    return element.play();
  });
  await until("pictures to move", () => video.evaluate((element: HTMLVideoElement) => element.currentTime > 0.5));
  for (const locale of ["es", "ru", "en"]) {
    await choose(visitor, `locale-${locale}`);
    expect(await untranslated(visitor, dictionary)).toEqual([]);
    expect(await overflow(visitor)).toBe(0);
  }
  expect(await complaintsOfAxe(visitor)).toEqual([]);
  await picture("shared", visitor);
  const [download] = await Promise.all([visitor.waitForEvent("download"), visitor.getByTestId("shared-save").click()]);
  expect(download.suggestedFilename()).toMatch(/^Goal in the 89th minute_.*\.mp4$/);
  const frames = await countersOf(await download.path());
  expect(Math.abs(frames.length - pictures)).toBeLessThanOrEqual(1);
  expect((await visitor.request.get(`${server.url}/api/v1/channels`)).status()).toBe(401);
});

test("the list says how often it was viewed; revoked, its address says so", async () => {
  await page.goto(`${server.url}/shares`);
  const row = page.locator("tr[data-state=open]");
  await row.waitFor();
  expect(await row.getByTestId("share-views").innerText()).toMatch(/viewed 1 time/);
  await picture("shares", page);
  await row.getByTestId("share-revoke").click();
  await page.getByTestId("confirm").click();
  await page.locator("tr[data-state=revoked]").waitFor();
  // The page that is open says so when its video is refused (what it has is not asked for again: another address).
  await visitor.getByTestId("shared-video").evaluate((element: HTMLVideoElement) => (element.src += "&again"));
  await visitor.getByTestId("shared-ended").waitFor();
  await visitor.goto(link);
  const ended = visitor.getByTestId("shared-ended");
  await ended.waitFor();
  expect(await ended.getAttribute("data-status")).toBe("410");
  expect(await ended.innerText()).toMatch(/It was revoked on .*Ask tester \(Main\) for a new link/);
  expect(await complaintsOfAxe(visitor)).toEqual([]);
  await picture("share-ended", visitor);
  await visitor.goto(`${server.url}/s/nobodyMadeThisOne0000000000000000000000000000`);
  await until("another answer", async () => (await ended.getAttribute("data-status")) === "404");
  await expectRefusals(errors, 404, 410);
});
