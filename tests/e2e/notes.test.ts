// Notes as editors write them: a real source, the real server, two people's browsers; the network cut, the page
// reloaded and the server killed in between.

import type { Browser, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { addPerson, superadmin, type Browser as Client } from "../support/people.ts";
import { password as secret } from "../support/people.ts";
import { addChannel, recorded, type Channel, type Server } from "../support/server.ts";
import type { Source } from "../support/sources.ts";
import { choose, complaintsOfAxe, openBrowser, openContext, overflow, picture, signIn, until, untranslated } from "./browser.ts";
import { endAfterTests, startCityNews } from "./city_news.ts";
import { ms, Player, teachPage } from "./player.ts";

const dictionary = ["app", "nav", "notes", "templates", "watch", "problem", "form", "keys", "timeline"];
type Note = { id: string; text: string; at: string; tags: string[]; fields: Record<string, unknown>; version: number };

let server: Server;
let source: Source;
let channel: Channel;
let browser: Browser;
let client: Client;
let ann: Page;
let bob: Page;
let from: Date;
const errors: string[] = [];

const notesOf = async (query = ""): Promise<Note[]> => (await client.ask<{ items: Note[] }>("GET", `/notes?limit=200&${query}`)).items;
const at = (seconds: number): Date => new Date(from.getTime() + seconds * 1000);
const watchAt = (page: Page, seconds: number) => page.goto(`${server.url}/watch/${channel.id}?at=${at(seconds).toISOString()}`);
const panel = (page: Page) => page.getByTestId("note-panel");

/** N, the words, Enter: nothing else is touched. */
async function jot(page: Page, text: string): Promise<void> {
  await page.keyboard.press("n");
  await page.getByTestId("note-text").waitFor();
  await until("the text to have the focus", () => page.getByTestId("note-text").evaluate((area) => area === document.activeElement));
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
  await panel(page).waitFor({ state: "detached" });
}

async function enter(name: string, role: string): Promise<Page> {
  await addPerson(server, name, role);
  const page = await (await openContext(browser, errors)).newPage();
  await teachPage(page);
  await signIn(page, server.url, `${name}@longtake.test`, secret);
  return page;
}

beforeAll(async () => {
  ({ server, source, channel } = await startCityNews());
  client = await superadmin(server);
  browser = await openBrowser();
  ann = await enter("ann", "editor");
  bob = await enter("bob", "manager");
  ({ from } = await recorded(server, channel.id, 20));
}, 300_000);

endAfterTests(errors, () => ({ browser, source, server }));

test("without notes, the page says how to write one", async () => {
  await ann.getByTestId("nav-notes").click();
  await ann.getByTestId("notes-empty").waitFor();
  expect(await ann.getByTestId("nav-note-templates").count()).toBe(0);
  expect(await complaintsOfAxe(ann)).toEqual([]);
});

test("twenty typed notes, the network cut, the page reloaded, the server killed: all twenty, once", async () => {
  const words = Array.from({ length: 20 }, (_, i) => `typed ${String(i + 1).padStart(2, "0")}`);
  const tray = ann.getByTestId("note-tray");
  const queued = () => tray.getAttribute("data-queued");
  await watchAt(ann, 8);
  await new Player(ann).settled();
  await ann.context().setOffline(true);
  for (const text of words.slice(0, 7)) await jot(ann, text);
  await until("seven notes to be kept here", async () => (await queued()) === "7" && (await tray.getAttribute("data-state")) === "kept");
  await picture("notes-kept", ann);
  await ann.context().setOffline(false);
  await ann.reload();
  await ann.getByTestId("watch").waitFor();
  await ann.getByTestId("tile").waitFor();
  await server.halt("SIGKILL");
  for (const text of words.slice(7, 14)) await jot(ann, text);
  await until("what was typed to be kept here", async () => Number(await queued()) >= 7 && (await tray.getAttribute("data-state")) === "kept");
  await server.resume();
  client = await superadmin(server);
  await ann.reload();
  await new Player(ann).settled();
  for (const text of words.slice(14)) await jot(ann, text);
  await until("all of them to be saved", async () => (await notesOf("search=typed")).length >= 20 && (await tray.count() === 0 || (await queued()) === "0"));
  expect((await notesOf("search=typed")).map(({ text }) => text).sort()).toEqual(words);
  // What the browser says of a network that was cut on purpose.
  for (const text of errors.splice(0)) expect(text).toMatch(/net::ERR_|Failed to fetch|status of 50/);
});

test("what is typed counts when Enter or Escape ends it: a number, a tag; times that are wrong are named", async () => {
  const fields = [{ key: "score", label: "Score", kind: "number" }, { key: "when", label: "When", kind: "time-range" }];
  const { id, version } = await client.ask<{ id: string; version: number }>("POST", "/note-templates", { name: "Scores", fields });
  await watchAt(ann, 9);
  await new Player(ann).settled();
  await ann.keyboard.press("n");
  await panel(ann).waitFor();
  await ann.getByTestId("note-template").selectOption(id);
  await ann.getByTestId("note-text").fill("weighed");
  const times = panel(ann).getByTestId("field-when").locator("input");
  await times.first().fill("half past");
  await ann.keyboard.press("Enter");
  await until("the times to have the focus", () => times.first().evaluate((input) => input === document.activeElement));
  expect(await times.first().getAttribute("aria-invalid")).toBe("true");
  expect(await complaintsOfAxe(ann)).toEqual([]);
  await times.first().fill("");
  await panel(ann).getByTestId("field-score").locator("input").focus();
  await ann.keyboard.type("-2,50");
  expect(await panel(ann).getByTestId("field-score").locator("input").inputValue()).toBe("-2,50");
  await ann.keyboard.press("Enter");
  await panel(ann).waitFor({ state: "detached" });
  await until("the note to be saved", async () => (await notesOf("search=weighed")).length === 1);
  expect((await notesOf("search=weighed"))[0]?.fields).toEqual({ score: -2.5 });

  await ann.keyboard.press("n");
  await panel(ann).waitFor();
  await ann.getByTestId("note-tag-input").focus();
  await ann.keyboard.type("half typed");
  await ann.keyboard.press("Escape");
  await panel(ann).waitFor({ state: "detached" });
  await ann.getByTestId("drafts").click();
  await ann.getByTestId("draft-continue").click();
  expect(await ann.getByTestId("note-tag").allInnerTexts()).toEqual(["half typed"]);
  await ann.getByTestId("note-close").click();
  await ann.getByTestId("drafts").click();
  await ann.getByTestId("draft-discard").click();
  await ann.getByTestId("confirm").click();
  await until("the draft to be gone", async () => (await ann.getByTestId("drafts").count()) === 0);
  await client.call("DELETE", `/note-templates/${id}`, undefined, { "If-Match": `"${version}"` });
});

describe("a template", () => {
  test("is made by a manager, with the keyboard too", async () => {
    await bob.getByTestId("nav-note-templates").click();
    await bob.getByTestId("template-add").click();
    await bob.getByTestId("template-name").fill("Desk format");
    await bob.getByTestId("template-default").check();
    for (const [label, kind] of [["Marks", "tag"], ["Topic", "choice"]] as const) {
      await bob.getByTestId("field-add").click();
      await until("the new field to have the focus", () => bob.getByTestId("field-label").last().evaluate((input) => input === document.activeElement));
      await bob.keyboard.type(label);
      await bob.getByTestId("field-kind").last().selectOption(kind);
    }
    await bob.getByTestId("field-options").nth(0).fill("Lie = l\nGoal = g");
    await bob.getByTestId("field-options").nth(1).fill("War = w\nSport = s");
    await bob.getByTestId("field-required").nth(1).check();
    await bob.getByTestId("field-up").nth(1).focus();
    await bob.keyboard.press("Enter");
    expect(await bob.getByTestId("field-label").first().inputValue()).toBe("Topic");
    expect(await complaintsOfAxe(bob)).toEqual([]);
    await picture("template-form", bob);
    await bob.getByTestId("template-save").click();
    await bob.getByTestId("templates").waitFor();
    expect(await bob.getByTestId("templates").innerText()).toContain("Topic");
    expect(await complaintsOfAxe(bob)).toEqual([]);
  });

  test("opens with N two seconds before the picture, holds it, and names what is missing", async () => {
    await watchAt(ann, 10);
    const player = new Player(ann);
    const shown = await player.settled();
    await ann.keyboard.press("Space");
    await player.being("playing", (face) => face.playing);
    await ann.keyboard.press("n");
    await panel(ann).waitFor();
    const held = await player.settled((face) => !face.playing);
    const noted = ms((await panel(ann).getAttribute("data-at")) ?? "");
    expect(noted).toBeGreaterThanOrEqual(ms(shown.instant) - 2000);
    expect(Math.abs(ms(held.frame) - 2000 - noted)).toBeLessThan(400);
    expect(await complaintsOfAxe(ann)).toEqual([]);
    await ann.getByTestId("note-text").click();
    await ann.keyboard.type("Two players argue @bo");
    await ann.getByTestId("mention-list").waitFor();
    await ann.keyboard.press("Enter");
    await ann.keyboard.type("saw it");
    await ann.keyboard.press("Alt+g");
    await ann.keyboard.press("Enter");
    expect(await ann.getByTestId("problem-topic").isVisible()).toBe(true);
    await picture("note-panel", ann);
    await ann.keyboard.press("s"); // the focus is on the field that is missing
    await ann.getByTestId("note-text").focus();
    await ann.keyboard.press("Shift+Enter");
    await ann.keyboard.type("and so did we");
    await ann.keyboard.press("Enter");
    await panel(ann).waitFor({ state: "detached" });
    await player.being("going on", (face) => face.playing);
    await until("the note to be saved", async () => (await notesOf("tag=Goal")).length === 1);
    const [note] = await notesOf("tag=Goal");
    expect(note?.fields).toEqual({ topic: "Sport", marks: ["Goal"] });
    expect(note?.text).toMatch(/^Two players argue <@\d+> saw it.*\nand so did we/s);
    await ann.keyboard.press("k");
  });

  test("leaves a draft on Esc, which survives the page and can be finished anywhere", async () => {
    await ann.keyboard.press("n");
    await ann.getByTestId("note-text").fill("half a thought");
    await ann.getByTestId("note-text").press("Escape");
    await panel(ann).waitFor({ state: "detached" });
    await ann.goto(`${server.url}/notes`);
    await ann.getByTestId("drafts").click();
    await picture("drafts", ann);
    expect(await complaintsOfAxe(ann)).toEqual([]);
    await ann.getByTestId("draft-continue").click();
    expect(await ann.getByTestId("note-text").inputValue()).toBe("half a thought");
    await ann.getByTestId("option-War").click();
    await ann.getByTestId("note-text").focus();
    await ann.keyboard.press("End");
    await ann.keyboard.type(", finished");
    await ann.keyboard.press("Enter");
    await until("the draft to be a note", async () => (await notesOf("search=finished")).length === 1);
    await ann.getByTestId("notes").getByText("half a thought, finished").waitFor();
  });
});

test("on a wall, only the tile that the note is about stands, and catches up afterwards", async () => {
  const second = await addChannel(server, "Second News", source.url);
  await recorded(server, second.id, 10);
  await ann.goto(`${server.url}/wall?channels=${channel.id},${second.id}&grid=4`);
  const places = () => ann.getByTestId("tile").evaluateAll((tiles) => tiles.map((tile) => tile.closest<HTMLElement>("[data-place]")?.dataset.place ?? ""));
  await until("two tiles on the wall", async () => (await places()).join() === "wall,wall");
  const clock = () => ann.getByTestId("tile").nth(1).getAttribute("data-instant").then((text) => ms(text ?? ""));
  await until("the wall to play", () => ann.getByTestId("tile").nth(1).getAttribute("data-state").then((state) => state === "playing"));
  await ann.keyboard.press("n");
  await panel(ann).waitFor();
  await until("one tile to stand", async () => (await places()).join() === "note,wall");
  const then = await clock();
  await until("the other to go on", async () => (await clock()) > then + 1000);
  await ann.getByTestId("option-Sport").click();
  await ann.getByTestId("note-text").fill("on the wall");
  await ann.getByTestId("note-text").press("Enter");
  await until("the tile to be back", async () => (await places()).join() === "wall,wall");
  await until("the note to be saved", async () => (await notesOf(`channelId=${channel.id}&search=wall`)).length === 1);
  await ann.keyboard.press("k");
  // Her page reports what it shows of it for as long as it is open.
  await ann.goto("about:blank");
  await client.call("DELETE", `/channels/${second.id}`);
});

test("a colleague's note appears on an open page, in the list, on the timeline and beside the picture", async () => {
  await watchAt(bob, 12);
  await new Player(bob).settled();
  await bob.getByTestId("notes-near-show").click();
  await bob.getByTestId("notes-near").waitFor();
  const before = await bob.getByTestId("notes-near").locator("[data-note]").count();
  await watchAt(ann, 15);
  await new Player(ann).settled();
  await ann.keyboard.press("n");
  await ann.getByTestId("option-War").click();
  await ann.getByTestId("note-text").fill("breaking news");
  await ann.getByTestId("note-text").press("Enter");
  await bob.getByTestId("notes-near").getByText("breaking news").waitFor();
  expect(await bob.getByTestId("notes-near").locator("[data-note]").count()).toBe(before + 1);
  await until("marks on the timeline", async () => (await bob.getByTestId("note-mark").count()) > 0);
  await bob.getByTestId("note-mark").last().focus();
  await bob.getByTestId("note-mark-tip").waitFor();
  expect(await complaintsOfAxe(bob)).toEqual([]);
  await picture("notes-near", bob);
  await bob.getByTestId("notes-near").locator("[data-note]", { hasText: "breaking news" }).getByTestId("note-open").click();
  await new Player(bob).settled((face) => Math.abs(ms(face.instant) - at(13).getTime()) < 1000);
});

describe("the list", () => {
  test("finds words of three languages, and opens their moment", async () => {
    const said = [["El árbitro señaló penalti", "senalo"], ["Ведущий ошибся в эфире", "ЭФИР"], ["The referee waits", "refer"]] as const;
    for (const [i, [text]] of said.entries()) await client.ask("POST", "/notes", { channelId: channel.id, at: at(5 + i).toISOString(), text });
    await ann.goto(`${server.url}/notes`);
    for (const [text, words] of said) {
      await ann.getByTestId("notes-search").fill(words);
      await ann.getByTestId("notes").getByText(text).waitFor();
      await until("nothing else to be shown", async () => (await ann.locator("[data-note]").count()) === 1);
    }
    expect(new URL(ann.url()).searchParams.get("search")).toBe("refer");
    expect(await complaintsOfAxe(ann)).toEqual([]);
    await ann.getByTestId("note-open").click();
    await new Player(ann).settled((face) => Math.abs(ms(face.instant) - at(7).getTime()) <= 1);
  });

  test("edits, shows what was said before, and removes", async () => {
    await ann.goto(`${server.url}/notes?search=breaking`);
    await ann.getByTestId("note-edit-open").click();
    await ann.getByTestId("note-edit").getByTestId("note-text").fill("broken news");
    await ann.getByTestId("note-edit-save").click();
    await ann.getByTestId("note-edit").waitFor({ state: "detached" });
    await ann.getByTestId("notes-search").fill("broken");
    await ann.getByTestId("note-history-open").click();
    await ann.getByTestId("note-history").getByText("breaking news").waitFor();
    expect(await ann.getByTestId("note-version").count()).toBe(2);
    expect(await complaintsOfAxe(ann)).toEqual([]);
    await picture("note-history", ann);
    await ann.keyboard.press("Escape");
    await ann.getByTestId("note-remove").click();
    await ann.getByTestId("confirm").click();
    await ann.getByTestId("notes-none").waitFor();
  });

  test("speaks three languages, dark and on a phone", async () => {
    for (const locale of ["es", "ru"]) {
      await choose(ann, `locale-${locale}`);
      await ann.goto(`${server.url}/notes`);
      await ann.getByTestId("notes").waitFor();
      expect(await untranslated(ann, dictionary)).toEqual([]);
      await picture(`notes-${locale}`, ann);
    }
    await choose(ann, "locale-en");
    await choose(ann, "theme-dark");
    expect(await complaintsOfAxe(ann)).toEqual([]);
    await picture("notes-dark", ann);
    await choose(ann, "theme-light");
    const phone = await (await openContext(browser, errors, { viewport: { width: 375, height: 700 }, hasTouch: true, isMobile: true })).newPage();
    await teachPage(phone);
    await signIn(phone, server.url, "ann@longtake.test", secret);
    await phone.goto(`${server.url}/notes`);
    await phone.getByTestId("notes").waitFor();
    expect(await overflow(phone)).toBeLessThanOrEqual(0);
    await picture("notes-phone", phone);
    await watchAt(phone, 9);
    await new Player(phone).settled();
    await phone.getByTestId("write-note").click();
    await panel(phone).waitFor();
    expect(await overflow(phone)).toBeLessThanOrEqual(0);
    expect(await complaintsOfAxe(phone)).toEqual([]);
    await picture("note-phone", phone);
    await phone.getByTestId("note-close").click();
  });
});
