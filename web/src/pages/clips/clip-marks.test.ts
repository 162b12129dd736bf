import { expect, test } from "vitest";
import type { Clip } from "@/api/clips";
import { epochMs } from "@/time/instant";
import { marksAt, marksByChannel } from "./clip-marks";

const second = (n: number) => new Date(n * 1000).toISOString();
const clip = (id: string, from: number, to: number, over: Partial<Clip> = {}): Clip => ({
  id, channelId: "7", channel: "Seven", from: second(from), to: second(to), title: id, tags: [], edges: "copy", authorId: "1", author: "Ann", createdAt: second(0), version: 1, state: "ready", ...over,
});

test("clips lie on their channel where they show something, and those that nobody gets do not", () => {
  const marks = marksByChannel([
    clip("b", 20, 30), clip("a", 5, 9, { shownFrom: second(6), shownTo: second(8) }), clip("c", 1, 2, { channelId: "8", state: "queued" }),
    clip("failed", 1, 2, { state: "failed" }), clip("cancelled", 1, 2, { state: "cancelled" }),
  ]);
  expect(marks.get("7")?.map((mark) => [mark.clip.id, mark.from, mark.to])).toEqual([["a", 6000, 8000], ["b", 20_000, 30_000]]);
  expect(marks.get("8")?.map((mark) => mark.clip.id)).toEqual(["c"]);
});

test("one is found from inside, half open, and a hair of one from beside it", () => {
  const marks = marksByChannel([clip("a", 5, 9), clip("b", 8, 12)]).get("7") ?? [];
  const at = (ms: number, around = 0) => marksAt(marks, epochMs(ms), around).map((mark) => mark.clip.id);
  expect(at(5000)).toEqual(["a"]);
  expect(at(8500)).toEqual(["a", "b"]);
  expect(at(12_000)).toEqual([]);
  expect(at(12_000, 1)).toEqual(["b"]);
});
