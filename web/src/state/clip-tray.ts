import { defineStore } from "pinia";
import { computed, ref } from "vue";
import type { Clip } from "@/api/clips";

/** Clips that this person asked for in this page, from the asking until they are put away. */
export const useClipTray = defineStore("clip-tray", () => {
  const shown = ref<Clip[]>([]);

  /** From now on; again, when it is asked for again. */
  function watch(clip: Clip): void {
    shown.value = [clip, ...shown.value.filter((one) => one.id !== clip.id)].slice(0, 12);
  }
  /** What an event tells of one that is watched. */
  function update(clip: Clip): void {
    shown.value = shown.value.map((one) => (one.id === clip.id ? clip : one));
  }
  /** Events were missed: asks how it went with those that were on their way. One that cannot be asked for now stays as it is. */
  async function renew(get: (id: string) => Promise<Clip>): Promise<void> {
    const waiting = shown.value.filter((clip) => clip.state === "queued" || clip.state === "cutting");
    for (const answer of await Promise.allSettled(waiting.map(({ id }) => get(id)))) {
      if (answer.status === "fulfilled") update(answer.value);
    }
  }
  function putAway(id: string): void {
    shown.value = shown.value.filter((one) => one.id !== id);
  }
  function clear(): void {
    shown.value = [];
  }
  const busy = computed(() => shown.value.some((clip) => clip.state === "queued" || clip.state === "cutting"));
  return { shown, busy, watch, update, renew, putAway, clear };
});
