// The counter's strip in the picture of a <video>: read where the picture is, in the page; understood here.

import type { Page } from "playwright-core";
import { readCounter, type Counter } from "../support/counter.ts";

export type Strip = { readonly width: number; readonly height: number; readonly gray: readonly number[] };
/** What the page can do once it was taught: `window.pixels`. */
export type Pixels = { strip(video: HTMLVideoElement): Strip };

/** Put there before the page's own scripts run. */
export async function teachPixels(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const [width, height, rows] = [320, 180, 12];
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const strip = (video: HTMLVideoElement): Strip => {
      if (!context) throw new Error("no canvas");
      context.drawImage(video, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, rows);
      const gray: number[] = [];
      for (let i = 0; i < data.length; i += 4) {
        gray.push(Math.round(0.299 * (data[i] ?? 0) + 0.587 * (data[i + 1] ?? 0) + 0.114 * (data[i + 2] ?? 0)));
      }
      return { width, height: rows, gray };
    };
    Object.assign(window, { pixels: { strip } });
  });
}

export function counterIn(strip: Strip): ReturnType<typeof readCounter> {
  return readCounter(Uint8Array.from(strip.gray), strip.width, strip.height);
}

/** Undefined where no counter can be read: nothing is displayed yet, or something else. */
export function findCounter(strip: Strip | undefined): Counter | undefined {
  const reading = strip && counterIn(strip);
  return reading?.ok ? reading.counter : undefined;
}
