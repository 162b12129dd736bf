// An editor's day, from signing in to going home, as docs/guide/ tells it: nine live channels, two people, one machine.

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Clip, clipIs, isReady } from "../support/clips.ts";
import { addPerson, password, type Browser as Person } from "../support/people.ts";
import { waitFor } from "../support/process.ts";
import { recorded, type Channel, type Server } from "../support/server.ts";
import { complaintsOfAxe, openBrowser, openContext, picture, signIn, until } from "./browser.ts";
import { startFilms, type Films } from "./live_wall.ts";
import { ms, Player, teachPage } from "./player.ts";
import { teachWall, WallPage } from "./wall.ts";

const count = 9;
/** Nine minutes of every channel, until about ten minutes ago; whole minutes. */
const film = { begin: new Date((Math.floor(Date.now() / 60_000) - 20) * 60_000), seconds: 540 };
const at = (seconds: number): Date => new Date(film.begin.getTime() + seconds * 1000);
/** Ana has seen the first minute before she left; Ben five more, of all channels, while she was away. */
const anas = { from: 0, to: 60 };
const bens = { from: 60, to: 360 };

let films: Films | undefined;
let server: Server;
let channels: readonly Channel[] = [];
let browser: Browser;
let desk: BrowserContext;
let ana: Page;
let ben: Page;
let wall: WallPage;
let anaAsks: Person;
const errors: string[] = [];

type Fact = { name: string; from: string; to: string };
type Note = { id: string; text: string; at: string; channelId: string; fields: Record<string, unknown>; tags: string[] };
const notesOf = async (search: string): Promise<Note[]> => (await anaAsks.ask<{ items: Note[] }>("GET", `/notes?search=${encodeURIComponent(search)}`)).items;
const seven = (): string => channels[6]?.id ?? "";

async function reviews(person: Person, part: { from: number; to: number }, speed: number): Promise<void> {
  for (let from = part.from; from < part.to; from += 100 * speed) {
    const to = Math.min(part.to, from + 100 * speed);
    const shownFrom = at(part.to + 30);
    const shownTo = new Date(shownFrom.getTime() + ((to - from) / speed) * 1000);
    const reports = channels.map(({ id }) => ({
      channelId: id, from: at(from).toISOString(), to: at(to).toISOString(), shownFrom: shownFrom.toISOString(), shownTo: shownTo.toISOString(), speed, mode: "key",
    }));
    await person.ask("POST", "/coverage", { reports });
  }
}

async function open(name: string): Promise<Page> {
  const context = await openContext(browser, errors, { viewport: { width: 1440, height: 900 } });
  if (name === "ana") desk = context;
  const page = await context.newPage();
  await teachPage(page);
  await teachWall(page);
  return page;
}

beforeAll(async () => {
  films = await startFilms(count, film);
  ({ server, channels } = films);
  anaAsks = await addPerson(server, "ana", "editor");
  const benAsks = await addPerson(server, "ben", "manager");
  await reviews(anaAsks, anas, 1);
  await reviews(benAsks, bens, 8);
  const fields = [
    { key: "topic", label: "Topic", kind: "choice", required: true, options: [{ value: "War", hotkey: "w" }, { value: "Sport", hotkey: "s" }] },
    { key: "marks", label: "Marks", kind: "tag", options: [{ value: "Lie", hotkey: "l" }, { value: "Goal", hotkey: "g" }] },
  ];
  await benAsks.ask("POST", "/note-templates", { name: "Desk format", fields, isDefault: true });
  browser = await openBrowser();
  ana = await open("ana");
  ben = await open("ben");
  wall = new WallPage(ana);
}, 400_000);

afterAll(async () => {
  await browser?.close();
  await films?.stop();
});

afterEach(() => expect(errors.splice(0), "the browser's complaints").toEqual([]));

test("signs in: the wall is what she may see, live, and says how far behind", async () => {
  await signIn(ana, server.url, "ana@longtake.test", password);
  await ana.getByTestId("open-wall").click();
  await wall.being("nine tiles, live", (faces) => faces.length === count && faces.every(({ live, state }) => live && state === "playing"));
  for (const text of await ana.getByTestId("tile-behind").allInnerTexts()) expect(text).toMatch(/^−0:\d\d$/);
  await ana.keyboard.press("3");
  await ana.keyboard.press("m");
  await until("the sound of the third tile", async () => (await ana.getByTestId("wall-tile").nth(2).getAttribute("data-heard")) === "true");
  // A little is behind her already: at 2x, with the sound, until she is live.
  for (const { id } of channels) await recorded(server, id, 40);
  const atTwice = async (): Promise<number> => {
    for (let back = 0; back < 5; back++) await ana.keyboard.press("ArrowLeft");
    await wall.setSpeed(2);
    return ms((await wall.being("at 2x", (faces) => faces.every(({ state, live, playing }) => state === "playing" && playing && !live), 45_000))[2]?.instant ?? "");
  };
  // On a busy machine she may be live before all nine have shown a picture at 2x: then once more.
  const begun = await atTwice().catch(atTwice);
  await until("the sound at 2x", async () => (await ana.getByTestId("tile").nth(2).getAttribute("data-sound")) === "on");
  await wall.being("live again by itself, at 1x", (faces) => faces.every(({ live, speed, state, instant }) => live && speed === 1 && state === "playing" && ms(instant) > begun), 150_000);
  expect(await ana.getByTestId("wall-tile").nth(2).getAttribute("data-heard")).toBe("true");
  // In the order in which she wants them, for tomorrow too.
  await ana.keyboard.press("w");
  await ana.getByTestId(`later-${channels[0]?.id ?? ""}`).click();
  await ana.getByTestId("picker-done").click();
  await picture("day-wall", ana);
  expect(await complaintsOfAxe(ana)).toEqual([]);
}, 400_000);

test("leaves and returns: the same wall; catches up from where she stopped, without what a colleague has seen", async () => {
  const before = (await wall.faces()).map(({ channel }) => channel);
  await ana.goto("about:blank");
  await ana.goto(`${server.url}/wall`);
  const back = await wall.being("as it was", (faces) => faces.length === count && faces.every(({ live }) => live));
  expect(back.map(({ channel }) => channel)).toEqual(before);
  await ana.keyboard.press("e");
  await ana.getByTestId("catch-up-from").waitFor();
  await ana.getByTestId("catch-up-1").check({ force: true });
  const whole = Number(await ana.getByTestId("catch-up-plan").getAttribute("data-speed"));
  await ana.getByTestId("catch-up-skip").check();
  const speed = Number(await ana.getByTestId("catch-up-plan").getAttribute("data-speed"));
  expect(speed).toBeLessThan(whole);
  await picture("day-catch-up", ana);
  expect(await complaintsOfAxe(ana)).toEqual([]);
  await ana.getByTestId("catch-up-start").click();
  await wall.being("on its way", (faces) => faces.every((face) => face.speed === speed && ms(face.instant) < at(film.seconds).getTime()));
  const seen: number[] = [];
  await wall.being("live again at 1x", (faces) => {
    for (const face of faces) if (face.playing && face.speed === speed) seen.push((ms(face.instant) - film.begin.getTime()) / 1000);
    return faces.every((face) => face.live && face.speed === 1 && face.playing);
  }, 170_000);
  const past = seen.filter((second) => second < film.seconds);
  expect(past.length, "looks at the film on the way").toBeGreaterThan(0);
  // The report of what is on the screen may lie a second off; a jump is made at the next drawing, at this speed.
  for (const second of past) expect(second < bens.from + 2 * speed || second > bens.to - 2, `was at ${second} s`).toBe(true);
  const facts = await waitFor("what she has seen to be known", async () => {
    const query = `channelId=${seven()}&from=${at(0).toISOString()}&to=${at(film.seconds).toISOString()}`;
    const { items } = await anaAsks.ask<{ items: Fact[] }>("GET", `/coverage?${query}`);
    const mine = items.filter(({ name }) => name === "ana").map(({ from, to }) => [ms(from), ms(to)].map((one) => (one - film.begin.getTime()) / 1000));
    return mine.some(([, to]) => (to ?? 0) > bens.to + 60) ? mine : undefined;
  }, { timeoutMs: 60_000 });
  for (const [from = 0, to = 0] of facts) expect(to <= bens.from + 2 * speed || from >= bens.to - 2, `counts ${from} to ${to}`).toBe(true);
}, 400_000);

test("only what she has not reviewed: U goes there, and playing passes over the rest", async () => {
  await ana.goto(`${server.url}/wall?channels=${channels.slice(0, 4).map(({ id }) => id).join(",")}&grid=4&at=${at(5).toISOString()}`);
  await wall.being("standing", (faces) => faces.length === 4 && faces.every(({ state, instant }) => state === "paused" && ms(instant) === at(5).getTime()));
  await until("her band", async () => Number(await ana.getByTestId("timeline").getAttribute("data-reviewed-mine")) > 50_000);
  await ana.keyboard.press("r");
  await ana.keyboard.press("r");
  await until("the filter", async () => (await ana.getByTestId("unseen-menu").getAttribute("data-filter")) === "me");
  await picture("day-filter", ana);
  await ana.keyboard.press("Space");
  const seconds: number[] = [];
  await wall.being("at what Ben alone has seen", (faces) => {
    const second = (ms(faces[0]?.instant ?? "") - film.begin.getTime()) / 1000;
    seconds.push(second);
    return second >= anas.to && faces.every(({ state }) => state === "playing" || state === "keyframes");
  });
  for (const second of seconds) expect(second < 15 || second >= anas.to - 1, `was at ${second} s`).toBe(true);
  await ana.keyboard.press("Space");
  await wall.goTo(at(5));
  await ana.keyboard.press("Shift+U");
  await wall.being("at the next she has not seen", (faces) => faces.every(({ instant }) => ms(instant) > at(anas.to - 2).getTime()));
  await ana.keyboard.press("w");
  await ana.getByTestId("picker-unseen").selectOption("me");
  await until("each channel, and from when on", async () => (await ana.getByTestId("picker-since").count()) === count);
  await picture("day-picker", ana);
  await ana.getByTestId("picker-done").click();
  await ana.keyboard.press("r");
  await until("all to be shown", async () => (await ana.getByTestId("unseen-menu").getAttribute("data-filter")) === "all");
});

test("N holds one tile, the template opens; the note is with her colleague, who has the channel open", async () => {
  await signIn(ben, server.url, "ben@longtake.test", password);
  await ben.goto(`${server.url}/watch/${seven()}`);
  await ben.getByTestId("notes-near-show").click();
  await ben.getByTestId("notes-near").waitFor();
  await ana.goto(`${server.url}/wall?channels=${channels.map(({ id }) => id).join(",")}&grid=9`);
  await wall.being("live", (faces) => faces.length === count && faces.every(({ live, state }) => live && state === "playing"));
  await ana.keyboard.press("7");
  await ana.keyboard.press("n");
  await ana.getByTestId("note-panel").waitFor();
  await wall.being("one standing for the note, the others playing", (faces) => faces.filter(({ place }) => place === "note").length === 1 && faces.filter(({ playing }) => playing).length === count - 1);
  await ana.getByTestId("note-text").fill("The anchor names the wrong city");
  await ana.keyboard.press("Alt+l");
  await ana.keyboard.press("Enter");
  await ana.getByTestId("problem-topic").waitFor();
  await ana.keyboard.press("w");
  await picture("day-note", ana);
  await ana.getByTestId("note-text").focus();
  await ana.keyboard.press("Enter");
  const sent = performance.now();
  await ben.getByTestId("notes-near").getByText("The anchor names the wrong city").waitFor();
  console.log(`the note was with the colleague after ${Math.round(performance.now() - sent)} ms`);
  await wall.being("all on the clock again", (faces) => faces.every(({ place }) => place === "wall"));
  const [note] = await notesOf("anchor");
  expect(note).toMatchObject({ channelId: seven(), fields: { topic: "War", marks: ["Lie"] }, tags: ["Lie"] });
  await until("the mark on the timeline", async () => (await ana.getByTestId("note-mark").count()) > 0);
  await picture("day-note-saved", ana);
});

test("S keeps the picture; C: the in-point is moved, looked at, cut while the wall plays on, and shared", async () => {
  await ana.keyboard.press("s");
  await ana.getByTestId("shot-save").waitFor();
  await recorded(server, seven(), 40);
  await ana.keyboard.press("c");
  await ana.getByTestId("clip-dialog").waitFor();
  await until("the preview", () => ana.getByTestId("clip-preview").evaluate((video: HTMLVideoElement) => video.readyState >= 2));
  const before = Number(await ana.getByTestId("trim").getAttribute("data-from"));
  const handle = await ana.getByTestId("trim-from").boundingBox();
  if (!handle) throw new Error("no handle");
  await ana.mouse.move(handle.x + handle.width / 2, handle.y + 20);
  await ana.mouse.down();
  await ana.mouse.move(handle.x - 20, handle.y + 20, { steps: 4 });
  await ana.mouse.up();
  await until("the in-point further back", async () => Number(await ana.getByTestId("trim").getAttribute("data-from")) < before);
  await ana.getByTestId("clip-play").click();
  await until("the preview to play", () => ana.getByTestId("clip-preview").evaluate((video: HTMLVideoElement) => !video.paused && video.currentTime > 0));
  await ana.getByTestId("clip-title").fill("Wrong city");
  await picture("day-clip", ana);
  await ana.getByTestId("clip-cut").click();
  await ana.getByTestId("clip-dialog").waitFor({ state: "detached" });
  const [then] = await wall.faces();
  const [clip] = (await anaAsks.ask<{ items: Clip[] }>("GET", "/clips")).items;
  await clipIs(anaAsks, clip?.id ?? "", isReady);
  await ana.locator("[data-testid=tray-clip][data-state=ready]").waitFor();
  await wall.being("played on", (faces) => ms(faces[0]?.instant ?? "") > ms(then?.instant ?? "") && faces.every(({ playing }) => playing));
  await picture("day-clip-ready", ana);
  await ana.goto(`${server.url}/clips`);
  await ana.locator("[data-testid=clips] > li[data-state=ready]").getByTestId("clip-share").click();
  await ana.getByTestId("share-make").click();
  const link = await ana.getByTestId("share-link").inputValue();
  await ana.getByTestId("share-done").click();
  const stranger = await (await openContext(browser, errors, { viewport: { width: 375, height: 650 } })).newPage();
  await stranger.goto(link);
  await until("the clip, without an account", () => stranger.getByTestId("shared-video").evaluate((video: HTMLVideoElement) => video.readyState >= 1 && video.duration > 10));
  await stranger.context().close();
});

test("the network drops: kept here; it is back: saved, once", async () => {
  const templates = ana.waitForResponse((answer) => answer.url().includes("/note-templates"));
  await ana.goto(`${server.url}/wall?channels=${channels.slice(0, 4).map(({ id }) => id).join(",")}&grid=4&at=${at(100).toISOString()}`);
  await wall.being("standing", (faces) => faces.length === 4 && faces.every(({ state }) => state === "paused"));
  await (await templates).finished();
  await desk.setOffline(true);
  await ana.keyboard.press("n");
  await ana.getByTestId("option-Sport").click();
  await ana.getByTestId("note-text").fill("typed without a network");
  await ana.getByTestId("note-text").press("Enter");
  await until("Kept here, will retry", async () => (await ana.getByTestId("note-tray").getAttribute("data-state")) === "kept");
  await picture("day-kept", ana);
  await desk.setOffline(false);
  await until("the note to be saved", async () => (await notesOf("network")).length > 0);
  await until("nothing to be waiting", async () => (await ana.getByTestId("note-tray").count()) === 0 || (await ana.getByTestId("note-tray").getAttribute("data-queued")) === "0");
  expect((await notesOf("network")).map(({ text }) => text)).toEqual(["typed without a network"]);
  for (const text of errors.splice(0)) expect(text).toMatch(/net::ERR_|Failed to fetch/);
});

test("any moment: a channel and a time; words of a note, chosen by keys; the same picture for a colleague", async () => {
  const text = ana.getByTestId("go-to-text");
  await ana.keyboard.press("/");
  await text.fill(`channel 7 ${at(120).toISOString().slice(11, 19)}`);
  await until("the channel by name", async () => (await ana.getByTestId("go-to-result").innerText()).includes("Channel 7"));
  await text.press("Enter");
  await wall.being("there", (faces) => faces.every(({ instant }) => ms(instant) === at(120).getTime()));
  await ana.keyboard.press("/");
  await text.fill("wrong ci");
  const found = ana.getByTestId("go-to-notes").locator("[data-note]");
  await found.first().waitFor();
  await picture("day-any-moment", ana);
  expect(await complaintsOfAxe(ana)).toEqual([]);
  await text.press("ArrowDown");
  await text.press("Enter");
  const [note] = await notesOf("wrong");
  await wall.being("at the note's moment", (faces) => faces.some(({ instant }) => Math.abs(ms(instant) - ms(note?.at ?? "")) < 2));
  expect(await ana.locator("[data-focused=true]").getAttribute("data-channel")).toBe(seven());
  await ana.keyboard.press("/");
  await text.fill("words that nobody wrote");
  await until("the box to say so", async () => (await ana.getByTestId("go-to-result").innerText()).length > 0 && (await text.getAttribute("aria-invalid")) === "true");
  await ana.keyboard.press("Escape");

  await ana.goto(`${server.url}/watch/${seven()}?at=${at(120.02).toISOString()}`);
  const shown = await new Player(ana).settled();
  await ben.goto(ana.url());
  const same = await new Player(ben).settled((face) => face.instant === shown.instant);
  expect(same.counter).toEqual(shown.counter);
});

test("search finds the note among all; the draft that was left is waiting", async () => {
  await ana.keyboard.press("n");
  await ana.getByTestId("note-text").fill("to be finished tomorrow");
  await ana.getByTestId("note-text").press("Escape");
  await ana.getByTestId("note-panel").waitFor({ state: "detached" }); // it is kept
  await ana.goto(`${server.url}/notes`);
  await ana.getByTestId("drafts").click();
  await ana.getByTestId("draft-list").getByText("to be finished tomorrow").waitFor();
  await ana.getByTestId("notes-search").fill("city anch");
  await until("one note", async () => (await ana.locator("[data-testid=notes] [data-note]").count()) === 1);
  await picture("day-search", ana);
  await ana.getByTestId("note-open").click();
  await new Player(ana).settled();
});

test("layouts are kept by name, and renamed", async () => {
  await ana.goto(`${server.url}/wall?channels=${channels.slice(2, 6).map(({ id }) => id).join(",")}&grid=4&at=${at(50).toISOString()}`);
  for (const name of ["Evening", "Morning"]) {
    await ana.getByTestId("layouts").click();
    await ana.getByTestId("layout-name").fill(name);
    await ana.getByTestId("layout-save").click();
    await ana.getByTestId(`layout-${name}`).waitFor();
    await ana.keyboard.press("Escape");
  }
  await ana.getByTestId("layouts").click();
  await ana.getByTestId("layout-Evening").getByTestId("layout-rename").click();
  await ana.getByTestId("layout-new-name").fill("Morning");
  await ana.keyboard.press("Enter");
  await ana.getByText("Another layout has this name.").waitFor();
  expect(errors.splice(0).every((text) => text.includes(" 409 "))).toBe(true);
  await ana.keyboard.press("Escape");
  await ana.getByTestId("layout-new-name").waitFor({ state: "detached" });
  await ana.getByTestId("layout-Evening").getByTestId("layout-rename").click();
  await ana.getByTestId("layout-new-name").fill("Late evening");
  await ana.keyboard.press("Enter");
  await ana.getByTestId("layout-Late evening").waitFor();
  expect(await complaintsOfAxe(ana)).toEqual([]);
  await picture("day-layouts", ana);
  expect((await anaAsks.ask<{ items: { name: string }[] }>("GET", "/layouts")).items.map(({ name }) => name).sort()).toEqual(["Late evening", "Morning"]);
});

test("the end of the day: what she has reviewed, her own alone; what is unfinished waits", async () => {
  const told = await anaAsks.ask<{ items: { name: string }[] }>("GET", `/coverage/totals?from=${at(-3600).toISOString()}&to=${new Date().toISOString()}`);
  expect(told.items.map(({ name }) => name)).toEqual(["ana"]);
  await ana.goto(server.url);
  const total = ana.getByTestId("reviewed-today").getByTestId("reviewed-by");
  await total.waitFor();
  expect(await total.count()).toBe(1);
  expect(await total.textContent()).toMatch(/^you(\d+:)?\d+:\d\d$/);
  expect(await total.textContent()).not.toContain("you0:00");
  await ana.getByTestId("drafts").waitFor();
  expect(await complaintsOfAxe(ana)).toEqual([]);
  await picture("day-home", ana);
});
