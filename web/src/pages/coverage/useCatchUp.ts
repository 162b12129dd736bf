import { type Ref, shallowRef, watch } from "vue";
import type { Deck } from "@/player/deck";
import type { Wall, WallSnapshot } from "@/player/wall";
import type { Range } from "@/time/instant";
import { holding } from "@/time/ranges";
import type { CatchUp } from "./catch-up";

/** Plays from where somebody stopped to live, over what need not be seen, until somebody takes the transport. */
export function useCatchUp(wall: Wall, snapshot: Ref<WallSnapshot | undefined>) {
  const running = shallowRef<CatchUp>();
  let skips: readonly Range[] = [];
  /** The one it began with, whichever tile has the eye meanwhile. */
  let deck: Deck = wall.deck;

  function start(plan: CatchUp, over: readonly Range[]): void {
    skips = over;
    deck = wall.deck;
    deck.seek(plan.from);
    deck.setSpeed(plan.speed);
    wall.play();
    running.value = plan;
  }

  watch(snapshot, () => {
    const plan = running.value;
    if (!plan) return;
    const fate = wall.fateOf(deck);
    if (fate === "stands") return;
    const { clock, live } = deck;
    if (fate === "left" || live || !clock.playing || clock.speed !== plan.speed) {
      running.value = undefined;
      return;
    }
    const skip = holding(skips, clock.instant());
    if (skip) deck.passOver(skip.to);
  });

  return { running, start };
}
