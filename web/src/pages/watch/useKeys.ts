import { onBeforeUnmount, onMounted } from "vue";
import { type Command, commandFor, isTakenBy, type KeyPress } from "./keys";

/** Keys of the player, wherever the focus is, except while typing or in a dialog. */
export function useKeys(playing: () => boolean, run: (command: Command) => void): void {
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented) return;
    const press: KeyPress = {
      code: event.code,
      key: event.key,
      shift: event.shiftKey,
      modified: event.ctrlKey || event.altKey || event.metaKey,
    };
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    const inOverlay = target.closest("[role=dialog],[role=alertdialog],[role=menu]") !== null;
    if (isTakenBy({ tagName: target.tagName, isContentEditable: target.isContentEditable, inOverlay }, press)) return;
    const command = commandFor(press, playing());
    if (!command) return;
    event.preventDefault();
    const held = event.repeat && !["frame-back", "frame-forward", "back-5", "forward-5", "back-60", "forward-60", "zoom-in", "zoom-out"].includes(command);
    if (!held) run(command);
  }

  onMounted(() => window.addEventListener("keydown", onKey));
  onBeforeUnmount(() => window.removeEventListener("keydown", onKey));
}
