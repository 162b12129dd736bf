import { useQueries } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { coverage, COVERAGE } from "@/api/coverage";
import { Gate } from "@/pages/watch/gate";
import { type EpochMs, shift } from "@/time/instant";
import { present } from "@/time/present";
import type { Unseen } from "./unseen";

/** Who is asked what was missed asks of the last day. */
const DAY_MS = 86_400_000;
/** What is being recorded, and watched, at this moment is not missed. */
const FRESH_MS = 120_000;
const gate = new Gate(3);

/** From when on something of each channel is not reviewed; undefined: nothing, or not known yet. */
export interface Backlog {
  since: ReadonlyMap<string, EpochMs | undefined>;
  loading: boolean;
}

export function useBacklog(channels: Ref<readonly string[]>, filter: Ref<Unseen>, open: Ref<boolean>): Ref<Backlog> {
  const by = computed(() => (filter.value === "all" ? undefined : filter.value));
  const asked = computed(() => (open.value && by.value !== undefined ? channels.value : []));
  const answers = useQueries({
    queries: computed(() =>
      asked.value.map((id) => ({
        queryKey: [COVERAGE, id, "backlog", by.value] as const,
        queryFn: async () => (await gate.pass(() => coverage.uncovered(id, shift(present(), -DAY_MS), by.value ?? "anyone")))?.from ?? null,
        staleTime: 30_000,
      })),
    ),
  });
  return computed(() => ({
    since: new Map(asked.value.map((id, i) => [id, missed(answers.value[i]?.data)])),
    loading: answers.value.some(({ isPending }) => isPending),
  }));
}

function missed(from: EpochMs | null | undefined): EpochMs | undefined {
  return from === null || from === undefined || from > present() - FRESH_MS ? undefined : from;
}
