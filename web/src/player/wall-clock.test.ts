import { describe, expect, it } from "vitest";
import { epochMs } from "@/time/instant";
import { WallClock } from "./wall-clock";

function clockAt(at: number) {
  const time = { now: 1000 };
  return { time, clock: new WallClock(() => time.now, epochMs(at)) };
}

describe("WallClock", () => {
  it("stands until it plays", () => {
    const { time, clock } = clockAt(5000);
    time.now += 700;
    expect(clock.instant()).toBe(5000);
    clock.play();
    time.now += 700;
    expect(clock.instant()).toBe(5700);
  });

  it("does not jump when the speed changes, forward or backward", () => {
    const { time, clock } = clockAt(0);
    clock.play();
    time.now += 100;
    clock.setSpeed(32);
    expect(clock.instant()).toBe(100);
    time.now += 100;
    expect(clock.instant()).toBe(3300);
    clock.setSpeed(-2);
    time.now += 100;
    expect(clock.instant()).toBe(3100);
  });

  it("stands while anything holds it and goes on from there", () => {
    const { time, clock } = clockAt(0);
    clock.play();
    time.now += 10;
    clock.hold("tile 1");
    clock.hold("tile 2");
    time.now += 500;
    clock.release("tile 1");
    time.now += 500;
    expect(clock.instant()).toBe(10);
    expect(clock.playing).toBe(true);
    expect(clock.running).toBe(false);
    clock.release("tile 2");
    time.now += 5;
    expect(clock.instant()).toBe(15);
  });

  it("seeks while playing without losing speed", () => {
    const { time, clock } = clockAt(0);
    clock.setSpeed(4);
    clock.play();
    time.now += 100;
    clock.seek(epochMs(9000));
    time.now += 100;
    expect(clock.instant()).toBe(9400);
  });

  it("ignores a speed that is no speed", () => {
    const { clock } = clockAt(0);
    clock.setSpeed(0);
    clock.setSpeed(Number.NaN);
    clock.setSpeed(Number.POSITIVE_INFINITY);
    expect(clock.speed).toBe(1);
  });

  it("tells changes once, and nothing after the subscription ended", () => {
    const { clock } = clockAt(0);
    const seen: string[] = [];
    const end = clock.subscribe((change) => seen.push(change));
    clock.play();
    clock.play();
    clock.setSpeed(2);
    clock.setSpeed(2);
    clock.seek(epochMs(1));
    end();
    clock.pause();
    expect(seen).toEqual(["state", "rate", "seek"]);
  });
});
