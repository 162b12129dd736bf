import { computed, type Ref, ref, watch } from "vue";
import { useI18n } from "vue-i18n";
import type { Recording } from "@/player/face";
import type { Wall, WallSnapshot } from "@/player/wall";
import { useToasts } from "@/state/toasts";
import { type Band, NO_BAND } from "./bands";
import { leftOf, passedTo, SecondLook, UNSEEN, type Unseen } from "./unseen";

export interface UnseenInputs {
  wall: Wall;
  snapshot: Ref<WallSnapshot | undefined>;
  /** Those that are seen. */
  channels: Ref<readonly string[]>;
  recordings: ReadonlyMap<string, Recording>;
  bands: () => ReadonlyMap<string, Band> | undefined;
  /** Somebody catches up, and has said what is passed over. */
  busy: () => boolean;
}

/** The filter "not yet reviewed": playing passes over what was reviewed on every channel of the wall. */
export function useUnseen({ wall, snapshot, channels, recordings, bands, busy }: UnseenInputs) {
  const { t } = useI18n();
  const toasts = useToasts();
  const filter = ref<Unseen>("all");
  let look = new SecondLook();
  let said = 0;

  const left = computed(() =>
    filter.value === "all" ? [] : leftOf(filter.value, channels.value.map((id) => ({ recording: recordings.get(id), band: bands()?.get(id) ?? NO_BAND }))),
  );

  function set(next: Unseen): void {
    if (next === filter.value) return;
    filter.value = next;
    look = new SecondLook();
    toasts.dismiss(said);
    said = toasts.say(t(`coverage.filtered.${next}`));
  }

  function cycle(): void {
    set(UNSEEN[(UNSEEN.indexOf(filter.value) + 1) % UNSEEN.length] ?? "all");
  }

  watch(snapshot, () => {
    const { clock, live, scrubbing } = wall.deck;
    if (filter.value === "all" || busy() || live || scrubbing || !clock.playing) return;
    const direction = clock.speed < 0 ? -1 : 1;
    const at = clock.instant();
    if (look.looks(at, direction)) return;
    const to = passedTo(left.value, at, direction);
    if (to !== undefined) wall.deck.passOver(to);
  });

  return { filter, set, cycle };
}
