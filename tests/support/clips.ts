// Clips as the tests ask for them.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "./process.ts";
import type { Server } from "./server.ts";

export type Clip = {
  id: string;
  channelId: string;
  channel: string;
  from: string;
  to: string;
  title: string;
  tags: string[];
  edges: "copy" | "encode";
  authorId: string;
  author: string;
  noteId?: string;
  version: number;
  notBefore?: string;
  state: "queued" | "cutting" | "ready" | "failed" | "cancelled";
  progress?: number;
  failure?: { kind: string; detail: string };
  bytes?: number;
  shownFrom?: string;
  shownTo?: string;
  missing?: { from: string; to: string; cause: string | null }[];
  file?: string;
  poster?: string;
  storedAt?: string;
};
type Asker = { ask<T>(method: string, path: string, body?: unknown): Promise<T> };

/** Asks for clips of a range; gives the first. */
export async function askForClip(by: Asker, body: object): Promise<Clip> {
  const { items } = await by.ask<{ items: Clip[] }>("POST", "/clips", body);
  const [clip] = items;
  if (!clip) throw new Error("no clip was made");
  return clip;
}

/** Waits until the clip is as wanted; fails at once when it can no longer become so. */
export function clipIs(by: Asker, id: string, wanted: (clip: Clip) => boolean, timeoutMs = 60_000): Promise<Clip> {
  let last: Clip | undefined;
  return waitFor(
    `clip ${id} to become what it should`,
    async () => {
      last = await by.ask<Clip>("GET", `/clips/${id}`);
      return wanted(last) ? last : undefined;
    },
    { timeoutMs, everyMs: 50 },
  ).catch((reason: unknown) => {
    throw new Error(`${String(reason)}; it is ${JSON.stringify(last)}`);
  });
}

export const isReady = (clip: Clip): boolean => {
  if (clip.state === "failed") throw new Error(`the clip failed: ${clip.failure?.detail}`);
  return clip.state === "ready";
};

/** A clip that is ready. */
export async function cutClip(by: Asker, body: object): Promise<Clip> {
  return clipIs(by, (await askForClip(by, body)).id, isReady);
}

export const fileOf = (server: Server, clip: Clip): Promise<Buffer> => server.bytes((clip.file ?? "").replace("/api/v1", ""));

/** Every file that is kept, by its path below the folder of blobs. */
export function keptFiles(server: Server): string[] {
  const folder = join(server.data, "blobs");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
