import { ref, shallowRef } from "vue";

/** A question before something is done to one thing: `open` is its dialog's, `about` what it is asked of. */
export function useQuestion<T>() {
  const open = ref(false);
  const about = shallowRef<T>();

  function ask(thing: T): void {
    about.value = thing;
    open.value = true;
  }

  return { open, about, ask };
}
