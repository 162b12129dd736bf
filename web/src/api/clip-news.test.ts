import { describe, expect, it } from "vitest";
import { tellClipNews, withNews } from "./clip-news";
import type { Clip } from "./clips";

const clip = (id: string, state: Clip["state"]): Clip => ({ id, state }) as Clip;

describe("answers and events that overtake each other", () => {
  it("shows what was told of a clip before the answer about it came", async () => {
    const made = await withNews(() => {
      tellClipNews({ kind: "changed", clip: clip("1", "cutting") });
      tellClipNews({ kind: "changed", clip: clip("1", "ready") });
      tellClipNews({ kind: "changed", clip: clip("3", "ready") });
      return Promise.resolve([clip("1", "queued"), clip("2", "queued")]);
    });
    expect(made).toEqual([clip("1", "ready"), clip("2", "queued")]);
  });

  it("knows nothing of what was told before the call", async () => {
    tellClipNews({ kind: "changed", clip: clip("1", "failed") });
    expect(await withNews(() => Promise.resolve(clip("1", "queued")))).toEqual(clip("1", "queued"));
  });

  it("passes a failure on", async () => {
    await expect(withNews(() => Promise.reject<Clip>(new Error("no network")))).rejects.toThrow("no network");
  });
});
