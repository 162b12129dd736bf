import { describe, expect, it } from "vitest";
import { type EpochMs, epochMs } from "@/time/instant";
import { bandOf, closed, common, reviewersAt } from "./bands";
import { planCatchUp, skippable, stoppedAt } from "./catch-up";

const at = (seconds: number): EpochMs => epochMs(1_795_000_000_000 + seconds * 1000);
const range = (from: number, to: number) => ({ from: at(from), to: at(to) });
const by = (userId: string, from: number, to: number) => ({ userId, name: userId.toUpperCase(), ...range(from, to) });

describe("catching up", () => {
  const hour = { from: at(0), live: at(1200), spans: [range(-600, 1200)], skips: [] };

  it("takes the slowest offered speed that is there in time", () => {
    expect(planCatchUp({ ...hour, minutes: 3 })).toEqual({ from: at(0), leftMs: 1_200_000, speed: 8, takesMs: 1_200_000 / 7 });
    expect(planCatchUp({ ...hour, minutes: 30 })?.speed).toBe(2);
    expect(planCatchUp({ ...hour, minutes: 1 })?.speed).toBe(32);
  });

  it("is at live in time at every choice, and says so when it cannot be", () => {
    for (const minutes of [1, 2, 3, 5, 10, 15, 30]) {
      const plan = planCatchUp({ ...hour, minutes });
      expect(plan?.takesMs).toBeLessThanOrEqual(minutes * 60_000);
    }
    const long = planCatchUp({ ...hour, from: at(-36_000), spans: [range(-40_000, 1200)], minutes: 1 });
    expect(long?.speed).toBe(60);
    expect(long?.takesMs).toBeGreaterThan(600_000);
  });

  it("counts neither gaps nor what is skipped", () => {
    const gap = { ...hour, spans: [range(0, 300), range(600, 1200)] };
    expect(planCatchUp({ ...gap, minutes: 5 })?.leftMs).toBe(900_000);
    expect(planCatchUp({ ...gap, skips: [range(200, 700)], minutes: 5 })?.leftMs).toBe(700_000);
    expect(planCatchUp({ ...gap, skips: [range(0, 1190)], minutes: 5 })).toBeUndefined();
    expect(planCatchUp({ ...hour, from: at(1190), minutes: 5 })).toBeUndefined();
  });

  it("begins where the tiles that were left last were left", () => {
    const position = (channelId: string, stopped: number, shown: number) => ({ channelId, at: at(stopped), shownAt: at(shown) });
    const positions = [position("a", 100, 500), position("b", 90, 510), position("c", 10, 50), position("d", 1, 510)];
    expect(stoppedAt(positions, ["a", "b", "c"])).toBe(at(90));
    expect(stoppedAt(positions, ["c"])).toBe(at(10));
    expect(stoppedAt(positions, ["e"])).toBeUndefined();
  });

  it("skips what was seen of every channel, by whomever", () => {
    const one = [by("ana", 0, 100), by("ben", 100.5, 200), by("ben", 300, 400)];
    const two = [by("eva", 50, 350)];
    expect(skippable([one, two])).toEqual([range(50, 200), range(300, 350)]);
    expect(skippable([one, []])).toEqual([]);
  });
});

describe("bands", () => {
  it("tell mine from colleagues', and who it was", () => {
    const people = [by("me", 0, 10), by("ana", 5, 20), by("ben", 18, 30)];
    const band = bandOf([{ range: range(0, 50), people }], "me");
    expect(band.mine).toEqual([range(0, 10)]);
    expect(band.others).toEqual([range(5, 30)]);
    expect(reviewersAt(band, at(7), "me")).toEqual([null, "ANA"]);
    expect(reviewersAt(band, at(19), "me")).toEqual(["ANA", "BEN"]);
    expect(reviewersAt(band, at(30), "me")).toEqual([]);
  });

  it("say nothing of what the server has not told of", () => {
    const band = bandOf([{ range: range(0, 10), people: [by("me", 0, 5)] }, { range: range(10, 20), people: [] }, { range: range(20, 30), people: undefined }], "me");
    expect(band.known).toEqual([range(0, 20)]);
    expect(reviewersAt(band, at(15), "me"), "nobody").toEqual([]);
    expect(reviewersAt(band, at(25), "me"), "not known").toBeUndefined();
    expect(reviewersAt(band, at(-1), "me"), "not asked").toBeUndefined();
  });

  it("close holes of less than a second, and no others", () => {
    expect(closed([range(0, 10), range(10.9, 20), range(21, 30)])).toEqual([range(0, 20), range(21, 30)]);
    expect(common([[range(0, 10)], [range(2, 4), range(6, 20)], [range(3, 7)]])).toEqual([range(3, 4), range(6, 7)]);
  });
});
