import { describe, expect, it } from "vitest";
import { instant } from "@/time/instant";
import { readAddress, writeAddress } from "./address";

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
