import { describe, expect, it } from "vitest";
import { initLength, readFragments, readTrackClocks } from "./fragments";
import { box, join, u32, u64 } from "./testing/boxes";

const u8 = (...n: number[]) => new Uint8Array(n);
const bytes = (part: Uint8Array) => part.slice().buffer;

const mdhd0 = box("mdhd", u32(0, 0, 0, 90_000, 0));
const mdhd1 = box("mdhd", u8(1, 0, 0, 0), u64(0n), u64(0n), u32(48_000), u64(0n));
const tkhd = (id: number) => box("tkhd", u32(7, 0, 0, id, 0));
const init = join(
  box("ftyp", u32(0)),
  box("moov", box("mvhd", u32(0)), box("trak", tkhd(1), box("mdia", mdhd0)), box("trak", tkhd(2), box("mdia", mdhd1))),
);

describe("init section", () => {
  it("is measured and its clocks are read, in both versions of the boxes", () => {
    expect(initLength(bytes(join(init, box("moof"), box("mdat", u8(1, 2)))))).toBe(init.length);
    expect(initLength(bytes(box("moof")))).toBe(0);
    expect(readTrackClocks(bytes(init))).toEqual([
      { id: 1, timescale: 90_000 },
      { id: 2, timescale: 48_000 },
    ]);
  });
});

describe("fragments", () => {
  const clocks = [{ id: 1, timescale: 90_000 }];

  it("reads times beyond 32 bits", () => {
    const start = 90_000n * 60_000n * 2n;
    const traf = box(
      "traf",
      box("tfhd", u32(0x020008, 1, 3600)),
      box("tfdt", u8(1, 0, 0, 0), u64(start)),
      box("trun", u32(0x000201, 2, 0, 10, 20)),
    );
    const [fragment] = readFragments(bytes(join(box("moof", traf), box("mdat", u8(0)))), clocks);
    expect(fragment?.samples).toEqual([
      { at: 120_000, duration: expect.closeTo(0.04, 9) },
      { at: 120_000.04, duration: 0.04 },
    ]);
  });

  it("orders reordered samples as they are shown", () => {
    // Decoded I P B B, shown I B B P, one frame of delay taken out by signed offsets.
    const d = 3600;
    const samples = [
      [d, 0],
      [d, 2 * d],
      [d, -d],
      [d, -d],
    ].map(([duration = 0, composition = 0]) => u32(duration, 100, 0, composition));
    const traf = box(
      "traf",
      box("tfhd", u32(0x020000, 1)),
      box("tfdt", u32(0, 90_000)),
      box("trun", u8(1, 0, 0x0f, 1), u32(4, 0), ...samples),
    );
    const [fragment] = readFragments(bytes(box("moof", traf)), clocks);
    expect(fragment?.samples.map((s) => Math.round(s.at * 1000))).toEqual([1000, 1040, 1080, 1120]);
    expect(fragment?.samples.map((s) => Math.round(s.duration * 1000))).toEqual([40, 40, 40, 40]);
  });

  it("leaves out tracks it has no clock for", () => {
    const traf = box("traf", box("tfhd", u32(0, 9)), box("tfdt", u32(0, 0)), box("trun", u32(0, 1)));
    expect(readFragments(bytes(box("moof", traf)), clocks)).toEqual([]);
  });

  it("refuses bytes that are cut off or no boxes", () => {
    const whole = box("moof", box("traf", box("tfhd", u32(0, 1)), box("tfdt", u32(0, 0))));
    expect(() => readFragments(bytes(whole.slice(0, whole.length - 3)), clocks)).toThrow(RangeError);
    expect(() => readFragments(bytes(new TextEncoder().encode("<!doctype html>")), clocks)).toThrow(RangeError);
  });
});
