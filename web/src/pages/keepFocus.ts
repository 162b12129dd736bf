import { nextTick } from "vue";

/**
 * Whoever presses a button that rests while its work is done finds the keyboard where it was: a browser takes the focus
 * from what is disabled. To be called before; the function it gives, after. What is gone meanwhile, or was left for
 * something else, stays as it is.
 */
export function keepFocus(): () => Promise<void> {
  const held = document.activeElement;
  return async () => {
    await nextTick();
    if (held instanceof HTMLElement && held.isConnected && document.activeElement === document.body) held.focus();
  };
}
