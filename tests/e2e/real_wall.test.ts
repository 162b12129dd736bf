// The wall with recordings of real cameras: other rates, long groups of pictures, no counters in the pictures. They lie
// in REAL_FOOTAGE_FOLDER; without it there is nothing to look at. Pictures of it are left in LONGTAKE_SCREENSHOTS.

import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Channel, Server } from "../support/server.ts";
import { openBrowser, picture, until } from "./browser.ts";
import { startFilms, type Films } from "./live_wall.ts";
import { ms } from "./player.ts";
import { openWall, type TileFace, type WallPage } from "./wall.ts";

const folder = process.env.REAL_FOOTAGE_FOLDER ?? "";
delete process.env.REAL_FOOTAGE_FOLDER; // the server refuses settings it does not know
const files = ["car-detection", "one-by-one-person-detection", "bottle-detection"];
/** How far apart the keyframes of each lie at most. */
const stepMs = [4800, 1000, 8380];
/** Viewing time by which a picture may have passed before its tile says so. */
const passedMs = 2000;
const film = { begin: new Date((Math.floor(Date.now() / 3_600_000) - 48) * 3_600_000), seconds: 1800 };
const shows = (state: string): boolean => state === "playing" || state === "keyframes";
const at = (seconds: number): Date => new Date(film.begin.getTime() + seconds * 1000);

describe.skipIf(folder === "")("real footage on the wall", () => {
  let films: Films | undefined;
  let server: Server;
  let channels: readonly Channel[] = [];
  let browser: Browser;
  let page: Page;
  let wall: WallPage;
  const errors: string[] = [];

  beforeAll(async () => {
    const clip = (i: number): Promise<string> => Promise.resolve(join(folder, `${files[i % files.length]}.mp4`));
    films = await startFilms(9, { ...film, clip });
    ({ server, channels } = films);
    browser = await openBrowser();
    ({ page, wall } = await openWall(browser, server, errors));
  }, 400_000);

  afterAll(async () => {
    await browser?.close();
    await films?.stop();
  });

  afterEach(() => expect(errors.splice(0), "the browser's complaints").toEqual([]));

  test("live, nine tiles play", async () => {
    await page.goto(`${server.url}/wall?channels=${channels.map(({ id }) => id).join(",")}&grid=9`);
    const playing = (faces: readonly TileFace[]): boolean => faces.length === 9 && faces.every(({ live, state, frame }) => live && state === "playing" && frame !== "");
    const before = await wall.being("live", playing, 90_000);
    await wall.being("further on", (faces) => playing(faces) && faces.every(({ frame }, i) => ms(frame) > ms(before[i]?.frame ?? "") + 5000));
    await picture("real-live", page);
  });

  for (const tiles of [4, 9]) {
    for (const speed of [1, 8, 16]) {
      test(`${tiles} tiles at ${speed}x: every tile shows the clock's instant within a keyframe's step, or says that it is behind`, async () => {
        await page.goto(`${server.url}/wall?channels=${channels.slice(0, tiles).map(({ id }) => id).join(",")}&grid=${tiles}&at=${at(30).toISOString()}`);
        await wall.being("standing", (faces) => faces.length === tiles && faces.every(({ state, frame }) => state === "paused" && frame !== ""));
        await wall.setSpeed(speed);
        await page.keyboard.press("Space");
        const begun = performance.now();
        const seen = Array.from({ length: tiles }, () => ({ every: 1, worst: 0 }));
        const states = new Set<string>();
        const silent: string[] = [];
        const look = (faces: readonly TileFace[]): void => {
          for (const [i, { instant, frame, state, mode, every }] of faces.entries()) {
            states.add(`${state}/${mode}${every > 1 ? ` 1 in ${every}` : ""}`);
            const tile = seen[i];
            if (!tile || !shows(state) || frame === "") continue;
            // What is on the screen may have been asked for when the keyframes were thinned more than now.
            tile.every = Math.max(tile.every, every);
            const behind = ms(instant) - ms(frame);
            tile.worst = Math.max(tile.worst, behind);
            const most = (stepMs[i % files.length] ?? 0) * tile.every + passedMs * speed;
            if (behind > most + 100) silent.push(`tile ${i + 1} is ${state} with a picture ${behind} ms old; ${most} at most`);
          }
        };
        const aim = at(30 + 15 * speed).getTime();
        await wall.being(`${15 * speed} s on`, (faces) => (look(faces), faces.every(({ instant }) => ms(instant) >= aim)), 150_000);
        const seconds = (performance.now() - begun) / 1000;
        await wall.being("together, whatever happened before", (faces) => (look(faces), faces.length === tiles && faces.every(({ state, frame }) => shows(state) && frame !== "")));
        console.log(`${tiles} tiles at ${speed}x: ${(15 * speed / seconds).toFixed(1)}x reached; behind at most ${seen.map(({ worst }) => Math.round(worst)).join(" ")} ms; ${[...states].join(", ")}`);
        expect(silent, "tiles that were behind and did not say so").toEqual([]);
        await picture(`real-${tiles}-${speed}x`, page);
        await page.keyboard.press("k");
        await until("exact standing pictures", async () => (await wall.faces()).every(({ state, frame }) => state === "paused" && frame !== ""));
      });
    }
  }
});
