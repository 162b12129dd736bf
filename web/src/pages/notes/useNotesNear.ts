import { onScopeDispose, type Ref, shallowRef, watch } from "vue";
import { type Note, notes } from "@/api/notes";
import { onNoteNews } from "@/api/notes-queries";
import { findNear, TRY_AGAIN_MS, windowOf } from "@/pages/near";
import { type EpochMs, instant, type Range } from "@/time/instant";

/** Notes of these channels in a range, oldest first, kept up to date by events. */
export function useNotesNear(channelIds: Ref<readonly string[]>, range: Ref<Range | undefined>, enabled: Ref<boolean>): Ref<Note[]> {
  const shown = shallowRef<Note[]>([]);
  let window: Range | undefined;
  let generation = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const put = (list: readonly Note[]) => {
    shown.value = [...list].sort((a, b) => instant(a.at) - instant(b.at) || Number(a.id) - Number(b.id));
  };

  async function load(): Promise<void> {
    clearTimeout(timer);
    const mine = ++generation;
    if (!window || !enabled.value) return;
    try {
      const found = await findNear({ channelIds: channelIds.value, window, page: notes.page, wanted: () => mine === generation });
      if (mine === generation) put(found);
    } catch {
      if (mine === generation) timer = setTimeout(() => void load(), TRY_AGAIN_MS);
    }
  }

  watch(
    [() => channelIds.value.join(), enabled, range],
    ([channels, on, now], [before, was]) => {
      if (now) {
        const next = windowOf(now);
        const same = window?.from === next.from && window.to === next.to;
        if (same && channels === before && on === was) return;
        window = next;
      }
      if (channels !== before) shown.value = shown.value.filter((note) => channelIds.value.includes(note.channelId));
      void load();
    },
    { immediate: true },
  );

  const stop = onNoteNews((news) => {
    if (news.kind === "missed") void load();
    else {
      const id = news.kind === "removed" ? news.id : news.note.id;
      const others = shown.value.filter((note) => note.id !== id);
      if (news.kind === "removed") shown.value = others;
      else if (channelIds.value.includes(news.note.channelId) && window && holds(window, instant(news.note.at))) put([...others, news.note]);
      else shown.value = others;
    }
  });
  onScopeDispose(() => {
    generation += 1;
    clearTimeout(timer);
    stop();
  });
  return shown;
}

const holds = (range: Range, at: EpochMs) => at >= range.from && at < range.to;
