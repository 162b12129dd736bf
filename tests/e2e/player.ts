// The player page as a person sees it: its state from the attributes of the tile, its picture from the
// pixels of the video element.

import type { Page } from "playwright-core";
import type { Counter } from "../support/counter.ts";
import { waitFor } from "../support/process.ts";
import { counterIn, type Pixels, type Strip, teachPixels } from "./pixels.ts";

export type Face = {
  readonly instant: string;
  readonly frame: string;
  readonly state: string;
  readonly mode: string;
  readonly speed: number;
  readonly playing: boolean;
  readonly live: boolean;
  /** Of the <video>, in its own seconds. */
  readonly currentTime: number;
};
export type Shown = Face & { readonly counter: Counter };
export type Sighting = { readonly instant: number; readonly frame: string; readonly mode: string; readonly counter: Counter };

/** Whole milliseconds since 1970; microseconds are cut off. */
export const ms = (instant: string): number => Date.parse(instant);

/** Functions that the page needs to look at itself; put there before its own scripts run. */
export async function teachPage(page: Page): Promise<void> {
  await teachPixels(page);
  await page.addInitScript(() => {
    const tools = {
      strip(): Strip {
        const video = document.querySelector<HTMLVideoElement>("[data-testid=video]");
        if (!video) throw new Error("no video element");
        return (window as unknown as { pixels: Pixels }).pixels.strip(video);
      },
      face(): Face | undefined {
        const tile = document.querySelector<HTMLElement>("[data-testid=tile]");
        const video = document.querySelector<HTMLVideoElement>("[data-testid=video]");
        if (!tile || !video) return undefined;
        const { instant = "", frame = "", state = "", mode = "", speed = "0", playing, live } = tile.dataset;
        return {
          instant, frame, state, mode, speed: Number(speed), playing: playing === "true", live: live === "true",
          currentTime: video.currentTime,
        };
      },
      /** Looks at the picture at every animation frame of the page on which it is another one. */
      sightings: [] as { face: Face; strip: Strip }[],
      watching: 0,
      watch(): void {
        tools.sightings = [];
        cancelAnimationFrame(tools.watching);
        let last = "";
        const look = (): void => {
          const face = tools.face();
          if (face?.playing && face.frame !== "" && face.frame !== last && tools.sightings.length < 400) {
            last = face.frame;
            tools.sightings.push({ face, strip: tools.strip() });
          }
          tools.watching = requestAnimationFrame(look);
        };
        look();
      },
      seen(): { face: Face; strip: Strip }[] {
        cancelAnimationFrame(tools.watching);
        return tools.sightings;
      },
    };
    Object.assign(window, { tools });
  });
}

type Tools = {
  strip(): Strip;
  face(): Face | undefined;
  watch(): void;
  seen(): { face: Face; strip: Strip }[];
};
const inPage = {
  face: () => (window as unknown as { tools: Tools }).tools.face(),
  look: () => {
    const { tools } = window as unknown as { tools: Tools };
    return { face: tools.face(), strip: tools.strip() };
  },
  watch: () => (window as unknown as { tools: Tools }).tools.watch(),
  seen: () => (window as unknown as { tools: Tools }).tools.seen(),
};

function read(strip: Strip): Counter {
  const reading = counterIn(strip);
  if (!reading.ok) throw new Error(`no counter on the screen: ${reading.reason}`);
  return reading.counter;
}

export class Player {
  constructor(readonly page: Page) {}

  /** Waits until the tile is as `asked`; gives it. */
  async being(what: string, asked: (face: Face) => boolean, timeoutMs = 40_000): Promise<Face> {
    let last: Face | undefined;
    try {
      return await waitFor(
        `the player to be ${what}`,
        async () => {
          last = await this.page.evaluate(inPage.face);
          return last && asked(last) ? last : undefined;
        },
        { timeoutMs },
      );
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}; it is ${JSON.stringify(last)}`);
    }
  }

  /** Waits until a standing picture is on the screen (and `asked`); reads it. */
  async settled(asked: (face: Face) => boolean = () => true): Promise<Shown> {
    const isSettled = (face: Face): boolean =>
      face.state === "paused" && face.frame !== "" && ms(face.frame) <= ms(face.instant) + 1 && asked(face);
    await this.being("settled", isSettled);
    // Twice the same: the screen may have a picture that the browser tells the page of a moment later.
    let before = "";
    return waitFor("a settled picture with its counter", async () => {
      const { face, strip } = await this.page.evaluate(inPage.look);
      const shown = face && isSettled(face) ? { ...face, counter: read(strip) } : undefined;
      const last = before;
      before = JSON.stringify(shown ?? "");
      return before === last ? shown : undefined;
    });
  }

  async pause(): Promise<Shown> {
    await this.page.keyboard.press("k");
    return this.settled((face) => !face.playing);
  }

  /** Goes there as a person does: T, the time, Enter. */
  async goTo(at: Date): Promise<Shown> {
    await this.page.getByTestId("go-to").click();
    await this.page.getByTestId("go-to-text").fill(at.toISOString());
    await this.page.getByTestId("go-to-submit").click();
    await this.page.getByTestId("go-to-dialog").waitFor({ state: "detached" });
    return this.settled((face) => Math.abs(ms(face.instant) - at.getTime()) <= 1);
  }

  async setSpeed(speed: number): Promise<void> {
    await this.page.getByTestId("speed-menu").click();
    await this.page.getByTestId(`speed-${speed}`).click();
    await this.being(`at ${speed}x`, (face) => face.speed === speed);
  }

  /** Plays from here until the clock has moved by `seconds` (either way), then stands; every picture seen. */
  async play(speed: number, seconds: number): Promise<Sighting[]> {
    await this.setSpeed(speed);
    const start = await this.settled();
    await this.page.evaluate(inPage.watch);
    await this.page.keyboard.press("Space");
    await this.being(
      `${seconds} s on at ${speed}x`,
      (face) => Math.sign(speed) * (ms(face.instant) - ms(start.instant)) >= seconds * 1000,
      120_000,
    );
    const seen = await this.page.evaluate(inPage.seen);
    await this.page.keyboard.press("k");
    await this.settled((face) => !face.playing);
    return seen.map(({ face, strip }) => ({
      instant: ms(face.instant), frame: face.frame, mode: face.mode, counter: read(strip),
    }));
  }
}
