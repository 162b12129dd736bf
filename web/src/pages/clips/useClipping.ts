import { type Ref, ref, shallowRef } from "vue";
import { useAccount } from "@/state/account";
import { usePreferences } from "@/state/preferences";
import { type EpochMs, epochMs, type Range } from "@/time/instant";

/** The dialog that cuts what is marked, or some seconds on each side of what is seen. */
export function useClipping(seenAt: () => EpochMs, marked: Ref<Range | undefined>) {
  const account = useAccount();
  const preferences = usePreferences();
  const open = ref(false);
  const range = shallowRef<Range>();

  function ask(): void {
    if (!account.can("cut_clips")) return;
    const side = preferences.clipSide * 1000;
    const at = seenAt();
    range.value = marked.value ?? { from: epochMs(at - side), to: epochMs(at + side) };
    open.value = true;
  }
  return { open, range, ask };
}
