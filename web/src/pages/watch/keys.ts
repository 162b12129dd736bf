/** What a key asks of the player. */
export type Command =
  | "toggle" | "pause" | "shuttle-back" | "shuttle-forward"
  | "frame-back" | "frame-forward" | "back-5" | "forward-5" | "back-60" | "forward-60"
  | "slower" | "faster"
  | "mark-in" | "mark-out" | "note" | "clip" | "download" | "screenshot" | "link"
  | "grid" | "focus-up" | "focus-down" | "page-back" | "page-forward" | "full-tile" | "solo" | "channels"
  | `focus-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`
  | "uncovered" | "uncovered-by-me" | "unseen" | "catch-up"
  | "go-to" | "mute" | "live" | "beginning" | "full-screen" | "zoom-in" | "zoom-out" | "help";

export interface KeyPress {
  /** Physical key: letters work in every keyboard layout. */
  code: string;
  key: string;
  shift: boolean;
  /** Control, Alt or Meta: those belong to the browser. */
  modified: boolean;
}

const BY_CODE: Record<string, Command> = {
  Space: "toggle",
  KeyJ: "shuttle-back",
  KeyK: "pause",
  KeyL: "shuttle-forward",
  KeyI: "mark-in",
  KeyO: "mark-out",
  KeyN: "note",
  KeyC: "clip",
  KeyD: "download",
  KeyS: "screenshot",
  KeyY: "link",
  KeyG: "grid",
  KeyA: "solo",
  KeyW: "channels",
  KeyU: "uncovered",
  KeyR: "unseen",
  KeyE: "catch-up",
  PageUp: "page-back",
  PageDown: "page-forward",
  ArrowUp: "focus-up",
  ArrowDown: "focus-down",
  KeyT: "go-to",
  KeyM: "mute",
  KeyF: "full-screen",
  Enter: "full-tile",
  Slash: "go-to",
  End: "live",
  Home: "beginning",
};

const BY_KEY: Record<string, Command> = {
  "?": "help",
  "<": "slower",
  ">": "faster",
  "+": "zoom-in",
  "=": "zoom-in",
  "-": "zoom-out",
};

export function commandFor(press: KeyPress, playing: boolean): Command | undefined {
  if (press.modified) return undefined;
  const back = press.code === "ArrowLeft";
  if (back || press.code === "ArrowRight") {
    if (press.shift) return back ? "back-60" : "forward-60";
    if (playing) return back ? "back-5" : "forward-5";
    return back ? "frame-back" : "frame-forward";
  }
  if (press.shift && press.code === "KeyU") return "uncovered-by-me";
  const digit = press.shift ? undefined : /^(?:Digit|Numpad)([1-9])$/.exec(press.code)?.[1];
  if (digit) return `focus-${digit}` as Command;
  return BY_KEY[press.key] ?? (press.shift && press.code === "Slash" ? "help" : BY_CODE[press.code]);
}

/** A key pressed here is typing or belongs to the control itself. */
export function isTakenBy(target: { tagName: string; isContentEditable: boolean; inOverlay: boolean }, press: KeyPress): boolean {
  if (target.inOverlay || target.isContentEditable) return true;
  if (["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) return true;
  const presses = press.code === "Space" || press.code === "Enter";
  return presses && ["BUTTON", "A", "SUMMARY"].includes(target.tagName);
}
