import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import type { Clip } from "@/api/clips";
import { useClipTray } from "./clip-tray";

const clip = (id: string, state: Clip["state"]): Clip => ({ id, state }) as Clip;

describe("the tray of clips", () => {
  beforeEach(() => setActivePinia(createPinia()));

  it("asks, after events were missed, only for those that were on their way", async () => {
    const tray = useClipTray();
    for (const one of [clip("1", "ready"), clip("2", "cutting"), clip("3", "queued")]) tray.watch(one);
    const asked: string[] = [];
    await tray.renew((id) => {
      asked.push(id);
      return id === "2" ? Promise.resolve(clip("2", "ready")) : Promise.reject(new Error("not now"));
    });
    expect(asked.sort()).toEqual(["2", "3"]);
    expect(tray.shown.map(({ id, state }) => [id, state])).toEqual([["3", "queued"], ["2", "ready"], ["1", "ready"]]);
  });
});
