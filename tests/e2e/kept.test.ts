// What is kept while a note is written belongs to it; what is clipped already shows on the timeline, and is found by
// its words.

import type { Browser, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { askForClip } from "../support/clips.ts";
import { counterOf } from "../support/media.ts";
import { addPerson } from "../support/people.ts";
import { recorded, Server, type Channel } from "../support/server.ts";
import type { Source } from "../support/sources.ts";
import { choose, complaintsOfAxe, overflow, picture, until, untranslated } from "./browser.ts";
import { endAfterTests, openCityDesk } from "./city_news.ts";
import { Player } from "./player.ts";

type Note = { id: string; text: string; screenshotIds: string[]; clipIds: string[] };

let server: Server;
let source: Source;
let channel: Channel;
let browser: Browser;
let page: Page;
let player: Player;
const errors: string[] = [];

beforeAll(async () => {
  ({ server, source, channel, browser, page } = await openCityDesk(errors));
  player = new Player(page);
}, 300_000);

endAfterTests(errors, () => ({ browser, source, server }));

const notes = async (): Promise<Note[]> => (await server.ask<{ items: Note[] }>("GET", "/notes")).items;
const frameOf = async (id: string): Promise<number> => (await counterOf(await server.bytes(`/screenshots/${id}/file.png`))).frame;
async function standAt(seconds: number): Promise<number> {
  const span = await recorded(server, channel.id, 20);
  await page.goto(`${server.url}/watch/${channel.id}?at=${new Date(span.from.getTime() + seconds * 1000).toISOString()}`);
  return (await player.settled()).counter.frame;
}

test("with a note open a picture and a clip go with it, from the keyboard", async () => {
  await standAt(8);
  await page.keyboard.press("n");
  const panel = page.getByTestId("note-panel");
  await panel.waitFor();
  await page.keyboard.type("Crossing");
  const frame = (await player.settled()).counter.frame;
  await page.keyboard.press("Alt+s");
  await panel.locator("[data-testid^=kept-screenshot-]").waitFor();
  await page.keyboard.press("Alt+c");
  await page.getByTestId("clip-dialog").waitFor();
  await page.getByTestId("clip-title").fill("Cars at dawn");
  await page.getByTestId("clip-tags").fill("city");
  await page.getByTestId("clip-cut").click();
  await page.getByTestId("clip-dialog").waitFor({ state: "detached" });
  await panel.locator("[data-testid^=kept-clip-]").waitFor();
  expect(await complaintsOfAxe(page)).toEqual([]);
  await picture("note-with-picture", page);
  await panel.getByTestId("note-save").click();
  await panel.waitFor({ state: "detached" });
  await until("the note to have both", async () => (await notes()).some((note) => note.screenshotIds.length === 1 && note.clipIds.length === 1));
  const [note] = await notes();
  expect(note?.text).toBe("Crossing");
  expect(await frameOf(note?.screenshotIds[0] ?? "")).toBe(frame);
});

test("the notes page shows them small; each opens and is saved", async () => {
  await page.goto(`${server.url}/notes`);
  const strip = page.getByTestId("kept-strip");
  await strip.waitFor();
  const opens = strip.locator("[data-testid^=kept-screenshot-]").getByTestId("kept-open");
  const image = opens.locator("img");
  await until("the picture to be seen", () => image.evaluate((element: HTMLImageElement) => element.naturalWidth === 640));
  expect(await opens.getAttribute("href")).toMatch(/\/screenshots\/\d+\/file\.png$/);
  expect(await strip.getByTestId("kept-download").first().getAttribute("href")).toMatch(/file\.png\?download=1$/);
  await strip.locator("[data-testid=kept-clip][data-state=ready]").waitFor();
  for (const locale of ["es", "ru", "en"]) {
    await choose(page, `locale-${locale}`);
    expect(await untranslated(page, ["app", "nav", "notes", "clips", "shots"])).toEqual([]);
    expect(await overflow(page)).toBe(0);
  }
  expect(await complaintsOfAxe(page)).toEqual([]);
  await picture("notes-with-pictures", page);
});

test("without a note S makes just the picture, and its message offers the note", async () => {
  const frame = await standAt(12);
  await page.keyboard.press("s");
  await page.getByTestId("shot-note").click();
  const panel = page.getByTestId("note-panel");
  await panel.locator("[data-testid^=kept-screenshot-]").waitFor();
  await panel.getByTestId("note-text").click();
  await page.keyboard.type("Later");
  await panel.getByTestId("note-save").click();
  await panel.waitFor({ state: "detached" });
  await until("the note to have the picture", async () => (await notes()).some((note) => note.text === "Later" && note.screenshotIds.length === 1));
  const later = (await notes()).find((note) => note.text === "Later");
  expect(await frameOf(later?.screenshotIds[0] ?? "")).toBe(frame);
});

test("a message does not lie over a dialog's header", async () => {
  await standAt(12);
  await page.keyboard.press("s");
  await page.getByTestId("toast").waitFor();
  await page.keyboard.press("c");
  const header = page.getByTestId("clip-dialog").locator("header");
  await header.waitFor();
  const [toast, dialog] = [await page.getByTestId("toast").boundingBox(), await header.boundingBox()];
  if (!toast || !dialog) throw new Error("the message was gone already");
  const apart = toast.y >= dialog.y + dialog.height || toast.y + toast.height <= dialog.y || toast.x >= dialog.x + dialog.width || toast.x + toast.width <= dialog.x;
  expect(apart, JSON.stringify({ toast, dialog })).toBe(true);
  const close = await page.getByTestId("toast-close").boundingBox();
  if (!close) throw new Error("the message was gone already");
  const corner = [toast.x + toast.width - close.x - close.width, close.y - toast.y];
  for (const space of corner) expect(space, `the close button in the corner: ${JSON.stringify({ toast, close })}`).toBeLessThan(12);
  await picture("message-and-dialog", page);
  await page.keyboard.press("Escape");
});

test("a message beside a dialog is closed, and the dialog stays with what was trimmed", async () => {
  await standAt(12);
  await page.keyboard.press("s");
  await page.getByTestId("toast").waitFor();
  await page.keyboard.press("c");
  await page.getByTestId("clip-title").fill("not to be lost");
  await page.getByTestId("toast-close").click();
  await page.getByTestId("toast").waitFor({ state: "detached" });
  expect(await page.getByTestId("clip-title").inputValue()).toBe("not to be lost");
  await page.keyboard.press("Escape");
  await page.getByTestId("clip-dialog").waitFor({ state: "detached" });
});

test("in full screen, what opens and what is said is seen", async () => {
  await standAt(12);
  const onTop = (id: string) =>
    page.getByTestId(id).evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    });
  await page.keyboard.press("f");
  await until("the page to fill the screen", () => page.evaluate(() => document.fullscreenElement !== null));
  expect(await page.getByTestId("watch-title").isVisible()).toBe(false);
  expect(await onTop("tile")).toBe(true);
  await page.keyboard.press("s");
  await page.getByTestId("toast").waitFor();
  expect(await onTop("toast")).toBe(true);
  await page.keyboard.press("t");
  await page.getByTestId("go-to-text").waitFor();
  expect(await onTop("go-to-text")).toBe(true);
  await picture("full-screen", page);
  await page.keyboard.press("Escape");
  await page.getByTestId("go-to-dialog").waitFor({ state: "detached" });
  await page.keyboard.press("f");
  await until("the page to be as it was", () => page.evaluate(() => document.fullscreenElement === null));
  expect(await page.getByTestId("watch-title").isVisible()).toBe(true);
});

test("what is clipped already is on the timeline, told by pointer and keyboard, and comes and goes by itself", async () => {
  await standAt(12);
  const marks = page.getByTestId("clip-mark");
  await marks.first().waitFor();
  expect(await marks.first().getAttribute("aria-label")).toBe("Clip “Cars at dawn”, tester");
  await marks.first().focus();
  await until("the tip", async () => (await page.getByTestId("clipped").innerText()) === "Clip “Cars at dawn”, tester");
  const box = await marks.first().boundingBox();
  if (!box) throw new Error("no mark");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await until("the tip under the pointer", async () => (await page.getByTestId("clipped").innerText()) === "Clip “Cars at dawn”, tester");
  await picture("clip-marks", page);
  const before = await marks.count();
  const span = await recorded(server, channel.id, 20);
  const at = (seconds: number): string => new Date(span.from.getTime() + seconds * 1000).toISOString();
  const other = await askForClip(server, { channelId: channel.id, from: at(2), to: at(4), title: "By somebody else" });
  await page.locator(`[data-testid=clip-mark][data-clip="${other.id}"]`).waitFor({ state: "attached" });
  await server.ask("DELETE", `/clips/${other.id}`);
  await until("the mark to go", async () => (await marks.count()) === before);
  expect(await complaintsOfAxe(page)).toEqual([]);
});

test("the registry is searched by words of title and tags, and by who cut it", async () => {
  await page.goto(`${server.url}/clips`);
  const cards = page.locator("[data-testid=clips] > li");
  await cards.first().waitFor();
  await page.getByTestId("clips-search").fill("daw");
  await until("the clip to be found", async () => (await cards.allInnerTexts()).some((text) => text.includes("Cars at dawn")));
  await page.getByTestId("clips-search").fill("dusk");
  await page.getByTestId("clips-empty").waitFor();
  await page.getByTestId("clips-search").fill("");
  await cards.first().waitFor();
  const all = await cards.count();
  await askForClip(await addPerson(server, "zoraida", "editor"), { channelId: channel.id, from: new Date(Date.now() - 3000).toISOString(), to: new Date(Date.now() - 2000).toISOString(), title: "By a colleague" });
  await until("the colleague's clip, too", async () => (await cards.count()) === all + 1);
  await page.reload();
  await cards.first().waitFor();
  await page.getByTestId("clips-author").selectOption({ label: "zoraida" });
  await until("the colleague's clip alone", async () => (await cards.allInnerTexts()).every((text) => text.includes("By a colleague")));
  await page.getByTestId("clips-author").selectOption({ index: 1 });
  await until("one's own", async () => (await cards.count()) === all);
  await page.getByTestId("clips-author").selectOption("");
  await page.getByTestId("clips-search").fill("zorai");
  await until("the clip by its author's name", async () => (await cards.count()) === 1 && (await cards.first().innerText()).includes("By a colleague"));
  await picture("kept-search", page);
  expect(await complaintsOfAxe(page)).toEqual([]);
});
