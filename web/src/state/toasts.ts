import { defineStore } from "pinia";
import { ref } from "vue";

export interface Toast {
  id: number;
  tone: "info" | "bad";
  text: string;
}

const SHOWN_MS = 5000;

/** Short messages about something that has just happened. */
export const useToasts = defineStore("toasts", () => {
  const toasts = ref<Toast[]>([]);
  let next = 1;

  function say(text: string, tone: Toast["tone"] = "info"): void {
    const id = next++;
    toasts.value = [...toasts.value.slice(-2), { id, tone, text }];
    setTimeout(() => dismiss(id), tone === "bad" ? SHOWN_MS * 2 : SHOWN_MS);
  }

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  }

  return { toasts, say, dismiss };
});
