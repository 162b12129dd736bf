import { expect, it } from "vitest";
import { noticeServerDate, present } from "./present";

it("follows the server when this clock is wrong, and itself when the difference is rounding", () => {
  noticeServerDate(1_000_000, 400_000);
  expect(present(400_000)).toBe(1_000_500);
  noticeServerDate(1_000_000, 1_000_900);
  expect(present(1_000_900)).toBe(1_000_900);
  noticeServerDate(Number.NaN, 5);
  expect(present(1_000_900)).toBe(1_000_900);
});
