// A server with eight seconds of footage at noon of a day gone by, whose pictures carry their numbers.

import { Server, addChannel, type Channel } from "../support/server.ts";
import { makeFootage } from "../support/sources.ts";
import { instant, second } from "./instants.ts";

export const noon = Date.UTC(2026, 0, 15, 12) * 1000;
export const footageEnd = noon + 8 * second;

/** Nobody answers at the channel's address: all the footage is what was imported. */
export async function startWithFootage(): Promise<{ server: Server; channel: Channel }> {
  const file = await makeFootage("import.mp4", { bframes: 2, seconds: 8 });
  const server = await Server.start();
  const channel = await addChannel(server, "Import", "http://desk:s3cret@127.0.0.1:9/none.m3u8");
  await server.halt();
  const imported = await server.command(["import", "Import", file, "--at", instant(noon)]);
  if (imported.code !== 0) throw new Error(`import failed: ${imported.stderr}`);
  await server.resume();
  return { server, channel };
}
