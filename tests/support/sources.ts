// Footage and live sources for tests, made by the shell programs beside this file.

import { join } from "node:path";
import { Running, freePort, freeUdpPorts, must, root, waitFor } from "./process.ts";

export type FootageOptions = {
  channel?: number;
  name?: string;
  picture?: "tests" | "gradients" | "life" | "cells" | "bars";
  size?: string;
  fps?: number | string;
  gop?: number;
  bframes?: number;
  codec?: "h264" | "hevc" | "av1" | "none";
  audio?: "aac" | "mp2" | "mp3" | "opus" | "ac3" | "alaw" | "ulaw" | "none";
  tone?: number;
  bitrate?: string;
  seconds?: number;
  from?: number;
};

/** A clip with the counter in its picture, kept under build/footage for the next time. */
export async function makeFootage(file: string, options: FootageOptions = {}): Promise<string> {
  const out = join(process.env.LONGTAKE_BUILD_ROOT ?? join(root, "build"), "footage", file);
  const words = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
  await must(join(root, "tests/support/footage"), [out, ...words], { timeoutMs: 300_000 });
  return out;
}

export type Source = { readonly url: string; readonly process: Running; stop(): Promise<void> };

async function start(kind: string, port: number, words: readonly string[]): Promise<Source> {
  const child = new Running(join(root, "tests/support/source"), [kind, "--port", String(port), ...words]);
  const ready = await child.saying(/^ready (\S+)$/m, 60_000);
  return { url: ready[1] ?? "", process: child, stop: () => child.stop() };
}

/** Live HLS. `folder` may hold other things to serve: they lie in its `www`. */
export async function startHls(
  file: string,
  options: {
    fmp4?: boolean;
    pdt?: boolean;
    /** A master playlist with the sound as a rendition of its own. */
    apart?: boolean;
    window?: number;
    seconds?: number;
    port?: number;
    folder?: string;
  } = {},
): Promise<Source> {
  const words = ["--file", file];
  if (options.folder) words.push("--folder", options.folder);
  if (options.fmp4) words.push("fmp4");
  if (options.pdt) words.push("pdt");
  if (options.apart) words.push("apart");
  if (options.window) words.push(`window=${options.window}`);
  if (options.seconds) words.push(`seconds=${options.seconds}`);
  return start("hls", options.port ?? (await freePort()), words);
}

export async function startRtmp(file: string, options: { port?: number; name?: string } = {}): Promise<Source> {
  const http = await freePort();
  const words = ["--file", file, "--http", String(http), ...(options.name ? ["--name", options.name] : [])];
  return start("rtmp", options.port ?? (await freePort()), words);
}

/** One RTSP server; mounts are `url/NAME`. */
export async function startRtsp(
  mounts: Record<string, string>,
  options: { port?: number; login?: string } = {},
): Promise<Source> {
  const words = Object.entries(mounts).flatMap(([name, file]) => ["--mount", `${name}=${file}`]);
  if (options.login) words.push("--login", options.login);
  return start("rtsp", options.port ?? (await freePort()), words);
}

/** SRT takes the port and the next one; HTTP and UDP only the port. */
export async function startTransportStream(
  kind: "srt" | "http" | "udp",
  file: string,
  options: { port?: number } = {},
): Promise<Source> {
  const free = (): Promise<number> => (kind === "http" ? freePort() : freeUdpPorts(kind === "srt" ? 2 : 1));
  return start(kind, options.port ?? (await free()), ["--file", file]);
}

/** A bare web server over `folder`/www, for files that are not streams. */
export async function startWeb(folder: string, options: { port?: number } = {}): Promise<Source> {
  return start("web", options.port ?? (await freePort()), ["--folder", folder]);
}

export type RtmpServer = Source & {
  /** Publishes a file, looped without re-encoding, `turns` times or until the process is stopped; gives it when it is on air. */
  publish(name: string, file: string, options?: { turns?: number }): Promise<Running>;
};

/** nginx that takes and gives RTMP; nobody publishes yet. */
export async function startRtmpServer(): Promise<RtmpServer> {
  const http = await freePort();
  const source = await start("nginx", await freePort(), ["--http", String(http)]);
  const publishers: Running[] = [];
  const publish = async (name: string, file: string, { turns = 0 }: { turns?: number } = {}): Promise<Running> => {
    const url = `${source.url}/${name}`;
    const loops = ["-stream_loop", String(turns - 1)];
    const words = ["-v", "error", "-nostdin", "-re", ...loops, "-i", file, "-map", "0", "-c", "copy", "-f", "flv", url];
    const publisher = new Running("ffmpeg", words);
    publishers.push(publisher);
    await waitFor(`${url} to be on air`, async () => {
      if (publisher.exit) throw new Error(`ffmpeg ended: ${publisher.output}`);
      const told = await (await fetch(`http://127.0.0.1:${http}/stat`)).text();
      return told.includes(`<name>${name}</name>`) && told.includes("<publishing/>");
    });
    return publisher;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(publishers.map((publisher) => publisher.stop()));
    await source.stop();
  };
  return { ...source, publish, stop };
}
