import { describe, expect, it } from "vitest";
import { Patience } from "./patience";

function spend(patience: Patience, starving: boolean, from: number, ms: number): number {
  let waited = 0;
  for (let now = from; now < from + ms; now += 20) if (patience.waits(starving, now)) waited += 20;
  return waited;
}

describe("Patience", () => {
  it("waits for a tile, but not for ever", () => {
    const patience = new Patience(1500);
    const waited = spend(patience, true, 0, 60_000);
    expect(waited).toBeGreaterThan(1400);
    expect(waited).toBeLessThanOrEqual(1520);
  });

  it("waits again, a little, once it was well fed, and in full at a new place", () => {
    const patience = new Patience(1500);
    spend(patience, true, 0, 2000);
    spend(patience, false, 2000, 10_000);
    const again = spend(patience, true, 12_000, 5000);
    expect(again).toBeGreaterThan(300);
    expect(again).toBeLessThan(700);
    patience.renew(8000);
    expect(spend(patience, true, 17_000, 20_000)).toBeGreaterThan(7800);
  });

  it("never earns more than it began with", () => {
    const patience = new Patience(1500);
    spend(patience, false, 0, 600_000);
    expect(spend(patience, true, 600_000, 10_000)).toBeLessThanOrEqual(1520);
  });
});
