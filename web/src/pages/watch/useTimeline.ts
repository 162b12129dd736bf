import { onScopeDispose, type Ref, shallowRef, watch } from "vue";
import { api, type Channel, type Timeline } from "@/api/client";
import { epochMs, formatInstant, instant } from "@/time/instant";
import { present } from "@/time/present";

const LONGEST_MS = 31 * 86_400_000 - 60_000;
const RENEW_MS = 10_000;
const TRY_AGAIN_MS = 3_000;

/** The channel's timeline, renewed when its state changes and every ten seconds. */
export function useTimeline(channel: Ref<Channel | undefined>): {
  timeline: Ref<Timeline | undefined>;
  failed: Ref<unknown>;
} {
  const timeline = shallowRef<Timeline>();
  const failed = shallowRef<unknown>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let generation = 0;

  async function renew(): Promise<void> {
    clearTimeout(timer);
    const mine = ++generation;
    const known = channel.value;
    if (!known) return;
    const now = present();
    const first = known.recordedFrom === undefined ? now - 1000 : instant(known.recordedFrom) - 1000;
    const from = epochMs(Math.min(Math.max(first, now - LONGEST_MS), now - 1000));
    let next = RENEW_MS;
    try {
      const answer = await api.timeline(known.id, formatInstant(from), "live");
      if (mine !== generation) return;
      timeline.value = answer;
      failed.value = undefined;
    } catch (reason) {
      if (mine !== generation) return;
      failed.value = reason;
      next = TRY_AGAIN_MS;
    }
    timer = setTimeout(() => void renew(), next);
  }

  watch(
    () => [channel.value?.id, channel.value?.state, channel.value?.stateSince, channel.value?.recordedFrom],
    () => void renew(),
    { immediate: true },
  );
  onScopeDispose(() => {
    generation += 1;
    clearTimeout(timer);
  });
  return { timeline, failed };
}
