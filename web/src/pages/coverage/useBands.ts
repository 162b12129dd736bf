import { useQueries } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { coverageOfDay, daysOf, rangeOfDay } from "@/api/coverage";
import { useAccount } from "@/state/account";
import type { Range } from "@/time/instant";
import { type Band, bandOf } from "./bands";

/** Of a timeline of more days only the newest are asked for; of the others nothing is said. */
const MOST_DAYS = 4;

/** Of each channel, who has reviewed what of the part of the timeline that is shown. */
export function useBands(channels: Ref<readonly string[]>, view: Ref<Range>): Ref<ReadonlyMap<string, Band>> {
  const account = useAccount();
  const days = computed(() => daysOf(view.value, MOST_DAYS).join(","));
  const asked = computed(() =>
    channels.value.flatMap((id) => days.value.split(",").map((day) => ({ id, range: rangeOfDay(Number(day)), query: coverageOfDay(id, Number(day)) }))),
  );
  const answers = useQueries({ queries: computed(() => asked.value.map(({ query }) => query)) });
  return computed(() => {
    const bands = new Map<string, Band>();
    for (const id of channels.value) {
      const told = asked.value.flatMap(({ id: of, range }, i) => (of === id ? [{ range, people: answers.value[i]?.data }] : []));
      bands.set(id, bandOf(told, account.me?.id));
    }
    return bands;
  });
}
