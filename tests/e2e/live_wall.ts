// Channels whose pictures carry counters, live and sent in a loop; and what one of them recorded earlier.

import { join } from "node:path";
import { expect } from "vitest";
import { must, temporaryFolder } from "../support/process.ts";
import { addChannel, Server, type Channel } from "../support/server.ts";
import { makeFootage, startRtsp, type Source } from "../support/sources.ts";

export type FilmOptions = { readonly begin: Date; readonly seconds: number; /** Another picture than bars and a counter. */ readonly clip?: (index: number) => Promise<string> };
export type Films = { readonly server: Server; readonly sources: readonly Source[]; readonly channels: readonly Channel[]; readonly stop: () => Promise<void> };
export const nameOf = (i: number): string => `Channel ${i + 1}`;

const bars = (i: number): Promise<string> =>
  makeFootage(`wall-${i + 1}.mp4`, { channel: i + 1, name: nameOf(i), picture: "bars", tone: 300 + 40 * i, seconds: 16, size: "640x360", bitrate: "350k" });

/**
 * A server that records `count` channels, "Channel 1" and on; each has a film of so many seconds from `begin` on, too.
 * The last channel has a source of its own, so that it can be lost alone.
 */
export async function startFilms(count: number, { begin, seconds, clip = bars }: FilmOptions): Promise<Films> {
  const clips: string[] = [];
  for (let i = 0; i < count; i++) clips.push(await clip(i));
  const shared = await startRtsp(Object.fromEntries(clips.slice(0, -1).map((clip, i) => [`c${i + 1}`, clip])));
  const lonely = await startRtsp({ [`c${count}`]: clips[count - 1] ?? "" });
  const server = await Server.start();
  const channels: Channel[] = [];
  for (let i = 0; i < count; i++) channels.push(await addChannel(server, nameOf(i), `${(i === count - 1 ? lonely : shared).url}/c${i + 1}`));
  await server.halt();
  const folder = temporaryFolder();
  for (const [i, looped] of clips.entries()) {
    const film = join(folder.path, `${i}.mp4`);
    await must("ffmpeg", ["-v", "error", "-nostdin", "-stream_loop", "-1", "-i", looped, "-map", "0", "-c", "copy", "-t", String(seconds), film]);
    const imported = await server.command(["import", nameOf(i), film, "--at", begin.toISOString()]);
    expect(imported, imported.stderr).toMatchObject({ code: 0 });
    await must("rm", [film]);
  }
  folder.remove();
  await server.resume();
  const sources = [shared, lonely];
  const stop = async (): Promise<void> => {
    await Promise.all(sources.map((source) => source.stop()));
    await server.stop();
  };
  return { server, sources, channels, stop };
}
