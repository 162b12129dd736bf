import { describe, expect, it } from "vitest";
import type { Note } from "@/api/notes";
import { epochMs, formatInstant } from "@/time/instant";
import { marksOf, nearest } from "./marks";

const note = (id: string, ms: number): Note => ({ id, at: formatInstant(epochMs(ms)) }) as Note;

describe("marksOf", () => {
  it("puts notes that would cover each other into one mark", () => {
    const marks = marksOf([note("a", 0), note("b", 10), note("c", 100), note("d", 900)], (at) => at, 500);
    expect(marks.map(({ x, notes }) => [x, notes.map(({ id }) => id)])).toEqual([[0, ["a", "b"]], [100, ["c"]]]);
  });
});

describe("nearest", () => {
  it("is the one before or after", () => {
    const all = [note("a", 0), note("b", 100)];
    expect(nearest(all, epochMs(60))?.id).toBe("b");
    expect(nearest(all, epochMs(40))?.id).toBe("a");
    expect(nearest(all, undefined)).toBeUndefined();
    expect(nearest([], epochMs(1))).toBeUndefined();
  });
});
