import { computed, type Ref, ref, shallowRef, watch } from "vue";
import type { Channel } from "@/api/client";
import type { Wall } from "@/player/wall";
import {
  type Arrangement, brought, focusedAt, focusMoved, focusOf, type Grid, known, moved, nextGrid, opening, pageMoved, placed, toggled, visibleOf, withGrid,
} from "./arrangement";
import type { TileAction } from "./tile-actions";

const KEPT = "longtake.wall";

/** The last wall of this browser in this organization; storage may be forbidden, or hold anything. */
function remembered(place: string): Arrangement | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(`${KEPT}.${place}`) ?? "null");
    if (typeof kept !== "object" || kept === null || !("channels" in kept) || !("grid" in kept)) return undefined;
    const { channels, grid } = kept;
    if (!Array.isArray(channels) || ![1, 4, 9, 16].includes(Number(grid))) return undefined;
    return { channels: channels.filter((id) => typeof id === "string"), grid: Number(grid) as Grid };
  } catch {
    return undefined;
  }
}

function remember(place: string, { channels, grid }: Arrangement): void {
  try {
    localStorage.setItem(`${KEPT}.${place}`, JSON.stringify({ channels, grid }));
  } catch {
    // As above.
  }
}

export interface ArrangementInputs {
  wall: Wall;
  channels: Ref<Channel[] | undefined>;
  /** What the address asks for; `alone`: a channel whose own address it is, and who asks for it wants no other. */
  asked: Arrangement | undefined;
  alone: boolean;
  /** The organization. */
  place: string;
}

/** Which tiles stand where, which has the focus and which the sound; and what their menus and keys do to that. */
export function useArrangement({ wall, channels, asked, alone, place }: ArrangementInputs) {
  const arrangement = shallowRef<Arrangement>(asked ?? { channels: [], grid: 1 });
  /** Only the focused tile is shown; the others stay where they are, and rest. */
  const full = ref(false);
  const picking = ref(false);
  /** Which place the picker fills; all of them when it is undefined. */
  const slot = ref<number>();

  const available = computed(() => (channels.value ?? []).map(({ id }) => id));
  const focus = computed(() => focusOf(arrangement.value));
  /** Looking elsewhere leaves the sound where it is. */
  const heard = computed(() => arrangement.value.sound ?? arrangement.value.channels[0]);
  const visible = computed(() => visibleOf(arrangement.value));
  const many = computed(() => arrangement.value.grid > 1 || arrangement.value.channels.length > 1);
  const empties = computed(() => arrangement.value.grid - visible.value.length);
  let opened = alone;

  watch(
    channels,
    (list) => {
      if (!list || list.length === 0 || opened) return;
      opened = true;
      // Some may be gone, and their tiles say so; a wall of nothing else is of another place.
      if (known(arrangement.value, available.value).channels.length > 0) return;
      const kept = remembered(place);
      const again = kept && known(kept, available.value);
      arrangement.value = again && again.channels.length > 0 ? again : opening(list);
    },
    { immediate: true },
  );
  watch(arrangement, (now) => {
    if (now.channels.length > 1) remember(place, now);
  });
  watch(focus, (id) => wall.setFocus(id), { immediate: true });
  watch(heard, (id) => wall.setSound(id), { immediate: true });

  function set(next: Arrangement): void {
    if (next !== arrangement.value) arrangement.value = next;
  }

  function openPicker(index?: number): void {
    slot.value = index;
    picking.value = true;
  }

  function act(id: string, action: TileAction): void {
    const now = arrangement.value;
    const focused = { ...now, focus: id };
    const acts: Record<TileAction, () => void> = {
      focus: () => now.focus !== id && set(focused),
      full: () => {
        set(focused);
        full.value = !full.value;
      },
      sound: () => set({ ...focused, sound: id }),
      solo: () => toggleSolo(id),
      replace: () => openPicker(now.channels.indexOf(id)),
      remove: () => set(toggled(now, id)),
      earlier: () => set(moved(now, id, -1)),
      later: () => set(moved(now, id, 1)),
    };
    acts[action]();
  }

  function toggleSolo(id: string): void {
    if (wall.placeOf(id) === "wall") wall.solo(id);
    else wall.rejoin(id);
  }

  return {
    arrangement, available, focus, heard, visible, many, empties, full, picking, slot,
    set, act, openPicker,
    bring: (channel: string) => {
      set(brought(arrangement.value, channel));
      wall.setFocus(channel);
    },
    setGrid: (grid: Grid) => set(withGrid(arrangement.value, grid, available.value)),
    cycleGrid: () => set(nextGrid(arrangement.value, available.value)),
    focusNumber: (n: number) => set(focusedAt(arrangement.value, n - 1)),
    focusBy: (by: number) => set(focusMoved(arrangement.value, by)),
    turnPage: (by: 1 | -1) => set(pageMoved(arrangement.value, by)),
    place: (index: number, channel: string) => set(placed(arrangement.value, index, channel)),
  };
}
