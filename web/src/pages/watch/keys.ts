/** What a key asks of the player. */
export type Command =
  | "toggle" | "pause" | "shuttle-back" | "shuttle-forward"
  | "frame-back" | "frame-forward" | "back-5" | "forward-5" | "back-60" | "forward-60"
  | "slower" | "faster"
  | "mark-in" | "mark-out" | "download" | "screenshot" | "link"
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
  KeyD: "download",
  KeyS: "screenshot",
  KeyU: "link",
  KeyT: "go-to",
  KeyM: "mute",
  KeyF: "full-screen",
  Enter: "full-screen",
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
  return BY_KEY[press.key] ?? (press.shift && press.code === "Slash" ? "help" : BY_CODE[press.code]);
}

/** A key pressed here is typing or belongs to the control itself. */
export function isTakenBy(target: { tagName: string; isContentEditable: boolean; inOverlay: boolean }, press: KeyPress): boolean {
  if (target.inOverlay || target.isContentEditable) return true;
  if (["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) return true;
  const presses = press.code === "Space" || press.code === "Enter";
  return presses && ["BUTTON", "A", "SUMMARY"].includes(target.tagName);
}
