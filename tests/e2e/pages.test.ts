// Every page, and what opens on the wall, in three languages, light and dark, on a desk and on a phone: every text is
// there, nothing is cut off, the accessibility checker has nothing to say.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cutClip } from "../support/clips.ts";
import { addPerson, superadmin, type Me } from "../support/people.ts";
import { email, password, type Channel, type Server } from "../support/server.ts";
import { openBrowser, openContext, signIn } from "./browser.ts";
import { startFilms, type Films } from "./live_wall.ts";
import { type Look, type Stop, walk } from "./pages.ts";

const film = { begin: new Date((Math.floor(Date.now() / 3_600_000) - 20) * 3_600_000), seconds: 300 };
const at = (seconds: number): string => new Date(film.begin.getTime() + seconds * 1000).toISOString();
const looks: readonly Look[] = [
  { locale: "en", theme: "light", size: "desktop" },
  { locale: "en", theme: "dark", size: "phone" },
  { locale: "es", theme: "dark", size: "desktop" },
  { locale: "es", theme: "light", size: "phone" },
  { locale: "ru", theme: "light", size: "desktop" },
  { locale: "ru", theme: "dark", size: "phone" },
];

let films: Films | undefined;
let server: Server;
let channels: readonly Channel[] = [];
let browser: Browser;
let page: Page;
let personId = "";
/** The id of a channel of which nothing was ever recorded. */
let dead = "";
const errors: string[] = [];

/** Something on every page. */
async function fill(): Promise<void> {
  const root = await superadmin(server);
  const ana = await addPerson(server, "ana", "editor");
  personId = (await ana.ask<Me>("GET", "/me")).id;
  const [one = "", two = ""] = channels.map(({ id }) => id);
  await root.ask("POST", "/note-templates", {
    name: "Desk format", isDefault: true,
    fields: [
      { key: "topic", label: "Topic", kind: "choice", required: true, options: [{ value: "War", hotkey: "w" }, { value: "Sport", hotkey: "s" }] },
      { key: "marks", label: "Marks", kind: "tag", options: [{ value: "Lie", hotkey: "l" }, { value: "Goal", hotkey: "g" }] },
      { key: "who", label: "Who", kind: "person" },
      { key: "length", label: "Length", kind: "time-range" },
    ],
  });
  const texts = ["The anchor names the wrong city", "El árbitro señaló penalti en el minuto noventa", "Ведущий ошибся в прямом эфире"];
  for (const [i, text] of texts.entries()) await ana.ask("POST", "/notes", { channelId: one, at: at(60 + 20 * i), text, tags: ["news", "lie"] });
  await cutClip(ana, { channelIds: [one], from: at(100), to: at(130), title: "Wrong city, as it was said in the evening programme", tags: ["news"] });
  await root.ask("POST", "/screenshots", { channelId: two, at: at(70) });
  await root.ask("POST", "/shares", { channelId: one, from: at(100), to: at(130), title: "Wrong city" });
  dead = (await root.ask<Channel>("POST", "/channels", { name: "Nobody there", source: { url: "http://127.0.0.1:9/none.m3u8" } })).id;
  await root.ask("POST", "/layouts", { name: "Evening", grid: 4, channels: channels.slice(0, 4).map(({ id }) => id) });
  const reports = [ana, root].map((_, i) => ({
    channelId: one, from: at(10 + 100 * i), to: at(100 + 60 * i), shownFrom: new Date(Date.now() - 600_000).toISOString(), shownTo: new Date(Date.now() - 540_000).toISOString(), speed: 2, mode: "all",
  }));
  await ana.ask("POST", "/coverage", { reports: reports.slice(0, 1) });
  await root.ask("POST", "/coverage", { reports: reports.slice(1) });
}

beforeAll(async () => {
  films = await startFilms(9, film);
  ({ server, channels } = films);
  await fill();
  browser = await openBrowser();
  page = await (await openContext(browser, errors)).newPage();
  await signIn(page, server.url, email, password);
}, 400_000);

afterAll(async () => {
  await browser?.close();
  await films?.stop();
});

const standing = "[data-testid=tile][data-state=paused]";

function pages(): readonly Stop[] {
  const [one = ""] = channels.map(({ id }) => id);
  const list: readonly [name: string, path: string, shows: string][] = [
    ["home", "/", "[data-testid=figures]"], ["channels", "/channels", "[data-testid=channel-list]"], ["notes", "/notes", "[data-testid=notes]"],
    ["templates", "/note-templates", "[data-testid=templates]"], ["clips", "/clips", "[data-testid=clips]"], ["screenshots", "/screenshots", "[data-testid=shots]"],
    ["shares", "/shares", "[data-testid=shares]"], ["members", "/members", "[data-testid=members]"], ["audit", "/audit", "[data-testid=audit]"],
    ["organizations", "/site/organizations", "[data-testid=organizations]"], ["people", "/site/people", "[data-testid=people]"],
    ["person", `/site/people/${personId}`, "[data-testid=person]"], ["keys-and-tokens", "/site/keys", "[data-testid=rotate-key]"],
    ["account", "/account", "[data-testid=account]"], ["privacy", "/privacy", "[data-testid=privacy]"], ["missing", "/nowhere", "main"],
    ["watch", `/watch/${one}?at=${at(90)}`, standing],
  ];
  return list.map(([name, path, shows]) => ({ name, path, shows }));
}

/** The wall, and what opens on it. */
function walls(): readonly Stop[] {
  const path = `/wall?channels=${channels.map(({ id }) => id).join(",")}&grid=9&at=${at(90)}`;
  const four = `/wall?channels=${channels.slice(0, 4).map(({ id }) => id).join(",")}&grid=4&at=${at(90)}`;
  const opened: readonly [name: string, by: readonly string[], shows: string][] = [
    ["go-to", ["/"], "[data-testid=go-to-dialog]"], ["catch-up", ["e"], "[data-testid=catch-up-dialog] form, [data-testid=catch-up-nothing]"],
    ["keys", ["?"], "[data-testid=keys-dialog]"], ["layouts", ["#layouts"], "[data-testid=layout-Evening]"], ["picker", ["w"], "[data-testid=picker-list]"],
    ["note", ["n"], "[data-testid=note-panel]"], ["clip", ["c"], "[data-testid=clip-dialog]"], ["speeds", ["#speed-menu"], "[role=menu]"],
    ["filter", ["#unseen-menu"], "[role=menu]"], ["tile-menu", ["#tile-menu"], "[role=menu]"],
  ];
  const broken = `/wall?channels=${channels[0]?.id},${dead}&grid=4&at=${at(90)}`;
  return [{ name: "wall", path, shows: standing }, { name: "broken", path: broken, shows: "[data-testid=watch-empty]" }, ...opened.map(([name, by, shows]) => ({ name, path: four, shows: standing, opens: { by, shows } }))];
}

test.each(looks)("every page: $locale, $theme, $size", async (look) => {
  expect(await walk(page, server.url, pages(), [look])).toEqual([]);
  expect(errors.splice(0)).toEqual([]);
}, 400_000);

test.each(looks)("the wall and what opens on it: $locale, $theme, $size", async (look) => {
  expect(await walk(page, server.url, walls(), [look])).toEqual([]);
  expect(errors.splice(0)).toEqual([]);
}, 400_000);
