// A real browser on the pages, and what went wrong in it.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import { expect } from "vitest";
import { waitFor } from "../support/process.ts";

const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
];

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium", // scripts/test names the one there is
    args: flags,
    env: { ...process.env, TZ: "UTC" } as Record<string, string>,
  });
}

/** A refusal that belongs to a page that works: a source failed its test. */
function isExpected(text: string, url: string): boolean {
  const path = URL.canParse(url) ? new URL(url).pathname : "";
  return text.includes("422") && path === "/api/v1/sources/test";
}

/** A context of its own (cookies, preferences), whose complaints are kept in `errors`. */
export async function openContext(
  browser: Browser,
  errors: string[],
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "UTC",
    acceptDownloads: true,
    ...options,
  });
  context.setDefaultTimeout(30_000);
  context.on("weberror", (failure) => errors.push(`exception: ${failure.error().message}`));
  context.on("console", (message) => {
    if (message.type() !== "error") return;
    const { url } = message.location();
    if (!isExpected(message.text(), url)) errors.push(`${message.text()} (${url})`);
  });
  return context;
}

export async function signIn(page: Page, url: string, email: string, password: string): Promise<void> {
  await page.goto(url);
  await page.getByTestId("email").fill(email);
  await page.getByTestId("password").fill(password);
  await page.getByTestId("sign-in-submit").click();
  await page.getByTestId("organization-name").or(page.getByTestId("organization-menu")).first().waitFor({ state: "attached" });
}

export async function choose(page: Page, testId: string): Promise<void> {
  await page.getByTestId("account-menu").click();
  await page.getByTestId(testId).click();
  await page.keyboard.press("Escape");
  await page.getByTestId(testId).waitFor({ state: "detached" });
}

/** Leaves a picture of the page in the folder LONGTAKE_SCREENSHOTS, when that is set. */
export async function picture(name: string, of: Page): Promise<void> {
  const folder = process.env.LONGTAKE_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await of.screenshot({ path: join(folder, `${name}.png`) });
}

/** How far the page, or its scrolling part, is wider than there is room, in pixels. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const parts = [document.documentElement, ...document.querySelectorAll("main")];
    return Math.max(...parts.map((part) => part.scrollWidth - part.clientWidth));
  });
}

type Axe = { run(context: Document, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What the accessibility checker finds: rule and element. */
export async function complaintsOfAxe(page: Page): Promise<string[]> {
  await page.evaluate(axe); // not as a script of the page: its content security policy allows none
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: Axe };
    const rules = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] };
    const { violations } = await axe.run(document, rules);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}

/** Words that are keys of the dictionary instead of its texts. */
export async function untranslated(page: Page, rooms: readonly string[]): Promise<string[]> {
  const said = await page.evaluate(() => {
    const texts = [document.body.innerText, document.title];
    for (const element of document.querySelectorAll("[aria-label],[title],[placeholder],[alt],[aria-valuetext]")) {
      for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext"]) {
        texts.push(element.getAttribute(name) ?? "");
      }
    }
    return texts.join("\n");
  });
  return [...said.matchAll(new RegExp(`(?<![\\w.])(?:${rooms.join("|")})\\.[a-z]\\w*(?:\\.\\w+)*`, "g"))].map((hit) => hit[0]);
}

/** Relative luminance of the page's ground, 0 to 255. */
export function ground(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.createElement("canvas").getContext("2d");
    if (!canvas) throw new Error("no canvas");
    canvas.fillStyle = getComputedStyle(document.body).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return 0.299 * r + 0.587 * g + 0.114 * b;
  });
}

/** Refusals that a test provokes are told by the browser, too: takes them from its complaints, of which there must be one. */
export async function expectRefusals(errors: string[], ...statuses: number[]): Promise<void> {
  await until(`the browser to tell of ${statuses.join(" or ")}`, () => Promise.resolve(errors.length > 0));
  for (const text of errors.splice(0)) expect(statuses.map((status) => text.includes(` ${status} `)), text).toContain(true);
}

export async function until(what: string, probe: () => Promise<boolean>): Promise<void> {
  await waitFor(what, probe, { timeoutMs: 30_000 });
}
