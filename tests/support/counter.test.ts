import { beforeAll, describe, expect, test } from "vitest";
import { grayOfRgba, readCounter } from "./counter.ts";
import { counterOf, countersOf, grayPictures, probe, type GrayPicture } from "./media.ts";
import { must } from "./process.ts";
import { makeFootage } from "./sources.ts";

describe("the counter in real pictures", () => {
  let clip = "";
  let pictures: GrayPicture[] = [];
  beforeAll(async () => {
    clip = await makeFootage("counter-42.mp4", { channel: 42, seconds: 8, bframes: 2, picture: "life" });
    pictures = await grayPictures(clip);
  });

  test("counts every frame of a clip with B-frames in order", async () => {
    const counters = await countersOf(clip);
    expect(counters.map((counter) => counter.frame)).toEqual([...Array(200).keys()]);
    expect(new Set(counters.map((counter) => counter.channel))).toEqual(new Set([42]));
  });

  test("begins where it is told and reads large numbers", async () => {
    const late = await makeFootage("counter-late.mp4", { channel: 63, seconds: 1, from: 1_048_500, audio: "none" });
    const counters = await countersOf(late);
    expect(counters[0]).toEqual({ channel: 63, frame: 1_048_500 });
    expect(counters.at(-1)).toEqual({ channel: 63, frame: 1_048_524 });
  });

  test.each(["hevc", "av1"] as const)("is readable in %s", async (codec) => {
    const other = await makeFootage(`counter-${codec}.mp4`, { codec, channel: 7, seconds: 2, audio: "none" });
    expect((await countersOf(other)).map((counter) => counter.frame)).toEqual([...Array(50).keys()]);
  });

  test.each(["mjpeg", "png"])("is readable in a still %s", async (codec) => {
    const still = await must("ffmpeg", [
      "-v", "error", "-ss", "3", "-i", clip, "-frames:v", "1", "-c:v", codec, "-f", "image2pipe", "pipe:1",
    ]);
    expect(await counterOf(still)).toEqual({ channel: 42, frame: 75 });
  });

  test("is readable scaled to 128 pixels", async () => {
    const small = await grayPictures(clip, { width: 128, height: 72, most: 90 });
    expect(small.map((p) => readCounter(p.gray, p.width, p.height))).toEqual(
      [...Array(90).keys()].map((frame) => ({ ok: true, counter: { channel: 42, frame } })),
    );
  });

  test("refuses a blend of two frames", () => {
    const [first, second] = [pictures[63], pictures[64]];
    if (!first || !second) throw new Error("too few pictures");
    const blend = first.gray.map((value, i) => (value + (second.gray[i] ?? 0)) / 2);
    expect(readCounter(blend, first.width, first.height).ok).toBe(false);
  });

  test("refuses any single flipped block", () => {
    const picture = pictures[100];
    if (!picture) throw new Error("too few pictures");
    for (let block = 0; block < 32; block++) {
      const flipped = Uint8Array.from(picture.gray);
      for (let y = 0; y < 10; y++) {
        for (let x = block * 10; x < block * 10 + 10; x++) {
          flipped[y * picture.width + x] = 255 - (picture.gray[y * picture.width + x] ?? 0);
        }
      }
      expect(readCounter(flipped, picture.width, picture.height).ok, `block ${block}`).toBe(false);
    }
  });

  test("refuses pictures without a counter, too small or cut short", () => {
    expect(readCounter(new Uint8Array(320 * 180), 320, 180).ok).toBe(false);
    expect(readCounter(new Uint8Array(320 * 180).fill(128), 320, 180).ok).toBe(false);
    expect(readCounter(new Uint8Array(64 * 36), 64, 36).ok).toBe(false);
    expect(readCounter(new Uint8Array(100), 320, 180).ok).toBe(false);
  });

  test("reads what a canvas gives", () => {
    const picture = pictures[5];
    if (!picture) throw new Error("too few pictures");
    const rgba = new Uint8ClampedArray(picture.gray.length * 4);
    picture.gray.forEach((value, i) => rgba.set([value, value, value, 255], i * 4));
    expect(readCounter(grayOfRgba(rgba), picture.width, picture.height)).toEqual({
      ok: true,
      counter: { channel: 42, frame: 5 },
    });
  });
});

describe("footage", () => {
  test("has picture and sound of one length that begin at zero", async () => {
    const clip = await makeFootage("loop-8.mp4", { seconds: 8 });
    const seen = await probe(clip);
    expect(seen.streams.map((stream) => [stream.codec_name, Number(stream.start_time), Number(stream.duration)])).toEqual([
      ["h264", 0, 8],
      ["aac", 0, 8],
    ]);
  });
});
