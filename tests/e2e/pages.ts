// Every page and what opens on it, in one language, theme and size after the other: what is wrong with each.

import type { Page } from "playwright-core";
import { en } from "../../web/src/i18n/en.ts";
import { waitFor } from "../support/process.ts";
import { choose, complaintsOfAxe, overflow, picture, untranslated } from "./browser.ts";

const rooms = Object.keys(en);

export type Look = { readonly locale: "en" | "es" | "ru"; readonly theme: "light" | "dark"; readonly size: "desktop" | "phone" };

/** What one may come to: an address, and what is pressed there to open something. */
export type Stop = {
  readonly name: string;
  readonly path: string;
  /** It is there when this is. */
  readonly shows: string;
  /** Keys, or the test ids of buttons (`#id`), one after the other. */
  readonly opens?: { readonly by: readonly string[]; readonly shows: string };
};

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 375, height: 650 } };

/** What is cut off on the screen: a dialog or a menu beyond its edges. */
function beyond(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const open = document.querySelectorAll<HTMLElement>("[role=dialog],[role=menu],[data-testid=note-panel]");
    return [...open].flatMap((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const out = left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1;
      return out ? [`${element.dataset.testid ?? element.getAttribute("role")} lies beyond the screen: ${[left, top, right, bottom].map(Math.round).join(" ")}`] : [];
    });
  });
}

/** What there is no room for: a title of which a letter is left, words of a tile that run out of it. */
function squeezed(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const titles = [...document.querySelectorAll("h1")].filter((title) => getComputedStyle(title).position !== "absolute" && title.clientWidth < 40 && title.scrollWidth > title.clientWidth);
    const tiles = [...document.querySelectorAll("[data-testid=watch-empty]")].filter((words) => {
      const label = words.parentElement?.querySelector("[data-testid=tile-name]")?.getBoundingClientRect();
      return [...words.querySelectorAll("p")].some((line) => line.getBoundingClientRect().bottom > (label?.top ?? Infinity));
    });
    return [...titles.map(({ innerText }) => `no room for the title ${innerText}`), ...tiles.map(() => "no room for a tile's words")];
  });
}

async function complaintsOf(page: Page, name: string): Promise<string[]> {
  const wide = await overflow(page);
  const found = [...(await untranslated(page, rooms)), ...(await complaintsOfAxe(page)), ...(await beyond(page)), ...(await squeezed(page)), ...(wide > 0 ? [`${wide} px too wide`] : [])];
  await picture(`page-${name}`, page);
  return found.map((text) => `${name}: ${text}`);
}

async function openStop(page: Page, url: string, { path, shows, opens }: Stop): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.locator(shows).first().waitFor();
  for (const by of opens?.by ?? []) {
    if (by.startsWith("#")) await page.getByTestId(by.slice(1)).first().click();
    else await page.keyboard.press(by);
  }
  if (opens) await page.locator(opens.shows).first().waitFor();
  // What fades in is seen, and read, when it has.
  await waitFor("the page to be at rest", () => page.evaluate(() => document.getAnimations().every((one) => one.playState !== "running" || one.effect?.getTiming().iterations === Infinity)));
}

/** Goes everywhere, in every look; gives all that is wrong. */
export async function walk(page: Page, url: string, stops: readonly Stop[], looks: readonly Look[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { locale, theme, size } of looks) {
    await page.setViewportSize(sizes[size]);
    await page.goto(url);
    await choose(page, `locale-${locale}`);
    await choose(page, `theme-${theme}`);
    for (const stop of stops) {
      await openStop(page, url, stop);
      wrong.push(...(await complaintsOf(page, `${stop.name}-${locale}-${theme}-${size}`)));
    }
  }
  return wrong;
}
