import { nextTick, shallowRef } from "vue";
import { describe, expect, it } from "vitest";
import { Deck } from "@/player/deck";
import type { Wall, WallSnapshot } from "@/player/wall";
import { epochMs } from "@/time/instant";
import type { CatchUp } from "./catch-up";
import { useCatchUp } from "./useCatchUp";

/** What catching up asks of a wall: the clock that is driven, and what became of one. */
function scene() {
  let now = 0;
  const newDeck = () => new Deck(() => now, epochMs(0), 1);
  const main = newDeck();
  const wall = { deck: main, fate: undefined as ReturnType<Wall["fateOf"]>, play: () => wall.deck.play(), fateOf: () => wall.fate };
  const snapshot = shallowRef<WallSnapshot>();
  const { running, start } = useCatchUp(wall as unknown as Wall, snapshot);
  const tick = async (ms = 16) => {
    now += ms;
    snapshot.value = { tiles: new Map(), lead: undefined, sound: "none" };
    await nextTick();
  };
  start({ from: epochMs(1000), speed: 8, takesMs: 60_000 } as CatchUp, [{ from: epochMs(9000), to: epochMs(90_000) }]);
  return { wall, main, newDeck, running, tick };
}

describe("catching up", () => {
  it("goes on when the tile that has the eye stands for a note", async () => {
    const { wall, main, newDeck, running, tick } = scene();
    await tick();
    wall.deck = newDeck();
    await tick();
    expect(running.value?.speed).toBe(8);
    await tick(1000);
    expect(main.clock.instant(), "what was reviewed is passed over").toBeGreaterThanOrEqual(90_000);
  });

  it("goes on after a note of the only tile", async () => {
    const { wall, main, running, tick } = scene();
    await tick();
    main.pause();
    wall.fate = "stands";
    await tick();
    expect(running.value).toBeDefined();
    wall.fate = undefined;
    main.play();
    await tick();
    expect(running.value).toBeDefined();
  });

  it("ends when somebody pauses, changes the speed, or leaves the clock without tiles", async () => {
    for (const end of [({ main }: ReturnType<typeof scene>) => main.pause(), ({ main }: ReturnType<typeof scene>) => main.setSpeed(2), ({ wall }: ReturnType<typeof scene>) => void (wall.fate = "left")]) {
      const all = scene();
      await all.tick();
      end(all);
      await all.tick();
      expect(all.running.value).toBeUndefined();
    }
  });
});
