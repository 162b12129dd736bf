import { describe, expect, it } from "vitest";
import {
  type Arrangement, brought, focusedAt, focusMoved, focusOf, gridFor, known, moved, nextGrid, opening, pageMoved, pagesOf, placed, toggled, visibleOf,
} from "./arrangement";

const ids = (count: number) => Array.from({ length: count }, (_, i) => String(i + 1));
const wall: Arrangement = { channels: ids(6), grid: 4 };

describe("arrangement", () => {
  it("opens with what may be seen, recording first, in the smallest grid that shows it", () => {
    expect(opening([{ id: "a", state: "failed" }, { id: "b", state: "recording" }])).toEqual({ channels: ["b", "a"], grid: 4 });
    expect(opening(ids(30).map((id) => ({ id, state: "recording" })))).toEqual({ channels: ids(9), grid: 9 });
    expect(opening([])).toEqual({ channels: [], grid: 1 });
    expect([0, 1, 2, 4, 5, 10, 16].map(gridFor)).toEqual([1, 1, 4, 4, 9, 16, 16]);
  });

  it("shows the page that holds the focus", () => {
    expect(visibleOf(wall)).toEqual(["1", "2", "3", "4"]);
    expect(visibleOf({ ...wall, focus: "5" })).toEqual(["5", "6"]);
    expect(pagesOf({ ...wall, focus: "5" })).toEqual({ page: 1, pages: 2 });
    expect(focusOf({ ...wall, focus: "gone" })).toBe("1");
    expect(focusOf(pageMoved(wall, 1))).toBe("5");
    expect(pageMoved(wall, -1)).toBe(wall);
  });

  it("focuses by number on the page, and walks from tile to tile", () => {
    expect(focusOf(focusedAt(wall, 2))).toBe("3");
    expect(focusedAt(wall, 7)).toBe(wall);
    expect(focusOf(focusMoved(wall, 2))).toBe("3");
    expect(focusMoved(wall, -1)).toBe(wall);
  });

  it("fills a full wall that grows, and leaves empty places that somebody wanted", () => {
    const four = { channels: ids(4), grid: 4 as const };
    expect(nextGrid(four, ids(20)).channels).toEqual(ids(9));
    expect(nextGrid({ channels: ids(3), grid: 4 }, ids(20))).toEqual({ channels: ids(3), grid: 9 });
    expect(nextGrid({ channels: ids(16), grid: 16 }, ids(20))).toEqual({ channels: ids(16), grid: 1 });
  });

  it("puts a channel into a place, or changes places with the one that stands there", () => {
    expect(placed(wall, 1, "9").channels).toEqual(["1", "9", "3", "4", "5", "6"]);
    expect(placed(wall, 1, "4").channels).toEqual(["1", "4", "3", "2", "5", "6"]);
    expect(placed(wall, 6, "9")).toMatchObject({ channels: [...ids(6), "9"], focus: "9" });
    expect(placed({ channels: ids(16), grid: 16 }, 16, "17").channels).toEqual(ids(16));
  });

  it("brings a channel to the eye, wherever there is room", () => {
    expect(brought(wall, "4")).toEqual({ ...wall, focus: "4" });
    expect(brought({ channels: ["1"], grid: 1 }, "7")).toEqual({ channels: ["7"], grid: 1 });
    expect(brought({ channels: ids(3), grid: 4 }, "7")).toEqual({ channels: ["1", "2", "3", "7"], grid: 4, focus: "7" });
    expect(brought({ channels: ids(16), grid: 16, focus: "2" }, "99").channels[1]).toBe("99");
  });

  it("adds and takes away, and forgets focus and sound of what is gone", () => {
    expect(toggled({ channels: ids(4), grid: 4 }, "5")).toEqual({ channels: ids(5), grid: 9 });
    expect(toggled({ ...wall, focus: "2", sound: "2" }, "2")).toEqual({ channels: ["1", "3", "4", "5", "6"], grid: 4 });
    expect(known({ ...wall, focus: "2" }, ["2", "3"])).toEqual({ channels: ["2", "3"], grid: 4, focus: "2" });
    expect(known(wall, ids(10))).toBe(wall);
    expect(moved(wall, "2", -1).channels).toEqual(["2", "1", "3", "4", "5", "6"]);
    expect(moved(wall, "1", -1)).toBe(wall);
  });
});
