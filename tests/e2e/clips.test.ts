// Clips as an editor makes them: C or two marks, ends moved to the picture, cut while the work goes on; then the
// registry. What the preview shows at the ends is what the file begins and ends with.

import type { Browser, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { readCounter } from "../support/counter.ts";
import { counterOf, countersOf } from "../support/media.ts";
import { waitFor } from "../support/process.ts";
import { recorded, type Channel, type Server } from "../support/server.ts";
import type { Source } from "../support/sources.ts";
import { choose, complaintsOfAxe, openContext, overflow, picture, until, untranslated } from "./browser.ts";
import { endAfterTests, filmSeconds, openCityDesk } from "./city_news.ts";
import { Player, type Shown } from "./player.ts";

const dictionary = ["app", "nav", "clips", "shots", "shares", "watch", "problem", "form", "keys"];

const frameMs = 40;
const filmFrames = (filmSeconds * 1000) / frameMs;

let server: Server;
let source: Source;
let channel: Channel;
let browser: Browser;
let page: Page;
let first = 0;
let last = 0;
const errors: string[] = [];

beforeAll(async () => {
  ({ server, source, channel, browser, page } = await openCityDesk(errors));
}, 300_000);

endAfterTests(errors, () => ({ browser, source, server }));

/** The counter in the preview, when it stands still on a picture other than `before`. */
function previewed(before?: number): Promise<number> {
  return waitFor("a picture in the preview", async () => {
    const strip = await page.evaluate(() => {
      const video = document.querySelector<HTMLVideoElement>("[data-testid=clip-preview]");
      if (!video || video.readyState < 2 || video.seeking || !video.paused) return undefined;
      const canvas = document.createElement("canvas");
      canvas.width = 320;
      canvas.height = 180;
      const context = canvas.getContext("2d");
      context?.drawImage(video, 0, 0, 320, 180);
      const data = context?.getImageData(0, 0, 320, 12).data ?? [];
      const gray: number[] = [];
      for (let i = 0; i < data.length; i += 4) gray.push(Math.round(0.299 * (data[i] ?? 0) + 0.587 * (data[i + 1] ?? 0) + 0.114 * (data[i + 2] ?? 0)));
      return gray;
    });
    if (!strip) return undefined;
    const reading = readCounter(Uint8Array.from(strip), 320, 12);
    return reading.ok && reading.counter.frame !== before ? reading.counter.frame : undefined;
  });
}

/** Until the preview stands on this picture: it may show the beginning of its film before it goes there. */
function previews(what: string, frame: number): Promise<true> {
  return waitFor(what, async () => (await previewed()) === frame || undefined);
}

test("nothing is kept yet: the page says how", async () => {
  await page.getByTestId("nav-clips").click();
  await page.getByTestId("clips-empty").waitFor();
  expect(await complaintsOfAxe(page)).toEqual([]);
});

test("C takes some seconds on each side; marks take what is between them", async () => {
  const span = await recorded(server, channel.id, 20);
  const at = (seconds: number): Date => new Date(span.from.getTime() + seconds * 1000);
  const player = new Player(page);
  await page.goto(`${server.url}/watch/${channel.id}?at=${at(10).toISOString()}`);
  await player.settled();
  await page.keyboard.press("c");
  await page.getByTestId("clip-dialog").waitFor();
  await page.getByTestId("clip-side").selectOption("5");
  expect(await page.getByTestId("trim-span").innerText()).toBe("0:30");
  await page.keyboard.press("Escape");
  await page.getByTestId("clip-dialog").waitFor({ state: "detached" });
  await page.keyboard.press("c");
  await page.getByTestId("clip-dialog").waitFor();
  expect(await page.getByTestId("trim-span").innerText()).toBe("0:10");
  await page.keyboard.press("Escape");
  await page.getByTestId("clip-dialog").waitFor({ state: "detached" });
  const from = await player.goTo(at(6.217));
  await page.keyboard.press("i");
  const to = await player.goTo(at(9.377));
  await page.keyboard.press("o");
  await page.keyboard.press("c");
  await page.getByTestId("clip-dialog").waitFor();
  await previews("the in-point", from.counter.frame);
  first = from.counter.frame;
  last = to.counter.frame;
});

test("ends move by a picture, a second, and by hand, and the preview shows them", async () => {
  const inPoint = page.getByTestId("trim-from");
  await inPoint.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  first += 2;
  await previews("two pictures on", first);
  await page.keyboard.press("Shift+ArrowLeft");
  first -= 25;
  await previews("a second back", first);
  await page.getByTestId("trim-to").focus();
  await previews("the last picture", last);
  await page.keyboard.press("ArrowLeft");
  last -= 1;
  await previews("the one before it", last);
  const box = await page.getByTestId("trim-to").boundingBox();
  if (!box) throw new Error("no handle");
  await page.mouse.move(box.x + 6, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 60, box.y + 20, { steps: 4 });
  await page.mouse.up();
  const dragged = await previewed(last);
  expect(dragged).toBeGreaterThan(last);
  last = await waitFor("the preview to stand", async () => {
    const one = await previewed();
    return one === (await previewed()) ? one : undefined;
  });
  await until("the sound to be drawn", async () => (await page.locator("[data-testid=trim] canvas").getAttribute("data-sound")) === "true");
  expect(await complaintsOfAxe(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
  await picture("clip-dialog", page);
});

test("it is cut while the work goes on, and begins and ends with the pictures that were shown", async () => {
  await page.getByTestId("clip-title").fill("Crossing at dawn");
  await page.getByTestId("clip-tags").fill("city, dawn");
  await page.getByTestId("clip-cut").click();
  await page.getByTestId("clip-dialog").waitFor({ state: "detached" });
  await page.locator("[data-testid=tray-clip][data-state=ready]").waitFor();
  await picture("clip-tray", page);
  expect(await complaintsOfAxe(page)).toEqual([]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("tray-download").click()]);
  expect(download.suggestedFilename()).toMatch(/^City News \d{4}-\d\d-\d\d \d\d-\d\d-\d\d\.mp4$/);
  const frames = (await countersOf(await download.path())).map((counter) => counter.frame);
  expect([frames[0], frames.at(-1)]).toEqual([first, last]);
  expect(frames.length).toBe(last - first + 1);
  await page.getByTestId("tray-close").click();
  await page.getByTestId("clip-tray").waitFor({ state: "detached" });
});

/** The number that the picture of an instant carries, going by one that stands. */
function numberedBy(standing: Shown): (at: string) => number {
  return (at) => inFilm(standing.counter.frame + Math.round((Date.parse(at) - Date.parse(standing.frame)) / frameMs));
}
const inFilm = (frame: number): number => ((frame % filmFrames) + filmFrames) % filmFrames;

test("S keeps the picture that is on the screen, at 1x and at 8x", async () => {
  type Shot = { id: string; at: string; file: string };
  const span = await recorded(server, channel.id, 30);
  const player = new Player(page);
  const presses = 5;
  for (const speed of [1, 8]) {
    await page.goto(`${server.url}/watch/${channel.id}?at=${new Date(span.from.getTime() + 2000).toISOString()}`);
    const numberOf = numberedBy(await player.settled());
    const before = (await server.ask<{ items: Shot[] }>("GET", "/screenshots")).items.length;
    const playing = player.play(speed, speed * 3);
    for (let i = 1; i <= presses; ++i) {
      await player.being("on its way", (face) => face.playing && face.speed === speed && Date.parse(face.instant) > span.from.getTime() + 2000 + speed * 400 * i);
      await page.keyboard.press("s");
    }
    const seen = await playing;
    const shots = await waitFor("the pictures to be kept", async () => {
      const { items } = await server.ask<{ items: Shot[] }>("GET", "/screenshots");
      return items.length === before + presses ? items.slice(0, presses) : undefined;
    });
    // Which picture the page believes to be on the screen is what S keeps: true to two refreshes of the screen, whose
    // pictures go on between telling which one it is and reading its pixels.
    const ahead = seen.map(({ frame, counter }) => inFilm(counter.frame - numberOf(frame) + filmFrames / 2) - filmFrames / 2).sort((one, other) => one - other);
    expect(Math.abs(ahead[Math.floor(ahead.length / 2)] ?? Infinity), `pictures between the told one and the seen one at ${speed}x`).toBeLessThanOrEqual(1 + (2 * speed * 25) / 60);
    for (const shot of shots) {
      const kept = await counterOf(await server.bytes(shot.file.replace("/api/v1", "")));
      expect(kept.frame, `kept at ${speed}x of ${shot.at}`).toBe(numberOf(shot.at));
    }
  }
  await page.goto(`${server.url}/screenshots`);
  const cards = page.locator("[data-testid=shots] > li");
  await cards.first().waitFor();
  expect(await cards.count()).toBe(2 * presses);
  expect(await complaintsOfAxe(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
  await picture("screenshots", page);
  await cards.first().getByTestId("shot-remove").click();
  await page.getByTestId("confirm").click();
  await until("one to be gone", async () => (await cards.count()) === 2 * presses - 1);
});

test("the registry plays, renames, tags, finds, shares and removes it", async () => {
  await page.goto(`${server.url}/clips`);
  const card = page.locator("[data-testid=clips] > li[data-state=ready]");
  await card.waitFor();
  expect(await card.getByTestId("clip-stored").innerText()).toMatch(/blobs\/\d+\/clips\/\d{4}\/\d\d\/\d+-\d+-\d+\.mp4/);
  await card.getByTestId("clip-open").click();
  const video = page.getByTestId("clip-video");
  await until("the clip to play", () => video.evaluate((element: HTMLVideoElement) => element.currentTime > 0.3));
  await page.keyboard.press("Escape");
  await card.getByTestId("clip-edit").click();
  await page.getByTestId("clip-edit-title").fill("Crossing");
  await page.getByTestId("clip-tags").fill("city");
  await page.getByTestId("clip-edit-save").click();
  await until("the new name", async () => (await card.locator("h2").innerText()) === "Crossing");
  await page.getByTestId("clips-tag").fill("dawn");
  await page.keyboard.press("Tab");
  await page.getByTestId("clips-empty").waitFor();
  await page.getByTestId("clips-tag").fill("city");
  await page.keyboard.press("Tab");
  await card.waitFor();
  for (const locale of ["es", "ru", "en"]) {
    await choose(page, `locale-${locale}`);
    expect(await untranslated(page, dictionary)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  }
  expect(await complaintsOfAxe(page)).toEqual([]);
  await picture("clips", page);
  await card.getByTestId("clip-share").click();
  await page.getByTestId("share-make").click();
  const link = await page.getByTestId("share-link").inputValue();
  await page.getByTestId("share-done").click();
  const visitor = await (await openContext(browser, errors, { viewport: { width: 375, height: 650 } })).newPage();
  await visitor.goto(link);
  const shared = visitor.getByTestId("shared-video");
  await until("the shared clip to be there", () => shared.evaluate((element: HTMLVideoElement) => element.readyState >= 1 && element.duration > 1));
  await visitor.close();
  await card.getByTestId("clip-remove").click();
  await page.getByTestId("confirm").click();
  await page.getByTestId("clips-empty").waitFor();
});
