import { onBeforeUnmount, type Ref, watch } from "vue";
import type { LocationQueryRaw, Router } from "vue-router";
import type { Wall, WallSnapshot } from "@/player/wall";
import type { EpochMs } from "@/time/instant";
import { readAddress, readArrangement, type WatchAddress, writeAddress, writeArrangement } from "./address";
import { type Arrangement, focusOf } from "./arrangement";

const PLAYING_EVERY_MS = 1500;

export interface AddressInputs {
  router: Router;
  wall: Wall;
  snapshot: Ref<WallSnapshot | undefined>;
  arrangement: Ref<Arrangement>;
}

/** A wall of one channel has the channel's own address. */
function placeOf(arrangement: Arrangement): { name: string; params: Record<string, string>; query: LocationQueryRaw } {
  const [only] = arrangement.channels;
  return arrangement.grid === 1 && arrangement.channels.length === 1 && only !== undefined
    ? { name: "watch", params: { channelId: only }, query: {} }
    : { name: "wall", params: {}, query: writeArrangement(arrangement) };
}

/** Keeps the address at the moment and the channels that are watched, and follows it when it is edited by hand. */
export function useAddress({ router, wall, snapshot, arrangement }: AddressInputs) {
  let written = "";
  let writtenAt = 0;
  let leaving = false;

  function nowAt(): WatchAddress {
    const state = snapshot.value?.lead;
    if (!state) return readAddress(router.currentRoute.value.query);
    return state.live ? { speed: 1 } : { at: state.at, speed: state.speed };
  }

  function whole(address: WatchAddress) {
    const place = placeOf(arrangement.value);
    return { ...place, query: { ...place.query, ...writeAddress(address) } };
  }

  function write(): void {
    const next = whole(nowAt());
    const { fullPath } = router.resolve(next);
    if (fullPath === written || leaving) return;
    written = fullPath;
    writtenAt = performance.now();
    void router.replace(next);
  }

  watch(snapshot, (state) => {
    const lead = state?.lead;
    if (!lead || lead.scrubbing) return;
    if (lead.playing && performance.now() - writtenAt < PLAYING_EVERY_MS) return;
    write();
  });
  watch(arrangement, write);

  watch(
    () => router.currentRoute.value.fullPath,
    (path) => {
      if (leaving || path === written) return;
      written = path;
      const { name, params, query } = router.currentRoute.value;
      if (name === "watch" && typeof params.channelId === "string") arrangement.value = { channels: [params.channelId], grid: 1 };
      else arrangement.value = readArrangement(query) ?? arrangement.value;
      const asked = readAddress(query);
      if (asked.at === undefined) {
        wall.goTo("live", focusOf(arrangement.value));
        return;
      }
      wall.pause();
      wall.deck.setSpeed(asked.speed);
      wall.goTo(asked.at, focusOf(arrangement.value));
    },
  );

  const stopGuard = router.beforeEach((to) => {
    leaving = to.name !== "watch" && to.name !== "wall";
  });
  onBeforeUnmount(stopGuard);

  /** The whole address of an instant, for other people. */
  function currentLink(at: EpochMs): string {
    const speed = snapshot.value?.lead?.speed ?? 1;
    const { href } = router.resolve(whole({ at, speed }));
    return new URL(href, location.href).toString();
  }

  return { currentLink };
}
