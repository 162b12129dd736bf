// From the sign-in to a saved range, as a person does it: real sources, the real server, a real browser.
// With LONGTAKE_SCREENSHOTS=folder the pictures of the README are left there.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Download, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { complaintsOf, counterOf, countersOf, probe } from "../support/media.ts";
import { temporaryFolder, waitFor } from "../support/process.ts";
import { addChannel, email, password, recorded, Server, type Channel } from "../support/server.ts";
import type { Source } from "../support/sources.ts";
import { choose, expectRefusals, ground, openBrowser, openContext, overflow, picture, signIn, until, untranslated } from "./browser.ts";
import { frameRate, frames, gop, startProgrammes } from "./programmes.ts";
import { ms, Player, teachPage, type Shown, type Sighting } from "./player.ts";

const frameMs = 1000 / frameRate;
const dictionary = [
  "app", "nav", "theme", "signIn", "home", "channels", "state", "form", "remove", "watch", "face", "notice", "cause",
  "timeline", "goTo", "keys", "problem",
];

let server: Server;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let player: Player;
let news: Source;
const sources: Source[] = [];
const channels: Record<string, Channel> = {};
const errors: string[] = [];
const folder = temporaryFolder();

beforeAll(async () => {
  server = await Server.start();
  const programmes = await startProgrammes();
  ({ news } = programmes);
  sources.push(...Object.values(programmes));
  channels.court = await addChannel(server, "Court Three", programmes.court.url);
  channels.one = await addChannel(server, "Channel One", `${programmes.one.url}/one`);
  channels.radio = await addChannel(server, "Night Radio", programmes.radio.url);
  browser = await openBrowser();
  context = await openContext(browser, errors);
  page = await context.newPage();
  await teachPage(page);
  player = new Player(page);
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await Promise.all(sources.map((source) => source.stop()));
  await server?.stop();
  folder.remove();
});

afterEach(() => expect(errors.splice(0), "the browser's complaints").toEqual([]));

/** What the server says is displayed at an instant. */
async function counterAt(channel: Channel | undefined, instant: string): Promise<number> {
  const png = await server.bytes(`/channels/${channel?.id}/frame.png?at=${encodeURIComponent(instant)}`);
  return (await counterOf(png)).frame;
}

/** The page shows exactly the frame that the server gives for the page's instant. */
async function expectExact(shown: Shown, channel: Channel | undefined): Promise<void> {
  expect({ channel: channel?.name, instant: shown.instant, frame: shown.counter.frame }).toEqual({
    channel: channel?.name,
    instant: shown.instant,
    frame: await counterAt(channel, shown.instant),
  });
}

async function open(channel: Channel | undefined, at?: Date): Promise<void> {
  const query = at ? `?at=${at.toISOString()}` : "";
  await page.goto(`${server.url}/watch/${channel?.id}${query}`);
}

/** A clock that waits puts its tile back to where it waits: a few frames at 1x, as many times more as it is faster; that is no disorder. */
const held = 5;
/** Whole steps from one picture to the next in the direction of `speed`, over the clip's seam. */
function stepsOf(seen: readonly Sighting[], speed: number): number[] {
  return seen.slice(1).map((now, i) => {
    const before = seen[i]?.counter.frame ?? 0;
    const step = (Math.sign(speed) * (now.counter.frame - before) + frames) % frames;
    return step < frames - held * Math.abs(speed) ? step : 0;
  });
}

async function saved(download: Download): Promise<string> {
  const path = join(folder.path, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

const stamp = (instant: string): string => {
  const iso = new Date(ms(instant)).toISOString();
  return `${iso.slice(0, 10)}_${iso.slice(11, 23).replaceAll(":", "-")}`;
};

describe("channels", () => {
  test("a wrong password is refused in words; the right one opens the channels", async () => {
    await page.goto(server.url);
    await page.getByTestId("email").fill(email);
    await page.getByTestId("password").fill("not the password");
    const refused = page.waitForResponse((answer) => answer.url().endsWith("/session"));
    await page.getByTestId("sign-in-submit").click();
    expect((await refused).status()).toBe(401);
    await page.getByTestId("sign-in-error").waitFor();
    await expectRefusals(errors, 401);
    await signIn(page, server.url, email, password);
    await page.getByTestId("nav-channels").click();
    await page.getByTestId("channel-list").waitFor();
  });

  test("an address is tested before it is added: what is in it, or the failure by name", async () => {
    await page.getByTestId("add-channel").click();
    await page.getByTestId("channel-url").fill(news.url.replace("index.m3u8", "nothing.m3u8"));
    await page.getByTestId("source-test").click();
    const failure = page.getByTestId("source-failure");
    await failure.waitFor();
    expect(await failure.locator("strong").innerText()).toBe("No such stream");
    await page.getByTestId("channel-url").fill(news.url);
    await page.getByTestId("source-test").click();
    const report = page.getByTestId("source-report");
    await report.waitFor();
    const words = await report.innerText();
    expect(words).toMatch(/HLS/);
    expect(words).toMatch(/H\.264.*640×360.*25 fps/);
    expect(words).toMatch(/AAC.*48 kHz/);
    const source = await page.getByTestId("source-picture").getAttribute("src");
    const bytes = Buffer.from((source ?? "").replace(/^data:[^,]*,/, ""), "base64");
    expect((await counterOf(bytes)).channel).toBe(2);
    await picture("add-channel", page);
    await page.getByTestId("channel-name").fill("City News");
    await page.getByTestId("channel-save").click();
    await page.getByTestId("channel-form").waitFor({ state: "detached" });
  });

  test("four channels record, and show their pictures", async () => {
    const rows = page.locator("[data-channel-name]");
    await until("four rows", async () => (await rows.count()) === 4);
    await until("four channels recording", async () =>
      (await page.locator("[data-channel-name] [data-testid=channel-state][data-state=recording]").count()) === 4);
    await until("four pictures", async () => (await page.locator("[data-testid=thumbnail] img").count()) === 4);
    for (const channel of (await server.ask<{ items: Channel[] }>("GET", "/channels")).items) {
      if (channel.name === "City News") channels.news = channel;
    }
    expect(channels.news?.id).toBeDefined();
  });

  test("the languages have every text, the themes are light and dark", async () => {
    const title = page.locator("main h1");
    const seen = new Set<string>();
    for (const locale of ["es", "ru", "en"]) {
      await choose(page, `locale-${locale}`);
      expect(await page.locator("html").getAttribute("lang")).toBe(locale);
      seen.add(await title.innerText());
      await page.getByTestId("add-channel").click();
      await page.getByTestId("channel-form").waitFor();
      expect(await untranslated(page, dictionary)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByTestId("channel-form").waitFor({ state: "detached" });
    }
    expect(seen.size).toBe(3);
    await choose(page, "theme-dark");
    expect(await ground(page)).toBeLessThan(80);
    await choose(page, "theme-light");
    expect(await ground(page)).toBeGreaterThan(180);
  });
});

describe("player", () => {
  let span: { from: Date; to: Date };
  const at = (seconds: number) => new Date(span.from.getTime() + seconds * 1000);

  test("opens live and plays", async () => {
    await page.locator('[data-channel-name="City News"]').getByTestId("watch-link").click();
    const first = await player.being("playing live", (face) => face.state === "playing" && face.live);
    await player.being("further on", (face) =>
      face.currentTime > first.currentTime + 2 && ms(face.instant) > ms(first.instant) + 2000);
    await expectExact(await player.pause(), channels.news);
    span = await recorded(server, channels.news?.id ?? "", 26);
  });

  test("every seek shows the frame of its instant, with and without B-frames", async () => {
    for (const name of ["news", "court", "one", "radio"]) {
      const channel = channels[name];
      span = await recorded(server, channel?.id ?? "", 12);
      await open(channel, at(6.217));
      await expectExact(await player.settled(), channel);
      // Inside frames: a beginning is rounded to media ticks (web/README.md).
      for (const seconds of [1.02, 7.297, 3.5, 9.982]) await expectExact(await player.goTo(at(seconds)), channel);
    }
  });

  test("steps show the next frame and the one before", async () => {
    await open(channels.news, at(3.9));
    let shown = await player.settled();
    for (const [button, by] of [["step-forward", 1], ["step-forward", 1], ["step-back", -1], ["step-back", -1],
      ["step-back", -1]] as const) {
      const before = shown;
      await page.getByTestId(button).click();
      shown = await player.settled((face) => face.frame !== before.frame);
      expect((shown.counter.frame - before.counter.frame + frames) % frames).toBe((by + frames) % frames);
      await expectExact(shown, channels.news);
    }
    // Over two keyframes, by keys.
    const start = shown.counter.frame;
    for (let i = 1; i <= gop + 3; i++) {
      const before = shown;
      await page.keyboard.press("ArrowRight");
      shown = await player.settled((face) => face.frame !== before.frame);
      expect(shown.counter.frame).toBe((start + i) % frames);
    }
  });

  test("1x, 8x, 32x and backward keep the order; the fast ones say that they show keyframes", async () => {
    span = await recorded(server, channels.news?.id ?? "", 50);
    await open(channels.news, at(1));
    await player.settled();
    const normal = await player.play(1, 3);
    expect(normal.length).toBeGreaterThan(5);
    const steps = stepsOf(normal, 1).sort((a, b) => a - b);
    expect(steps.at(-1)).toBeLessThan(frames / 2);
    // A busy browser leaves out pictures, even seconds of them, but not as a rule.
    expect(steps[Math.floor(steps.length / 2)]).toBeLessThan(gop);
    await player.goTo(at(2));
    const fast = await player.play(8, 12);
    expect(fast.length).toBeGreaterThan(2);
    for (const step of stepsOf(fast, 8)) expect(step).toBeLessThan(frames / 2);
    await player.goTo(at(2));
    await player.setSpeed(32);
    const start = await player.settled();
    await page.keyboard.press("Space");
    await page.getByTestId("keyframes-label").waitFor();
    await player.being("32x on", (face) => ms(face.instant) > ms(start.instant) + 4000 && face.state === "keyframes");
    await page.keyboard.press("k");
    await player.goTo(at(2));
    const fastest = await player.play(32, 30);
    const keys = fastest.filter((sighting) => sighting.mode === "key").slice(1);
    expect(keys.length).toBeGreaterThan(2);
    expect(keys.map((sighting) => sighting.counter.frame % gop)).toEqual(keys.map(() => 0));
    for (const step of stepsOf(keys, 32)) expect(step).toBeLessThan(frames / 2);
    await player.goTo(at(30));
    const backward = await player.play(-8, 16);
    expect(backward.length).toBeGreaterThan(2);
    for (const step of stepsOf(backward, -8)) expect(step).toBeLessThan(frames / 2);
    await player.setSpeed(1);
    await expectExact(await player.settled(), channels.news);
  });

  test("dragging along the timeline shows pictures on the way and settles on the exact one", async () => {
    await open(channels.news, at(20));
    await player.settled();
    const line = page.getByTestId("timeline");
    const box = await line.boundingBox();
    if (!box) throw new Error("the timeline has no place");
    const shownSpan = await line.evaluate((element) => ({
      from: Number(element.dataset.from), to: Number(element.dataset.to),
    }));
    const x = (seconds: number) =>
      box.x + ((at(seconds).getTime() - shownSpan.from) / (shownSpan.to - shownSpan.from)) * box.width;
    const y = box.y + box.height - 12;
    const pixel = (shownSpan.to - shownSpan.from) / box.width;
    await page.mouse.move(x(20), y);
    await page.getByTestId("sprite").waitFor();
    await page.mouse.down();
    for (const seconds of [16, 12, 8.018]) {
      await page.mouse.move(x(seconds), y, { steps: 3 });
      await player.being("near the pointer", (face) =>
        Math.abs(ms(face.instant) - at(seconds).getTime()) <= 2 * pixel &&
        Math.abs(ms(face.frame) - ms(face.instant)) <= gop * frameMs);
    }
    await picture("scrub", page);
    await page.mouse.up();
    await expectExact(await player.settled((face) => Math.abs(ms(face.instant) - at(8.018).getTime()) <= 2 * pixel), channels.news);
  });

  test("a screenshot is the picture on the screen, named by channel and time, and can be taken back", async () => {
    const shown = await player.goTo(at(5.61));
    await page.keyboard.press("s");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("shot-save").click()]);
    expect(download.suggestedFilename()).toBe(`City News ${new Date(ms(shown.frame)).toISOString().slice(0, 19).replace("T", " ").replaceAll(":", "-")}.png`);
    const file = await saved(download);
    expect((await counterOf(await readFile(file))).frame).toBe(shown.counter.frame);
    expect((await probe(file)).streams[0]).toMatchObject({ width: 640, height: 360 });
    const kept = async (): Promise<number> => (await server.ask<{ items: unknown[] }>("GET", "/screenshots")).items.length;
    expect(await kept()).toBe(1);
    await page.getByTestId("shot-undo").click();
    await waitFor("the picture to be taken back", async () => (await kept()) === 0 || undefined);
  });

  test("a range between two marks is saved as an MP4 of exactly those pictures", async () => {
    const first = await player.goTo(at(4.33));
    await page.keyboard.press("i");
    const last = await player.goTo(at(9.47));
    await page.keyboard.press("o");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("download").click()]);
    expect(download.suggestedFilename()).toBe(`City News_${stamp(first.instant)}.mp4`);
    const file = await saved(download);
    expect(await complaintsOf(file)).toBe("");
    expect((await probe(file)).streams.map((stream) => stream.codec_name).sort()).toEqual(["aac", "h264"]);
    const counters = (await countersOf(file)).map((counter) => counter.frame);
    const wanted = (last.counter.frame - first.counter.frame + frames) % frames;
    expect(counters).toEqual([...Array(wanted + 1).keys()].map((i) => (first.counter.frame + i) % frames));
  });

  test("its address opens the same picture again", async () => {
    const shown = await player.goTo(at(6.66));
    await until("the address of the moment", () => Promise.resolve(page.url().includes("at=")));
    const other = await context.newPage();
    await teachPage(other);
    await other.goto(page.url());
    const again = await new Player(other).settled();
    expect([again.instant, again.counter.frame]).toEqual([shown.instant, shown.counter.frame]);
    await other.close();
  });

  test("keys do what they say", async () => {
    const start = await player.goTo(at(10));
    await page.keyboard.press("Space");
    await player.being("playing", (face) => face.playing && ms(face.instant) > ms(start.instant));
    await page.keyboard.press("l");
    await player.being("faster", (face) => face.speed === 2);
    await page.keyboard.press("j");
    await player.being("backward", (face) => face.speed === -1 && face.playing);
    const still = await player.pause();
    await page.keyboard.press("Shift+<");
    await player.being("slower", (face) => face.speed === -0.5);
    await page.keyboard.press("Home");
    await player.settled((face) => ms(face.instant) < ms(still.instant));
    await page.keyboard.press("?");
    await page.getByTestId("keys-dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByTestId("keys-dialog").waitFor({ state: "detached" });
    const zoom = page.getByTestId("zoom-span");
    const before = await zoom.innerText();
    await page.keyboard.press("+");
    await until("a nearer timeline", async () => (await zoom.innerText()) !== before);
    await page.keyboard.press("End");
    await player.being("live", (face) => face.live && face.playing && face.speed === 1);
    await player.pause();
  });

  test("the player has every text in every language, and is dark", async () => {
    for (const locale of ["es", "ru", "en"]) {
      await choose(page, `locale-${locale}`);
      await page.getByTestId("keys").click();
      await page.getByTestId("keys-dialog").waitFor();
      expect(await untranslated(page, dictionary)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByTestId("keys-dialog").waitFor({ state: "detached" });
    }
    await choose(page, "theme-dark");
    expect(await ground(page)).toBeLessThan(80);
    await player.goTo(at(12.5));
    await picture("player", page);
  });

  test("fits a phone", async () => {
    const pocket = await openContext(browser, errors, {
      viewport: { width: 375, height: 600 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2,
    });
    try {
      const phone = await pocket.newPage();
      await teachPage(phone);
      await phone.goto(server.url);
      await phone.getByTestId("sign-in-form").waitFor();
      expect(await overflow(phone)).toBe(0);
      await signIn(phone, server.url, email, password);
      await phone.getByTestId("page-menu").click();
      await phone.getByTestId("menu-channels").click();
      await phone.getByTestId("channel-list").waitFor();
      expect(await overflow(phone)).toBe(0);
      for (const locale of ["es", "ru", "en"]) {
        await choose(phone, `locale-${locale}`);
        await phone.goto(`${server.url}/watch/${channels.one?.id}?at=${at(24.018).toISOString()}`);
        await expectExact(await new Player(phone).settled(), channels.one);
        expect(await overflow(phone)).toBe(0);
      }
      await picture("phone", phone);
    } finally {
      await pocket.close();
    }
  });

  test("back at the channels, all still record", async () => {
    await page.getByRole("link", { name: "Back to channels" }).click();
    await choose(page, "theme-light");
    await until("four channels recording", async () =>
      (await page.locator("[data-channel-name] [data-testid=channel-state][data-state=recording]").count()) === 4);
    await until("no message left", async () => (await page.getByTestId("toast").count()) === 0);
    await page.locator("main h1").click();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    expect(await overflow(page)).toBe(0);
    await picture("channels", page);
  });
});
