import { describe, expect, it } from "vitest";
import { instant } from "@/time/instant";
import { readAddress, readArrangement, writeAddress, writeArrangement } from "./address";

describe("address of the player", () => {
  it("reopens the same moment at the same speed, to the microsecond", () => {
    const address = { at: instant("2026-11-20T06:12:03.040123Z"), speed: -8 };
    expect(writeAddress(address)).toEqual({ at: "2026-11-20T06:12:03.040123Z", speed: "-8" });
    expect(readAddress(writeAddress(address))).toEqual(address);
  });

  it("leaves out what is usual", () => {
    expect(writeAddress({ at: instant("2026-11-20T06:12:03Z"), speed: 1 })).toEqual({ at: "2026-11-20T06:12:03.000Z" });
    expect(writeAddress({ speed: 1 })).toEqual({});
  });

  it("ignores what is not an instant or not an offered speed", () => {
    expect(readAddress({ at: "yesterday", speed: "8" })).toEqual({ speed: 1 });
    expect(readAddress({ at: "2026-11-20T06:12:03Z", speed: "7" }).speed).toBe(1);
    expect(readAddress({ at: ["a", "b"], speed: "NaN" })).toEqual({ speed: 1 });
  });
});

describe("address of the wall", () => {
  it("carries channels, grid, focus and sound", () => {
    const arrangement = { channels: ["7", "3", "12"], grid: 9 as const, focus: "3", sound: "12" };
    expect(writeArrangement(arrangement)).toEqual({ channels: "7,3,12", grid: "9", focus: "3", sound: "12" });
    expect(readArrangement(writeArrangement(arrangement))).toEqual(arrangement);
    expect(writeArrangement({ channels: ["7", "3"], grid: 4, focus: "7" })).toEqual({ channels: "7,3" });
    expect(readArrangement({ channels: "7,3" })).toEqual({ channels: ["7", "3"], grid: 4 });
  });

  it("ignores what cannot be shown", () => {
    expect(readArrangement({})).toBeUndefined();
    expect(readArrangement({ channels: "," })).toBeUndefined();
    expect(readArrangement({ channels: "7,7,,3", grid: "5", focus: "9", sound: ["7"] })).toEqual({ channels: ["7", "3"], grid: 4 });
    expect(readArrangement({ channels: Array.from({ length: 40 }, (_, i) => i + 1).join(",") })?.channels).toHaveLength(16);
  });
});
