import { onBeforeUnmount, type Ref, watch } from "vue";
import { type Router } from "vue-router";
import type { Session, Snapshot } from "@/player/session";
import type { EpochMs } from "@/time/instant";
import { readAddress, type WatchAddress, writeAddress } from "./address";

const PLAYING_EVERY_MS = 1500;

/** Keeps the address at the moment that is watched, and follows it when it is edited by hand. */
export function useAddress(router: Router, session: Ref<Session | undefined>, snapshot: Ref<Snapshot | undefined>) {
  let written = "";
  let writtenAt = 0;
  let leaving = false;

  function addressOf(state: Snapshot): WatchAddress {
    return state.live ? { speed: 1 } : { at: state.at, speed: state.speed };
  }

  function write(address: WatchAddress): void {
    const query = writeAddress(address);
    const next = JSON.stringify(query);
    if (next === written) return;
    written = next;
    writtenAt = performance.now();
    void router.replace({ query });
  }

  watch(snapshot, (state) => {
    if (!state || state.scrubbing || leaving) return;
    if (state.playing && performance.now() - writtenAt < PLAYING_EVERY_MS) return;
    write(addressOf(state));
  });

  watch(
    () => router.currentRoute.value.query,
    (query) => {
      const player = session.value;
      if (!player || leaving || JSON.stringify(query) === written) return;
      const asked = readAddress(query);
      written = JSON.stringify(query);
      if (asked.at === undefined) player.goLive();
      else {
        player.pause();
        player.setSpeed(asked.speed);
        player.seek(asked.at);
      }
    },
  );

  const stopGuard = router.beforeEach((to, from) => {
    if (to.name !== from.name) leaving = true;
  });
  onBeforeUnmount(stopGuard);

  /** The whole address of an instant, for other people. */
  function currentLink(at: EpochMs): string {
    const speed = snapshot.value?.speed ?? 1;
    const { href } = router.resolve({ ...router.currentRoute.value, query: writeAddress({ at, speed }) });
    return new URL(href, location.href).toString();
  }

  return { currentLink };
}
