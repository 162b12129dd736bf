// One live channel, the demo's "City News", on a server of its own.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, expect } from "vitest";
import { addChannel, email, password, Server, type Channel } from "../support/server.ts";
import { makeFootage, startHls, type Source } from "../support/sources.ts";
import { openBrowser, openContext, signIn } from "./browser.ts";
import { teachPage } from "./player.ts";

/** Of the loop. */
export const filmSeconds = 64;

export type CityNews = { readonly server: Server; readonly source: Source; readonly channel: Channel };

export async function startCityNews(): Promise<CityNews> {
  const film = await makeFootage("../demo/2.mp4", {
    channel: 2, name: "City News", picture: "gradients", tone: 440, bframes: 2, seconds: filmSeconds, size: "640x360", bitrate: "900k",
  });
  const server = await Server.start();
  const source = await startHls(film, { pdt: true });
  return { server, source, channel: await addChannel(server, "City News", source.url) };
}

export type CityDesk = CityNews & { readonly browser: Browser; readonly page: Page };

/** The same, on a page that its first person is signed in to. What the browser complains of goes to `errors`. */
export async function openCityDesk(errors: string[]): Promise<CityDesk> {
  const news = await startCityNews();
  const browser = await openBrowser();
  const page = await (await openContext(browser, errors)).newPage();
  await teachPage(page);
  await signIn(page, news.server.url, email, password);
  return { ...news, browser, page };
}

/** No test leaves a complaint behind, and all of them together nothing that runs. */
export function endAfterTests(errors: string[], opened: () => Partial<CityNews & { browser: Browser }>): void {
  afterEach(() => expect(errors.splice(0), "the browser's complaints").toEqual([]));
  afterAll(async () => {
    const { browser, source, server } = opened();
    await browser?.close();
    await source?.stop();
    await server?.stop();
  });
}
