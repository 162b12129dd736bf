import { onScopeDispose, type Ref, shallowRef, watch } from "vue";
import { type Note, notes } from "@/api/notes";
import { onNoteNews } from "@/api/notes-queries";
import { type EpochMs, epochMs, formatInstant, instant, type Range } from "@/time/instant";

/** Windows are asked for whole, so that a playing clock does not ask every second. */
const WINDOW_MS = 3_600_000;
const MOST = 1000;
const TRY_AGAIN_MS = 3000;

/** The hours that hold the range, and one before it: what is just out of sight is often looked at next. */
export function windowOf(range: Range): Range {
  const from = Math.floor(range.from / WINDOW_MS) * WINDOW_MS - WINDOW_MS;
  return { from: epochMs(from), to: epochMs((Math.floor(range.to / WINDOW_MS) + 1) * WINDOW_MS) };
}

/** Notes of these channels in a range, oldest first, kept up to date by events. */
export function useNotesNear(channelIds: Ref<readonly string[]>, range: Ref<Range | undefined>, enabled: Ref<boolean>): Ref<Note[]> {
  const shown = shallowRef<Note[]>([]);
  let window: Range | undefined;
  let generation = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const put = (list: readonly Note[]) => {
    shown.value = [...list].sort((a, b) => instant(a.at) - instant(b.at) || Number(a.id) - Number(b.id));
  };

  /** Of one channel what it has; of several what the organization has, without the others'. */
  async function ask(wanted: Range, mine: number): Promise<Note[]> {
    const ids = channelIds.value;
    const [only] = ids;
    if (only === undefined) return [];
    const found: Note[] = [];
    let cursor: string | undefined;
    do {
      const page = await notes.page({
        from: formatInstant(wanted.from),
        to: formatInstant(wanted.to),
        limit: 200,
        ...(ids.length === 1 ? { channelId: only } : {}),
        ...(cursor === undefined ? {} : { cursor }),
      });
      found.push(...page.items.filter((note) => ids.includes(note.channelId)));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined && found.length < MOST && mine === generation);
    return found;
  }

  async function load(): Promise<void> {
    clearTimeout(timer);
    const mine = ++generation;
    const wanted = window;
    if (!wanted || !enabled.value) return;
    try {
      const found = await ask(wanted, mine);
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
