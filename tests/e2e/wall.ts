// The wall as a person sees it: what each tile says of itself, and the counters in the pixels of all pictures at once.

import type { Browser, Page } from "playwright-core";
import type { Counter } from "../support/counter.ts";
import { counterOf } from "../support/media.ts";
import { waitFor } from "../support/process.ts";
import { email, password, type Channel, type Server } from "../support/server.ts";
import { openContext, signIn } from "./browser.ts";
import { findCounter, type Pixels, type Strip, teachPixels } from "./pixels.ts";

export type TileFace = {
  readonly channel: string;
  readonly instant: string;
  readonly frame: string;
  readonly state: string;
  readonly mode: string;
  /** One keyframe in so many is shown. */
  readonly every: number;
  readonly speed: number;
  readonly playing: boolean;
  readonly live: boolean;
  readonly place: string;
};
export type TileLook = TileFace & { readonly counter: Counter | undefined };

/** Functions that the page needs to look at itself; put there before its own scripts run. */
export async function teachWall(page: Page): Promise<void> {
  await teachPixels(page);
  await page.addInitScript(() => {
    const shown = (): HTMLElement[] =>
      [...document.querySelectorAll<HTMLElement>("[data-testid=tile]")].filter((tile) => tile.offsetParent !== null);
    const face = (tile: HTMLElement): TileFace => {
      const { instant = "", frame = "", state = "", mode = "", every = "1", speed = "0", playing, live } = tile.dataset;
      const channel = tile.closest<HTMLElement>("[data-channel]")?.dataset.channel ?? "";
      const place = tile.closest<HTMLElement>("[data-place]")?.dataset.place ?? "";
      return { channel, instant, frame, state, mode, every: Number(every), speed: Number(speed), playing: playing === "true", live: live === "true", place };
    };
    const strip = (tile: HTMLElement): Strip | undefined => {
      const video = tile.querySelector("video");
      if (!video || video.videoWidth === 0) return undefined;
      return (window as unknown as { pixels: Pixels }).pixels.strip(video);
    };
    const wallTools = {
      faces: () => shown().map(face),
      look: () =>
        new Promise((done) => {
          requestAnimationFrame(() => done(shown().map((tile) => ({ face: face(tile), strip: strip(tile) }))));
        }),
    };
    Object.assign(window, { wallTools });
  });
}

type WallTools = {
  faces(): TileFace[];
  look(): Promise<{ face: TileFace; strip: Strip | undefined }[]>;
};
const inPage = {
  faces: () => (window as unknown as { wallTools: WallTools }).wallTools.faces(),
  look: () => (window as unknown as { wallTools: WallTools }).wallTools.look(),
};

export class WallPage {
  constructor(readonly page: Page) {}

  faces(): Promise<TileFace[]> {
    return this.page.evaluate(inPage.faces);
  }

  /** All tiles at one animation frame. */
  async look(): Promise<TileLook[]> {
    return (await this.page.evaluate(inPage.look)).map(({ face, strip }) => ({ ...face, counter: findCounter(strip) }));
  }

  /** Waits until the visible tiles are as `asked`; gives them. */
  async being(what: string, asked: (faces: TileFace[]) => boolean, timeoutMs = 60_000): Promise<TileFace[]> {
    let last: TileFace[] = [];
    try {
      return await waitFor(`the wall to be ${what}`, async () => ((last = await this.faces()), asked(last) ? last : undefined), { timeoutMs });
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}; it is ${JSON.stringify(last)}`);
    }
  }

  async setSpeed(speed: number): Promise<void> {
    await this.page.getByTestId("speed-menu").click();
    await this.page.getByTestId(`speed-${speed}`).click();
    await this.being(`at ${speed}x`, (faces) => faces.every((face) => face.speed === speed));
  }

  async goTo(at: Date): Promise<void> {
    await this.page.keyboard.press("t");
    await this.page.getByTestId("go-to-text").fill(at.toISOString());
    await this.page.getByTestId("go-to-submit").click();
    await this.page.getByTestId("go-to-dialog").waitFor({ state: "detached" });
  }
}

/** Turns a counter in the pixels into an instant: what a channel shows is linear in time. */
export class Ruler {
  private constructor(
    private readonly instant: number,
    private readonly frame: number,
    /** Frames of the loop; a counter says where in it. */
    private readonly turn: number,
  ) {}

  static async of(server: Server, channel: Channel, at: Date, turn: number): Promise<Ruler> {
    const png = await server.bytes(`/channels/${channel.id}/frame.png?at=${encodeURIComponent(at.toISOString())}`);
    return new Ruler(at.getTime(), (await counterOf(png)).frame, turn);
  }

  /** Milliseconds since 1970 of the frame, at the turn of the loop that is nearest to `near`. */
  instantOf(frame: number, near: number): number {
    const ahead = this.instant + (frame - this.frame) * 40;
    const turnMs = this.turn * 40;
    return ahead + Math.round((near - ahead) / turnMs) * turnMs;
  }
}

/** The first person's page, signed in, in a context of its own; its complaints are kept in `errors`. */
export async function openWall(browser: Browser, server: Server, errors: string[]): Promise<{ page: Page; wall: WallPage }> {
  const page = await (await openContext(browser, errors, { viewport: { width: 1440, height: 900 } })).newPage();
  await teachWall(page);
  await signIn(page, server.url, email, password);
  return { page, wall: new WallPage(page) };
}
