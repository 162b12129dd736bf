import { defineStore } from "pinia";
import { ref } from "vue";

/** Something that can still be done about what has happened. */
export interface ToastAction {
  label: string;
  /** A file to save, or what to do. */
  href?: string;
  run?: () => void;
  testid?: string;
}

export interface Toast {
  id: number;
  tone: "info" | "bad";
  text: string;
  actions: readonly ToastAction[];
}

const SHOWN_MS = 5000;

/** Short messages about something that has just happened. */
export const useToasts = defineStore("toasts", () => {
  const toasts = ref<Toast[]>([]);
  let next = 1;

  /** With something to do, it stays twice as long. */
  function say(text: string, tone: Toast["tone"] = "info", actions: readonly ToastAction[] = []): number {
    const id = next++;
    toasts.value = [...toasts.value.slice(-2), { id, tone, text, actions }];
    setTimeout(() => dismiss(id), tone === "bad" || actions.length > 0 ? SHOWN_MS * 2 : SHOWN_MS);
    return id;
  }

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  }

  return { toasts, say, dismiss };
});
