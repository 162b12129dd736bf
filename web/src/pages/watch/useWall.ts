import { onScopeDispose, shallowRef } from "vue";
import { FetchQueue } from "@/player/fetch-queue";
import { Wall, type WallSnapshot } from "@/player/wall";
import { present } from "@/time/present";
import type { WatchAddress } from "./address";
import { DrawPace } from "./draw-pace";

/** Makes the wall, ticks it on animation frames (which a hidden page does not get), and takes it down with the page. */
export function useWall(start: WatchAddress) {
  const snapshot = shallowRef<WallSnapshot>();
  const queue = new FetchQueue((url, init) => fetch(url, { ...init, credentials: "same-origin" }));
  const audio = document.createElement("audio");
  audio.preload = "auto";
  audio.dataset.testid = "audio";
  const wall = new Wall({
    audio,
    queue,
    now: () => performance.now(),
    present,
    speed: start.speed,
    ...(start.at === undefined ? {} : { at: start.at }),
  });
  const pace = new DrawPace();

  function tick(now: number): void {
    frame = requestAnimationFrame(tick);
    const next = wall.tick();
    if (!next || !pace.due(now, next.tiles.size)) return;
    pace.begin(now);
    const began = performance.now();
    snapshot.value = next;
    // A task after this animation frame: all that follows from the new value has been done by then.
    setTimeout(() => pace.took(performance.now() - began));
  }
  let frame = requestAnimationFrame(tick);

  const onVisibility = () => wall.setHidden(document.hidden);
  document.addEventListener("visibilitychange", onVisibility);
  onScopeDispose(() => {
    document.removeEventListener("visibilitychange", onVisibility);
    cancelAnimationFrame(frame);
    wall.close();
    audio.remove();
  });

  return { wall, snapshot, queue, audio };
}
