import { describe, expect, it } from "vitest";
import { type EpochMs, epochMs } from "@/time/instant";
import { Lag } from "./lag";

const frame = (at: number) => ({ at: epochMs(at), durationMs: 2000 });

/** A clock that plays at `speed` from `from` on, seen every 50 ms. */
function watch(lag: Lag, speed: number, from: number, ms: number, frameAt: (at: EpochMs) => number | undefined, start = 0): (number | undefined)[] {
  const out: (number | undefined)[] = [];
  for (let passed = 0; passed <= ms; passed += 50) {
    const at = epochMs(from + passed * speed);
    const shown = frameAt(at);
    out.push(lag.see({ at, speed, now: start + passed, frame: shown === undefined ? undefined : frame(shown) }));
  }
  return out;
}
const step = (at: EpochMs) => Math.floor(at / 2000) * 2000;

describe("Lag", () => {
  it("says nothing while the picture's time is not long past", () => {
    expect(watch(new Lag(), 8, 10_000, 5000, step).every((late) => late === undefined)).toBe(true);
    expect(watch(new Lag(), 8, 10_000, 5000, (at) => step(epochMs(at - 15_000))).every((late) => late === undefined)).toBe(true);
  });

  it("says by how much once a picture stays that was of the instant", () => {
    const late = watch(new Lag(), 8, 10_000, 5000, () => 10_000);
    expect(late.at(40)).toBeUndefined();
    expect(late.at(-1)).toBe(38_000);
  });

  it("takes nothing for behind that is on its way after a seek, until it has been there", () => {
    const lag = new Lag();
    watch(lag, 8, 10_000, 1000, step);
    expect(watch(lag, 8, 900_000, 5000, () => 16_000, 1050).every((late) => late === undefined)).toBe(true);
    expect(watch(lag, 8, 940_400, 1000, step, 6100).every((late) => late === undefined)).toBe(true);
    expect(watch(lag, 8, 948_800, 4000, () => 948_000, 7150).at(-1)).toBe(30_800);
  });

  it("stays silent without a picture, and after being told to forget", () => {
    const lag = new Lag();
    expect(watch(lag, 8, 10_000, 5000, () => undefined).every((late) => late === undefined)).toBe(true);
    watch(lag, 8, 50_400, 1000, step, 5050);
    lag.forget();
    expect(watch(lag, 8, 58_800, 5000, () => 58_000, 6100).at(-1)).toBe(38_800);
    lag.forget();
    expect(watch(lag, 8, 200_000, 5000, () => 58_000, 12_000).every((late) => late === undefined)).toBe(true);
  });
});
