import { describe, expect, it } from "vitest";
import type { Recording } from "@/player/face";
import { type EpochMs, epochMs, type Range } from "@/time/instant";
import type { Band } from "./bands";
import { leftOf, passedTo, SecondLook, taken } from "./unseen";

const s = (seconds: number): EpochMs => epochMs(seconds * 1000);
const span = (from: number, to: number): Range => ({ from: s(from), to: s(to) });
const band = (mine: Range[], others: Range[]): Band => ({ known: [span(0, 3600)], mine, others, people: [] });
const recording = (...spans: Range[]): Recording =>
  ({ spans, gaps: [], edge: spans[spans.length - 1]?.to ?? s(0), live: false, hasVideo: true, hasAudio: true, gopMs: 2000, frameRate: 25, pixels: 1, bitRate: 1 });

describe("taken", () => {
  const both = band([span(0, 10)], [span(10.5, 20), span(40, 50)]);
  it("takes away what the filter says, with small holes closed", () => {
    expect(taken("all", both)).toEqual([]);
    expect(taken("me", both)).toEqual([span(0, 10)]);
    expect(taken("anyone", both)).toEqual([span(0, 20), span(40, 50)]);
  });
});

describe("leftOf", () => {
  it("leaves what is not reviewed on any of the channels, where it was recorded", () => {
    const channels = [
      { recording: recording(span(0, 60)), band: band([span(0, 30)], []) },
      { recording: recording(span(0, 20), span(50, 60)), band: band([span(0, 10)], [span(50, 60)]) },
      { recording: undefined, band: band([], []) },
    ];
    expect(leftOf("anyone", channels)).toEqual([span(10, 20), span(30, 60)]);
    expect(leftOf("all", channels)).toEqual([span(0, 60)]);
  });

  it("sends nobody to a splinter", () => {
    const channels = [{ recording: recording(span(0, 60)), band: band([span(0, 59.5)], []) }];
    expect(leftOf("me", channels)).toEqual([]);
  });
});

describe("passedTo", () => {
  const left = [span(10, 20), span(30, 40)];
  it("goes on where something is left, in the direction of playing", () => {
    expect(passedTo(left, s(15), 1)).toBeUndefined();
    expect(passedTo(left, s(5), 1)).toBe(10_000.5);
    expect(passedTo(left, s(20), 1)).toBe(30_000.5);
    expect(passedTo(left, s(25), -1)).toBe(19_999.5);
    expect(passedTo(left, s(45), 1)).toBeUndefined();
    expect(passedTo(left, s(5), -1)).toBeUndefined();
  });
});

describe("a second look", () => {
  it("lasts from a few seconds back up to where one was", () => {
    const look = new SecondLook();
    expect([s(100), s(101), s(96), s(98), s(100.9), s(101.1), s(102)].map((at) => look.looks(at, 1)))
      .toEqual([false, false, true, true, true, false, false]);
  });

  it("is not for who goes far back, or on", () => {
    const look = new SecondLook();
    expect([s(1000), s(800), s(801), s(1500)].map((at) => look.looks(at, 1))).toEqual([false, false, false, false]);
    expect([s(1500), s(1495), s(1200)].map((at) => look.looks(at, 1))).toEqual([false, true, false]);
  });

  it("goes the other way backward", () => {
    const look = new SecondLook();
    expect([s(100), s(99), s(104), s(100), s(98.9)].map((at) => look.looks(at, -1))).toEqual([false, false, true, true, false]);
  });
});
