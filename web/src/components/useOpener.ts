import { type Ref, watch } from "vue";

/** What had the focus, or the button of the menu that it was in: a menu is gone when a dialog that it opened closes. */
function openerNow(): HTMLElement | undefined {
  const { activeElement } = document;
  const menu = activeElement?.closest("[role=menu]");
  const opener = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : activeElement;
  return opener instanceof HTMLElement ? opener : undefined;
}

/** Gives the focus back to what opened a dialog, for its `close-auto-focus`. */
export function useOpener(open: Ref<boolean>): (event: Event) => void {
  let opener: HTMLElement | undefined;
  watch(
    open,
    (isOpen) => {
      if (isOpen) opener = openerNow();
    },
    { flush: "sync" },
  );
  return (event) => {
    if (!opener?.isConnected || opener === document.body) return;
    event.preventDefault();
    opener.focus();
  };
}
