// A server with eight seconds of footage at noon of a day gone by, whose pictures carry their numbers.

import { Server, addChannel, type Channel } from "../support/server.ts";
import { makeFootage } from "../support/sources.ts";
import { instant, second } from "./instants.ts";

export const noon = Date.UTC(2026, 0, 15, 12) * 1000;
export const footageEnd = noon + 8 * second;

/** Nobody answers at the channel's address: all the footage is what was imported. */
export async function startWithFootage(options: Parameters<typeof Server.start>[0] = {}): Promise<{ server: Server; channel: Channel }> {
  const file = await makeFootage("import.mp4", { bframes: 2, seconds: 8 });
  const server = await Server.start(options);
  const channel = await addChannel(server, "Import", "http://desk:s3cret@127.0.0.1:9/none.m3u8");
  await server.halt();
  const imported = await server.command(["import", "Import", file, "--at", instant(noon)]);
  if (imported.code !== 0) throw new Error(`import failed: ${imported.stderr}`);
  await server.resume();
  return { server, channel };
}

/** What is asked for of a channel, in seconds of its footage. */
export const part = (channel: Channel, from: number, to: number, more: object = {}): object => ({
  channelId: channel.id, from: instant(noon + from * second), to: instant(noon + to * second), ...more,
});
/** Numbers of its pictures: 25 in a second. */
export const numbers = (from: number, to: number): number[] => [...Array(to - from).keys()].map((i) => from + i);
