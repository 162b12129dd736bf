// The fastest speeds, over more footage than a test can wait for: a recording of 20 minutes, imported.

import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { must, temporaryFolder } from "../support/process.ts";
import { addChannel, email, password, Server, type Channel } from "../support/server.ts";
import { makeFootage } from "../support/sources.ts";
import { openBrowser, openContext, signIn } from "./browser.ts";
import { ms, Player, teachPage, type Sighting } from "./player.ts";

const gop = 50; // frames; 2 s
const turn = 64 * 25; // frames of the loop
const begin = new Date(Date.UTC(2026, 0, 15, 12));
const at = (seconds: number): Date => new Date(begin.getTime() + seconds * 1000);

let server: Server;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let player: Player;
let channel: Channel;
const errors: string[] = [];
const folder = temporaryFolder();

beforeAll(async () => {
  const clip = await makeFootage("../demo/2.mp4", {
    channel: 2, name: "City News", picture: "gradients", tone: 440, bframes: 2, seconds: 64, size: "640x360", bitrate: "900k",
  });
  const film = join(folder.path, "twenty minutes.mp4");
  await must("ffmpeg", [
    "-v", "error", "-nostdin", "-stream_loop", "-1", "-i", clip, "-map", "0", "-c", "copy", "-t", "1200", film,
  ]);
  server = await Server.start();
  channel = await addChannel(server, "City News", "http://127.0.0.1:9/none.m3u8");
  await server.halt();
  const made = await server.command(["import", "City News", film, "--at", begin.toISOString()]);
  expect(made).toMatchObject({ code: 0 });
  await server.resume();
  browser = await openBrowser();
  context = await openContext(browser, errors);
  page = await context.newPage();
  await teachPage(page);
  player = new Player(page);
  await signIn(page, server.url, email, password);
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});

afterEach(() => expect(errors.splice(0), "the browser's complaints").toEqual([]));

/** Pictures in order, each the keyframe that belongs to its instant, however busy the machine is. */
function expectKept(seen: readonly Sighting[], direction: 1 | -1): void {
  const fast = seen.filter((sighting) => sighting.mode === "key");
  const beginning = 1 + fast.findLastIndex((sighting) => sighting.counter.frame % gop !== 0);
  expect(beginning, "the mode changes with the picture, or a few animation frames before it").toBeLessThan(8);
  const keys = fast.slice(beginning);
  expect(keys.length).toBeGreaterThan(20);
  // The counter tells where in the loop the picture lies. The page's word may be behind what the browser has
  // just put on the screen (a few pictures on a busy machine), never ahead of it.
  const pictures = keys.map((sighting) => {
    const said = Math.round((ms(sighting.frame) - begin.getTime()) / 40);
    const ahead = (((direction * (sighting.counter.frame - said)) % turn) + turn) % turn;
    expect(ahead).toBeLessThan(turn / 2);
    return { said, shown: said + direction * ahead };
  });
  expect(pictures.filter(({ said, shown }) => said === shown).length).toBeGreaterThan(0);
  for (const [i, { said, shown }] of pictures.slice(1).entries()) {
    expect(direction * (said - (pictures[i]?.said ?? 0))).toBeGreaterThan(0);
    expect(direction * (shown - (pictures[i]?.shown ?? 0))).toBeGreaterThanOrEqual(0);
  }
}

describe("the fastest", () => {
  test("60x goes on for a quarter of an hour of footage", async () => {
    await page.goto(`${server.url}/watch/${channel.id}?at=${at(10.02).toISOString()}`);
    await player.settled();
    const seen = await player.play(60, 900);
    expectKept(seen, 1);
  });

  test("and backward", async () => {
    await player.goTo(at(1150.02));
    expectKept(await player.play(-60, 900), -1);
  });

  test("it stops at the end of what is recorded, on the last picture", async () => {
    await player.goTo(at(1100.02));
    await player.setSpeed(60);
    await page.keyboard.press("Space");
    const face = await player.being("at the end", (now) => ms(now.frame) >= at(1195).getTime());
    expect(ms(face.frame)).toBeLessThan(at(1200).getTime());
  });
});
