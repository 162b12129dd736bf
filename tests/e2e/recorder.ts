// What every tile of the wall paints, read from the pixels of each picture as the browser presents it.

import type { Page } from "playwright-core";
import { readCounter } from "../support/counter.ts";
import { markPlace } from "./marks.ts";

export type Painted = {
  /** Of the programme, from its pixels. */
  readonly channel: number;
  readonly frame: number;
  readonly marked: boolean;
  /** Pictures of this tile that the browser had put on the screen by then, seen by us or not. */
  readonly presented: number;
  /** Milliseconds since 1970: the instant the page gives the picture, by its own clock. */
  readonly clock: number;
  /** Of the page's life, in milliseconds. */
  readonly when: number;
};
type Raw = { strip: Uint8Array; mark: number[]; presented: number; clock: number; when: number };

/** Begins to note every picture that any tile presents. */
export async function record(page: Page): Promise<void> {
  await page.evaluate((place) => {
    const width = 128;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = 6;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const seen: Raw[] = [];
    const recorder = { on: true, seen };
    Object.assign(window, { recorder });
    for (const tile of document.querySelectorAll<HTMLElement>("[data-testid=tile]")) {
      const video = tile.querySelector("video");
      if (!video || !context) continue;
      const look = (_: number, { presentedFrames }: VideoFrameCallbackMetadata): void => {
        if (!recorder.on) return;
        const { videoWidth: w, videoHeight: h } = video;
        context.drawImage(video, 0, 0, w, w / 32, 0, 0, width, 4);
        context.drawImage(video, w * (place.x + place.width / 4), h * (place.y + place.height / 4), w * (place.width / 2), h * (place.height / 2), 0, 4, 2, 2);
        const { data } = context.getImageData(0, 0, width, 4);
        const strip = new Uint8Array(data.length / 4);
        for (let i = 0; i < strip.length; i++) strip[i] = Math.round(0.299 * (data[4 * i] ?? 0) + 0.587 * (data[4 * i + 1] ?? 0) + 0.114 * (data[4 * i + 2] ?? 0));
        seen.push({ strip, mark: [...context.getImageData(0, 4, 1, 1).data.slice(0, 3)], presented: presentedFrames, clock: Date.parse(tile.dataset.instant ?? ""), when: performance.now() });
        video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback(look);
    }
  }, markPlace);
}

/** Ends it; gives what was painted since the last look, in order. */
export async function recording(page: Page): Promise<Painted[]> {
  await page.evaluate(() => {
    (window as unknown as { recorder: { on: boolean } }).recorder.on = false;
  });
  return painted(page);
}

/**
 * Takes what was painted since the last look out of the page, in order. Pictures whose counter cannot be read are left
 * out.
 */
export async function painted(page: Page): Promise<Painted[]> {
  const raw = await page.evaluate(() => {
    const { recorder } = window as unknown as { recorder: { seen: Raw[] } };
    return recorder.seen.splice(0).map((raw) => ({ ...raw, strip: String.fromCharCode(...raw.strip) }));
  });
  return raw.flatMap(({ strip, mark, presented, clock, when }): Painted[] => {
    const reading = readCounter(Uint8Array.from(strip, (gray) => gray.charCodeAt(0)), 128, 4);
    if (!reading.ok) return [];
    const [r = 0, g = 0, b = 0] = mark;
    return [{ ...reading.counter, marked: r > 150 && b > 150 && g < 110, presented, clock, when }];
  });
}
