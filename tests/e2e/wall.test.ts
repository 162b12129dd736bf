// The wall: many live channels on one clock, as an editor works with it. Real sources, the real server, a real browser.
// With LONGTAKE_SCREENSHOTS=folder the README's picture of the wall is left there.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { counterOf } from "../support/media.ts";
import { email, password, recorded, type Channel, type Server } from "../support/server.ts";
import { choose, complaintsOfAxe, openBrowser, openContext, overflow, picture, signIn, until, untranslated } from "./browser.ts";
import { startFilms, type Films } from "./live_wall.ts";
import { openWall, Ruler, teachWall, WallPage, type TileLook } from "./wall.ts";

const count = 9;
const turn = 16 * 25; // frames of the loop
const frameMs = 40;
const gopMs = 2000;
/** Whole hours, two days ago. */
const begin = new Date((Math.floor(Date.now() / 3_600_000) - 48) * 3_600_000);
const filmSeconds = 400;
const at = (seconds: number): Date => new Date(begin.getTime() + seconds * 1000);

let films: Films | undefined;
let server: Server;
let browser: Browser;
let page: Page;
let wall: WallPage;
let channels: readonly Channel[] = [];
const errors: string[] = [];

beforeAll(async () => {
  films = await startFilms(count, { begin, seconds: filmSeconds });
  ({ server, channels } = films);
  browser = await openBrowser();
  ({ page, wall } = await openWall(browser, server, errors));
}, 400_000);

afterAll(async () => {
  await browser?.close();
  await films?.stop();
});

afterEach(() => expect(errors.splice(0), "the browser's complaints").toEqual([]));

function open(query: string): Promise<unknown> {
  return page.goto(`${server.url}/wall?${query}`);
}

const ids = (n: number): string => channels.slice(0, n).map(({ id }) => id).join(",");

async function rulersAt(instant: Date): Promise<Map<string, Ruler>> {
  const rulers = await Promise.all(channels.map(async (channel) => [channel.id, await Ruler.of(server, channel, instant, turn)] as const));
  return new Map(rulers);
}

/** What instant each picture on the screen is of, from its pixels; undefined while one of them cannot be read. */
function instantsOf(looks: readonly TileLook[], rulers: ReadonlyMap<string, Ruler>): number[] | undefined {
  const instants: number[] = [];
  for (const { channel, counter, instant } of looks) {
    const ruler = rulers.get(channel);
    if (!counter || !ruler) return undefined;
    expect(counter.channel, "each tile shows its own channel").toBe(channels.findIndex(({ id }) => id === channel) + 1);
    instants.push(ruler.instantOf(counter.frame, Date.parse(instant)));
  }
  return instants;
}

const spreadOf = (instants: readonly number[]): number => Math.max(...instants) - Math.min(...instants);

/**
 * Looks again and again until `rounds` looks in all found every tile on the same instant: within one frame where
 * every frame is shown, within one keyframe step where a machine under load shows keyframes (and says so).
 */
async function expectTogether(tiles: number, rulers: ReadonlyMap<string, Ruler>, rounds: number): Promise<number[]> {
  const seen: number[] = [];
  const apart: number[] = [];
  await until(`${tiles} tiles on the same instant, ${rounds} times`, async () => {
    const looks = await wall.look();
    const instants = looks.length === tiles && looks.every(({ playing }) => playing) ? instantsOf(looks, rulers) : undefined;
    if (!instants) return false;
    const whole = instants.filter((_, i) => looks[i]?.mode === "all");
    const together = (whole.length < 2 || spreadOf(whole) <= frameMs + 1) && (whole.length === tiles || spreadOf(instants) <= gopMs + frameMs);
    if (together) seen.push(Math.min(...instants));
    else apart.push(Math.round(spreadOf(instants)));
    return seen.length >= rounds;
  });
  console.log(`${tiles} tiles together at ${seen.length} looks; apart, in ms: ${apart.length ? apart.join(" ") : "never"}`);
  return seen;
}

/** What stands there is exactly what the server gives for the instant of the clock. */
async function expectExact(tiles: number): Promise<void> {
  const standing = (looks: readonly { state: string; frame: string; instant: string }[]) =>
    looks.length === tiles && looks.every(({ state, frame, instant }) => state === "paused" && frame !== "" && instant === looks[0]?.instant);
  await wall.being("standing", standing);
  let wrong: unknown;
  await until("the pictures of the server", async () => {
    const looks = await wall.look();
    if (!standing(looks)) return false;
    const shown = looks.map(({ channel, counter }) => ({ channel, frame: counter?.frame }));
    const asked = await Promise.all(looks.map(async ({ channel, instant }) => {
      const png = await server.bytes(`/channels/${channel}/frame.png?at=${encodeURIComponent(instant)}`);
      return { channel, frame: (await counterOf(png)).frame };
    }));
    wrong = { shown, asked };
    return JSON.stringify(shown) === JSON.stringify(asked);
  }).catch((reason: unknown) => {
    throw new Error(`${String(reason)}: ${JSON.stringify(wrong)}`);
  });
}

describe("the wall", () => {
  test("opens on what the editor may see, live and playing", async () => {
    await page.getByTestId("open-wall").click();
    await wall.being("nine tiles, live", (faces) => faces.length === count && faces.every(({ live, state }) => live && state === "playing"));
    expect(await page.getByTestId("empty-tile").count()).toBe(0);
    expect(new URL(page.url()).searchParams.get("channels")?.split(",").sort()).toEqual(channels.map(({ id }) => id).sort());
    expect(await complaintsOfAxe(page)).toEqual([]);
    await picture("wall-open", page);
  });

  test("nine tiles and four show one instant, live, as their pixels say", async () => {
    await recorded(server, channels[0]?.id ?? "", 12);
    const rulers = await rulersAt(new Date(Date.now() - 5000));
    const nine = await expectTogether(9, rulers, 8);
    expect(nine.at(-1)).toBeGreaterThan(nine[0] ?? Infinity);
    await page.getByTestId("grid-4").click();
    const four = await expectTogether(4, rulers, 8);
    expect(four.at(-1)).toBeGreaterThan(nine.at(-1) ?? Infinity);
  });

  test("standing, every picture is the frame of the instant; stepping keeps them together", async () => {
    await page.keyboard.press("k");
    await expectExact(4);
    const [before] = await wall.faces();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft"]) await page.keyboard.press(key);
    await wall.being("a frame on", ([face]) => face !== undefined && face.instant > (before?.instant ?? ""));
    await expectExact(4);
  });

  test("at 16x nine tiles show keyframes of one instant", async () => {
    const rulers = await rulersAt(at(100.01));
    await open(`channels=${ids(9)}&at=${at(4.02).toISOString()}`);
    await expectExact(9);
    await wall.setSpeed(16);
    await page.keyboard.press("Space");
    await wall.being("on by keyframes", (faces) => faces.every(({ mode, instant }) => mode === "key" && Date.parse(instant) > at(20).getTime()));
    const seen = await expectTogether(9, rulers, 6);
    const looks = await wall.look();
    for (const { counter } of looks) expect((counter?.frame ?? 1) % 50).toBe(0);
    await wall.being("a good way on", (faces) => faces.every(({ instant }) => Date.parse(instant) > at(200).getTime()));
    const [now, ...others] = await wall.look();
    expect(seen.at(-1)).toBeGreaterThan(seen[0] ?? Infinity);
    expect(others).toHaveLength(8);
    expect(now?.playing).toBe(true);
    await page.keyboard.press("k");
    await expectExact(9);
  });

  test("the address opens the same wall", async () => {
    await page.keyboard.press("4");
    await page.keyboard.press("m");
    await wall.being("focused", (faces) => faces.length === 9);
    await until("focus and sound in the address", () =>
      Promise.resolve(["focus", "sound"].every((name) => new URL(page.url()).searchParams.get(name) === channels[3]?.id)));
    const before = await wall.look();
    const other = await page.context().newPage();
    await teachWall(other);
    await other.goto(page.url());
    const again = new WallPage(other);
    await again.being("standing", (faces) => faces.length === 9 && faces.every(({ state, frame }) => state === "paused" && frame !== ""));
    expect((await again.look()).map(({ channel, instant, counter }) => [channel, instant, counter?.frame])).toEqual(
      before.map(({ channel, instant, counter }) => [channel, instant, counter?.frame]),
    );
    expect(await other.locator("[data-focused=true]").getAttribute("data-channel")).toBe(channels[3]?.id);
    expect(await other.locator("[data-heard=true]").count()).toBe(1);
    await other.close();
  });

  test("keys: one tile and back, another grid, a clock of its own", async () => {
    await page.keyboard.press("Enter");
    await wall.being("one tile", (faces) => faces.length === 1 && faces[0]?.channel === channels[3]?.id);
    await page.keyboard.press("Enter");
    await wall.being("nine tiles again", (faces) => faces.length === 9 && faces.every(({ state }) => state === "paused"));
    await page.keyboard.press("a");
    await page.keyboard.press("Shift+ArrowLeft");
    const apart = await wall.being("one apart", (faces) => faces.filter(({ place }) => place === "solo").length === 1);
    const solo = apart.find(({ place }) => place === "solo");
    const others = apart.filter(({ place }) => place !== "solo");
    expect(solo?.channel).toBe(channels[3]?.id);
    await wall.being("a minute apart", (faces) =>
      faces.some(({ place, instant }) => place === "solo" && Date.parse(instant) < Date.parse(others[0]?.instant ?? "") - 59_000));
    await page.keyboard.press("a");
    await expectExact(9);
    await page.keyboard.press("g");
    await wall.being("still nine, in a larger grid", (faces) => faces.length === 9);
    expect(await page.getByTestId("wall").getAttribute("data-grid")).toBe("16");
    expect(await page.getByTestId("empty-tile").count()).toBe(7);
    await page.keyboard.press("g");
    await wall.being("one", (faces) => faces.length === 1 && faces[0]?.channel === channels[3]?.id);
    await page.keyboard.press("PageDown");
    await wall.being("the next one", (faces) => faces.length === 1 && faces[0]?.channel === channels[4]?.id);
    await page.getByTestId("grid-9").click();
    await expectExact(9);
  });

  test("channels are chosen by keyboard, and tiles change places", async () => {
    await page.keyboard.press("w");
    await page.getByTestId("channel-picker").waitFor();
    expect(await complaintsOfAxe(page)).toEqual([]);
    await page.getByTestId(`pick-${channels[0]?.id}`).press("Space");
    await page.getByTestId(`later-${channels[1]?.id}`).press("Enter");
    await page.getByTestId("picker-done").press("Enter");
    await page.getByTestId("channel-picker").waitFor({ state: "detached" });
    const order = async (): Promise<string[]> => (await wall.faces()).map(({ channel }) => channel);
    await until("eight tiles, two in other places", async () =>
      (await order()).join() === [2, 1, 3, 4, 5, 6, 7, 8].map((i) => channels[i]?.id).join());
    await page.getByTestId("empty-tile").getByRole("button").click();
    await page.getByTestId(`pick-${channels[0]?.id}`).click();
    await until("nine tiles", async () => (await order()).at(-1) === channels[0]?.id);
    await page.locator(`[data-channel="${channels[0]?.id}"]`).dragTo(page.locator(`[data-channel="${channels[2]?.id}"]`));
    await until("dragged to the front", async () => (await order())[0] === channels[0]?.id);
    await expectExact(9);
  });

  test("a wall is kept by name, and opens again", async () => {
    const order = async (): Promise<string> => (await wall.faces()).map(({ channel }) => channel).join();
    const kept = await order();
    await page.getByTestId("layouts").click();
    await page.getByTestId("layouts-empty").waitFor();
    await page.getByTestId("layout-name").fill("Evening");
    await page.getByTestId("layout-save").click();
    await page.getByTestId("layout-Evening").waitFor();
    expect(await complaintsOfAxe(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByTestId("layouts-dialog").waitFor({ state: "detached" });
    await open(`channels=${ids(2)}&at=${at(50.02).toISOString()}`);
    await wall.being("two tiles", (faces) => faces.length === 2);
    await page.getByTestId("layouts").click();
    await page.getByTestId("layout-Evening").getByTestId("layout-open").click();
    await until("nine tiles as they were kept", async () => (await order()) === kept);
    await expectExact(9);
  });

  test("one box goes to any moment of any channel", async () => {
    await page.keyboard.press("/");
    const text = page.getByTestId("go-to-text");
    const [year, month, day] = begin.toISOString().slice(0, 10).split("-");
    await text.fill(`channel 7 ${day}.${month}.${year} ${at(100.02).toISOString().slice(11, 22)}`);
    expect(await page.getByTestId("go-to-result").innerText()).toContain("Channel 7");
    await text.press("Enter");
    await wall.being("there", (faces) => faces.every(({ instant }) => Date.parse(instant) === at(100.02).getTime()));
    expect(await page.locator("[data-focused=true]").getAttribute("data-channel")).toBe(channels[6]?.id);
    await expectExact(9);
  });

  test("a source that ends takes nothing from the others", async () => {
    await open(`channels=${ids(9)}`);
    await wall.being("live", (faces) => faces.length === 9 && faces.every(({ live, state }) => live && state === "playing"));
    await films?.sources.at(-1)?.stop();
    const gone = await wall.being("eight and a lost one", (faces) =>
      faces.filter(({ state }) => state === "playing").length === 8 && faces.at(-1)?.state === "lost");
    await wall.being("further on", (faces) =>
      faces.filter(({ state }) => state === "playing").length === 8 && Date.parse(faces[0]?.instant ?? "") > Date.parse(gone[0]?.instant ?? "") + 8000);
    await picture("wall", page);
  });

  test("every text in every language", async () => {
    const dictionary = ["app", "nav", "wall", "watch", "face", "notice", "cause", "timeline", "goTo", "keys", "state"];
    for (const locale of ["es", "ru", "en"]) {
      await choose(page, `locale-${locale}`);
      await page.keyboard.press("w");
      await page.getByTestId("channel-picker").waitFor();
      expect(await untranslated(page, dictionary)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByTestId("channel-picker").waitFor({ state: "detached" });
      await page.getByTestId("tile-menu").first().click();
      await page.getByTestId("tile-solo").waitFor();
      expect(await untranslated(page, dictionary)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByTestId("tile-solo").waitFor({ state: "detached" });
    }
  });

  test("fits a phone", async () => {
    const pocket = await openContext(browser, errors, { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
    try {
      const phone = await pocket.newPage();
      await teachWall(phone);
      await signIn(phone, server.url, email, password);
      await phone.goto(`${server.url}/wall?channels=${ids(9)}&at=${at(30.02).toISOString()}`);
      const tiles = new WallPage(phone);
      await tiles.being("standing where it is seen", (faces) =>
        faces.length === 9 && faces.filter(({ state }) => state === "paused").length >= 4);
      expect(await overflow(phone)).toBe(0);
      await picture("wall-phone", phone);
    } finally {
      await pocket.close();
    }
  });
});
