import { onScopeDispose, type Ref, ref } from "vue";
import type { EpochMs } from "@/time/instant";
import { present } from "@/time/present";

/** The server's time, renewed every second while the component lives. */
export function useTicking(): Ref<EpochMs> {
  const now = ref(present()) as Ref<EpochMs>;
  const timer = setInterval(() => (now.value = present()), 1000);
  onScopeDispose(() => clearInterval(timer));
  return now;
}
