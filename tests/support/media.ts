// What independent readers (ffprobe, ffmpeg) see in a file or an address.

import { must, run } from "./process.ts";
import { readCounter, type Counter, type CounterReading } from "./counter.ts";

export type ProbeStream = {
  readonly index: number;
  readonly codec_type: string;
  readonly codec_name: string;
  readonly codec_tag_string?: string;
  readonly width?: number;
  readonly height?: number;
  readonly start_time?: string;
  readonly duration?: string;
  readonly nb_read_packets?: string;
  readonly nb_read_frames?: string;
};
export type ProbePacket = {
  readonly codec_type: string;
  readonly pts_time?: string;
  readonly dts_time?: string;
  readonly duration_time?: string;
  readonly size?: string;
  readonly flags: string;
};
export type Probe = {
  readonly streams: readonly ProbeStream[];
  readonly format: { readonly format_name: string; readonly duration?: string; readonly start_time?: string };
  readonly packets?: readonly ProbePacket[];
};

export type Address = {
  readonly url: string;
  readonly headers?: Record<string, string>;
  /** The decoder for pictures, where the usual one will not do. */
  readonly decoder?: string;
  /** Options of whoever opens it. */
  readonly options?: readonly string[];
};
export type Input = string | Address;

function inputOptions(input: Input): string[] {
  if (typeof input === "string") return ["-i", input];
  const headers = Object.entries(input.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
  return [
    ...(headers.length > 0 ? ["-headers", headers.join("")] : []),
    ...(input.options ?? []),
    ...(input.decoder ? ["-c:v", input.decoder] : []),
    "-i", input.url,
  ];
}

/** ffprobe's view; with `packets`, of every packet too. Fails when ffprobe complains about anything. */
export async function probe(input: Input, { packets = false }: { packets?: boolean } = {}): Promise<Probe> {
  const words = ["-v", "error", "-of", "json", "-show_streams", "-show_format", "-count_packets"];
  if (packets) words.push("-show_packets");
  const finished = await run("ffprobe", [...words, ...inputOptions(input)]);
  if (finished.code !== 0 || finished.stderr.trim() !== "") {
    throw new Error(`ffprobe complains (${finished.code}): ${finished.stderr.slice(-2000)}`);
  }
  return JSON.parse(finished.stdout.toString()) as Probe;
}

/** What ffmpeg warns about while decoding all of it; empty when the file is sound. */
export async function complaintsOf(input: Input): Promise<string> {
  const finished = await run("ffmpeg", ["-nostdin", "-v", "warning", ...inputOptions(input), "-f", "null", "-"]);
  return finished.code === 0 ? finished.stderr.trim() : `exit ${finished.code}: ${finished.stderr.trim()}`;
}

export type GrayPicture = { readonly width: number; readonly height: number; readonly gray: Uint8Array };

/** Every displayed picture in order, as gray pixels scaled to `width`, at most `most` of them. */
export async function grayPictures(
  input: Input | Buffer,
  { width = 320, height = 180, most = 100_000 }: { width?: number; height?: number; most?: number } = {},
): Promise<GrayPicture[]> {
  const source = Buffer.isBuffer(input) ? ["-i", "pipe:0"] : inputOptions(input);
  const raw = await must(
    "ffmpeg",
    ["-v", "error", ...source, "-map", "0:v:0", "-vsync", "passthrough", "-frames:v", String(most),
      "-vf", `scale=${width}:${height}:flags=area`, "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"],
    Buffer.isBuffer(input) ? { input } : {},
  );
  const size = width * height;
  const pictures: GrayPicture[] = [];
  for (let at = 0; at + size <= raw.length; at += size) {
    pictures.push({ width, height, gray: raw.subarray(at, at + size) });
  }
  return pictures;
}

/** The counter of every displayed picture; one that cannot be read fails the test that asked. */
export async function countersOf(input: Input | Buffer, most?: number): Promise<Counter[]> {
  const pictures = await grayPictures(input, most === undefined ? {} : { most });
  return pictures.map((picture, i) => counterIn(readCounter(picture.gray, picture.width, picture.height), i));
}

/** The numbers of the pictures, in the order of display. */
export const framesOf = async (input: Input | Buffer): Promise<number[]> => (await countersOf(input)).map((counter) => counter.frame);

/** The counter of one picture (a JPEG, PNG or WebP as bytes, or the first of a file). */
export async function counterOf(input: Input | Buffer): Promise<Counter> {
  const [counter] = await countersOf(input, 1);
  if (!counter) throw new Error("there is no picture");
  return counter;
}

function counterIn(reading: CounterReading, index: number): Counter {
  if (!reading.ok) throw new Error(`no counter in picture ${index}: ${reading.reason}`);
  return reading.counter;
}
