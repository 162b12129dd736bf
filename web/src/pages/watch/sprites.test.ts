import { describe, expect, it } from "vitest";
import { epochMs } from "@/time/instant";
import { parseSpriteMap, spriteWindow } from "./sprites";

const hour = 3_600_000;

describe("sprite windows", () => {
  it("are aligned, so that neighbouring positions share a sheet", () => {
    const at = 1000 * hour;
    const one = spriteWindow(epochMs(at + 1), hour, epochMs(2000 * hour))!;
    const two = spriteWindow(epochMs(at + 600_000), hour, epochMs(2000 * hour))!;
    expect(one).toEqual(two);
    expect(one.from % (one.stepMs * 60)).toBe(0);
    expect((one.to - one.from) / one.stepMs).toBe(60);
  });

  it("get coarser with the view", () => {
    const edge = epochMs(2000 * hour);
    expect(spriteWindow(epochMs(hour), 60_000, edge)!.stepMs).toBe(1000);
    expect(spriteWindow(epochMs(hour), 24 * hour, edge)!.stepMs).toBe(600_000);
    expect(spriteWindow(epochMs(hour), 31 * 24 * hour, edge)!.stepMs).toBe(21_600_000);
  });

  it("never reach past the edge, and grow in steps", () => {
    const edge = epochMs(1000 * hour + 95_000);
    const window = spriteWindow(epochMs(1000 * hour + 1000), 60_000, edge)!;
    expect(window.to).toBe(1000 * hour + 60_000);
    const newest = spriteWindow(epochMs(1000 * hour + 61_000), 60_000, edge)!;
    expect(newest.to).toBe(1000 * hour + 90_000);
    expect(spriteWindow(epochMs(1000 * hour + 92_000), 60_000, edge)).toBeUndefined();
  });
});

describe("parseSpriteMap", () => {
  it("reads cues with and without hours, and skips what has no place", () => {
    const vtt = [
      "WEBVTT",
      "",
      "00:00.000 --> 00:10.000",
      "sprite.jpg?from=a#xywh=0,0,192,108",
      "",
      "01:00:10.000 --> 01:00:20.500",
      "sprite.jpg?from=a#xywh=192,108,192,108",
      "",
      "00:00:20.000 --> 00:00:30.000",
      "no picture",
    ].join("\n");
    expect(parseSpriteMap(vtt, epochMs(1000))).toEqual([
      { from: 1000, to: 11_000, x: 0, y: 0, width: 192, height: 108 },
      { from: 3_611_000, to: 3_621_500, x: 192, y: 108, width: 192, height: 108 },
    ]);
  });
});
