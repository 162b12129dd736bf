// What a page takes of the machine's memory over a run, and whether it is at rest.

import { readFile } from "node:fs/promises";
import type { CDPSession, Page } from "playwright-core";
import { expect } from "vitest";

/** Bytes of memory of the browser's processes, all together. */
export async function memory(browser: CDPSession): Promise<number> {
  const { processInfo } = (await browser.send("SystemInfo.getProcessInfo")) as { processInfo: { id: number }[] };
  const pages = await Promise.all(processInfo.map(({ id }) => readFile(`/proc/${id}/statm`, "utf8").catch(() => "0 0")));
  return pages.reduce((sum, line) => sum + Number(line.split(" ")[1] ?? 0) * 4096, 0);
}

/**
 * While a tool drives it the browser keeps the newest 200 MB of a page's answers for its developer tools. No user has
 * them, and they would fill during the first minutes: here they are full before anything is measured.
 */
export async function fillDeveloperRecord(page: Page, address: string): Promise<void> {
  const filled = await page.evaluate(async (url) => {
    let bytes = 0;
    while (bytes < 220e6) {
      const { byteLength } = await (await fetch(url, { cache: "no-store" })).arrayBuffer();
      if (byteLength < 1e6) return byteLength;
      bytes += byteLength;
    }
    return bytes;
  }, address);
  expect(filled, `bytes of ${address}`).toBeGreaterThan(200e6);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Samples at even distances over a run, whose first quarter is for buffers to fill: the last third takes no more than
 * the third of the run after that quarter, within what collections of garbage make of it.
 */
export function expectLevel(samples: readonly number[]): void {
  const settled = samples.length / 4;
  const third = samples.length / 3;
  const [before, after] = [mean(samples.slice(settled, settled + third)), mean(samples.slice(-third))];
  console.log(`  memory after the first quarter ${(before / 1e6).toFixed(0)} MB, at last ${(after / 1e6).toFixed(0)} MB`);
  expect(after, "bytes of memory in the last third").toBeLessThan(before * 1.04);
}
