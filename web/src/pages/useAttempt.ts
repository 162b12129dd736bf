import { ref } from "vue";
import { useI18n } from "vue-i18n";
import { ApiError } from "@/api/client";
import { useToasts } from "@/state/toasts";
import { keepFocus } from "./keepFocus";
import { problemText } from "./problem-text";

/** A failure that this page has better words for. */
type Words = (reason: ApiError) => string | undefined;

/** One thing at a time that may fail; the failure stands beside the form, in `error` and `fields`. What is begun while another is under way is not done. */
export function useAttempt() {
  const { t } = useI18n();
  const busy = ref(false);
  const error = ref("");
  const fields = ref<Readonly<Record<string, string>>>({});

  function clear(): void {
    error.value = "";
    fields.value = {};
  }

  /** True when it went well. */
  async function attempt(act: () => Promise<void>, words: Words = () => undefined): Promise<boolean> {
    if (busy.value) return false;
    const restoreFocus = keepFocus();
    busy.value = true;
    clear();
    try {
      await act();
      return true;
    } catch (reason) {
      if (reason instanceof ApiError) fields.value = reason.fields;
      error.value = (reason instanceof ApiError ? words(reason) : undefined) ?? problemText(reason, t);
      return false;
    } finally {
      busy.value = false;
      void restoreFocus();
    }
  }

  return { busy, error, fields, attempt, clear };
}

/** The same for what has no form: a failure is said as a message. */
export function useDeed() {
  const { busy, error, attempt } = useAttempt();
  const toasts = useToasts();

  async function deed(act: () => Promise<void>, words?: Words): Promise<boolean> {
    if (busy.value) return false;
    const done = await attempt(act, words);
    if (!done) toasts.say(error.value, "bad");
    return done;
  }

  return { busy, deed };
}
