import { expect, it } from "vitest";
import { Retry } from "./retry";

it("waits longer each time, up to a limit, and starts over after success", () => {
  const retry = new Retry();
  expect(Array.from({ length: 7 }, () => retry.next())).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(retry.failures).toBe(7);
  retry.reset();
  expect(retry.next()).toBe(500);
});
