import { useQueries } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { coverageOfDay, daysOf } from "@/api/coverage";
import { useAccount } from "@/state/account";
import type { Range } from "@/time/instant";
import { type Band, bandOf } from "./bands";

/** A timeline of more days than this shows no bands: they would be thinner than a pixel. */
const MOST_DAYS = 4;

/** Of each channel, who has reviewed what of the part of the timeline that is shown. */
export function useBands(channels: Ref<readonly string[]>, view: Ref<Range>): Ref<ReadonlyMap<string, Band>> {
  const account = useAccount();
  const days = computed(() => daysOf(view.value, MOST_DAYS).join(","));
  const asked = computed(() =>
    channels.value.flatMap((id) => days.value.split(",").map((day) => ({ id, query: coverageOfDay(id, Number(day)) }))),
  );
  const answers = useQueries({ queries: computed(() => asked.value.map(({ query }) => query)) });
  return computed(() => {
    const bands = new Map<string, Band>();
    for (const id of channels.value) {
      const people = asked.value.flatMap((one, i) => (one.id === id ? (answers.value[i]?.data ?? []) : []));
      bands.set(id, bandOf(people, account.me?.id));
    }
    return bands;
  });
}
