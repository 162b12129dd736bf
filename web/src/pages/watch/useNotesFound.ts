import { useQuery } from "@tanstack/vue-query";
import { computed, onScopeDispose, type Ref, ref, watch } from "vue";
import { type Note, notes } from "@/api/notes";
import { NOTES } from "@/api/notes-queries";
import { FRESH } from "@/api/queries";

const TYPING_MS = 250;
const SHORTEST = 2;
const MOST = 8;

/** Notes that hold the words, newest moment first; nothing while `wanted` is undefined. Only what belongs to the words as they are now is given. */
export function useNotesFound(wanted: Ref<string | undefined>) {
  const asked = ref<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const words = computed(() => {
    const text = wanted.value?.trim() ?? "";
    return text.length < SHORTEST ? undefined : text;
  });
  watch(words, (now) => {
    clearTimeout(timer);
    if (now === undefined) asked.value = undefined;
    else timer = setTimeout(() => (asked.value = now), TYPING_MS);
  });
  onScopeDispose(() => clearTimeout(timer));

  const { data, error, isFetching } = useQuery({
    ...FRESH,
    queryKey: computed(() => [...NOTES, "moment", asked.value]),
    queryFn: async () => (await notes.page({ search: asked.value ?? "", limit: MOST })).items,
    enabled: computed(() => asked.value !== undefined),
    retry: false,
  });
  const current = computed(() => words.value !== undefined && asked.value === words.value);
  const found = computed<readonly Note[]>(() => (current.value && !isFetching.value ? (data.value ?? []) : []));
  const searching = computed(() => words.value !== undefined && (!current.value || isFetching.value));
  const failed = computed(() => (current.value && !isFetching.value ? (error.value ?? undefined) : undefined));
  return { found, searching, failed };
}
