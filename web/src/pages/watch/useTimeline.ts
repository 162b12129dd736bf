import { onScopeDispose, type Ref, shallowRef, watch } from "vue";
import { api, type Channel, type Timeline } from "@/api/client";
import { formatInstant, instant, type Range } from "@/time/instant";
import { present } from "@/time/present";
import { Gate } from "./gate";
import { joined, windowsOf } from "./timeline-windows";

const RENEW_MS = 10_000;
const TRY_AGAIN_MS = 3_000;
/** Of all channels of a wall, so that the browser's connections are left for media. */
const gate = new Gate(3);

/** The channel's whole timeline, renewed when its state changes and its newest part every ten seconds. */
export function useTimeline(channel: Ref<Channel | undefined>): {
  timeline: Ref<Timeline | undefined>;
  failed: Ref<unknown>;
} {
  const timeline = shallowRef<Timeline>();
  const failed = shallowRef<unknown>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let generation = 0;
  /** Answers for windows that have ended, by their first instant. */
  let ended = new Map<string, Timeline>();

  async function ask(id: string, { from, to }: Range, live: boolean): Promise<Timeline> {
    const start = formatInstant(from);
    const known = live ? undefined : ended.get(start);
    if (known) return known;
    const keep = ended;
    const answer = await gate.pass(() => api.timeline(id, start, live ? "live" : formatInstant(to)));
    if (!live) keep.set(start, answer);
    return answer;
  }

  async function renew(): Promise<void> {
    clearTimeout(timer);
    const mine = ++generation;
    const known = channel.value;
    if (!known) return;
    const first = known.recordedFrom === undefined ? undefined : instant(known.recordedFrom);
    const windows = windowsOf(first, present());
    let next = RENEW_MS;
    try {
      const [head, ...rest] = await Promise.all(windows.map((window, i) => ask(known.id, window, i === windows.length - 1)));
      if (mine !== generation) return;
      if (head) timeline.value = joined([head, ...rest]);
      failed.value = undefined;
    } catch (reason) {
      if (mine !== generation) return;
      failed.value = reason;
      next = TRY_AGAIN_MS;
    }
    timer = setTimeout(() => void renew(), next);
  }

  // One by one: an array made anew would be another one at every word from the channel, every other second.
  watch(
    [() => channel.value?.id, () => channel.value?.state, () => channel.value?.stateSince, () => channel.value?.recordedFrom],
    () => {
      ended = new Map();
      void renew();
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    generation += 1;
    clearTimeout(timer);
  });
  return { timeline, failed };
}
