import { computed, onScopeDispose, type Ref, shallowRef, watch } from "vue";
import { type ClipNews, onClipNews } from "@/api/clip-news";
import { type Clip, clips } from "@/api/clips";
import { instant, type Range } from "@/time/instant";
import { findNear, TRY_AGAIN_MS, windowOf } from "@/pages/near";
import { type ClipMark, marksByChannel } from "./clip-marks";

/** What is clipped already of these channels in a range, kept up to date by events. */
export function useClipsNear(channelIds: Ref<readonly string[]>, range: Ref<Range | undefined>): Ref<Map<string, ClipMark[]>> {
  const known = shallowRef<ReadonlyMap<string, Clip>>(new Map());
  let window: Range | undefined;
  let generation = 0;
  /** Since it was last asked for: the answer may be older. */
  let told: ClipNews[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(): Promise<void> {
    clearTimeout(timer);
    const mine = ++generation;
    if (!window) return;
    told = [];
    try {
      const found = await findNear({
        channelIds: channelIds.value,
        window,
        page: ({ cursor, limit, ...filter }) => clips.page(filter, cursor, limit),
        wanted: () => mine === generation,
      });
      if (mine === generation) known.value = told.reduce(applied, new Map(found.map((clip) => [clip.id, clip])) as ReadonlyMap<string, Clip>);
    } catch {
      if (mine === generation) timer = setTimeout(() => void load(), TRY_AGAIN_MS);
    }
  }

  watch(
    [() => channelIds.value.join(), range],
    ([channels, now], [before]) => {
      if (now) {
        const next = windowOf(now);
        if (window?.from === next.from && window.to === next.to && channels === before) return;
        window = next;
      }
      void load();
    },
    { immediate: true },
  );

  /** The clips with what is told of one. */
  function applied(clips: ReadonlyMap<string, Clip>, news: ClipNews): ReadonlyMap<string, Clip> {
    if (news.kind === "missed") return clips;
    const next = new Map(clips);
    if (news.kind === "removed") next.delete(news.id);
    else if (channelIds.value.includes(news.clip.channelId) && window && instant(news.clip.to) > window.from && instant(news.clip.from) < window.to) next.set(news.clip.id, news.clip);
    else return clips;
    return next;
  }

  const stop = onClipNews((news) => {
    if (news.kind === "missed") return void load();
    told.push(news);
    known.value = applied(known.value, news);
  });
  onScopeDispose(() => {
    generation += 1;
    clearTimeout(timer);
    stop();
  });
  return computed(() => marksByChannel(known.value.values()));
}
