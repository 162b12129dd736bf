// A browser keeps what it has seen, so that seeking back costs nothing. It keeps it for who saw it: whoever sits down
// at the same browser next is asked who they are.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instant } from "../integration/instants.ts";
import { footageEnd, noon, startWithFootage } from "../integration/imported.ts";
import { addPerson } from "../support/people.ts";
import { email, password, type Channel, type Server } from "../support/server.ts";
import { openBrowser, openContext, signIn } from "./browser.ts";

let server: Server;
let channel: Channel;
let browser: Browser;

beforeAll(async () => {
  ({ server, channel } = await startWithFootage());
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test("what one person has watched is nothing to the next one at the same browser", async () => {
  const page = await (await openContext(browser, [])).newPage();
  await signIn(page, server.url, email, password);
  const addresses = [`frame.jpg?at=${instant(noon)}`, `video.mp4?from=${instant(noon)}&to=${instant(footageEnd)}`].map((view) => `/api/v1/channels/${channel.id}/${view}`);
  /** Status, and whether the server was asked. */
  const look = (address: string) =>
    page.evaluate(async (url) => {
      const answer = await fetch(url);
      await answer.arrayBuffer();
      const timing = performance.getEntriesByName(new URL(url, location.href).href).at(-1) as PerformanceResourceTiming;
      return { status: answer.status, kept: timing.transferSize === 0 };
    }, address);
  for (const address of addresses) expect(await look(address)).toEqual({ status: 200, kept: false });
  expect(await look(addresses[0] as string), "again").toEqual({ status: 200, kept: true });
  await page.evaluate(() => fetch("/api/v1/session", { method: "DELETE" }));
  for (const address of addresses) expect((await look(address)).status, "signed out").toBe(401);
  await addPerson(server, "elsewhere", "reader");
  await page.goto(server.url);
  await signIn(page, server.url, "elsewhere@longtake.test", "four words nobody chose");
  for (const address of addresses) expect((await look(address)).status, "somebody else").toBe(403);
});
