import { describe, expect, it } from "vitest";
import { commandFor, isTakenBy, type KeyPress } from "./keys";

const press = (code: string, over: Partial<KeyPress> = {}): KeyPress => ({ code, key: code, shift: false, modified: false, ...over });

describe("commandFor", () => {
  it("steps frames when paused and seconds when playing", () => {
    expect(commandFor(press("ArrowRight"), false)).toBe("frame-forward");
    expect(commandFor(press("ArrowRight"), true)).toBe("forward-5");
    expect(commandFor(press("ArrowLeft", { shift: true }), false)).toBe("back-60");
  });

  it("works by position, so that every layout has the same keys", () => {
    expect(commandFor(press("KeyJ", { key: "о" }), false)).toBe("shuttle-back");
    expect(commandFor(press("KeyS", { key: "ы" }), true)).toBe("screenshot");
    expect(commandFor(press("Slash", { key: ",", shift: true }), true)).toBe("help");
    expect(commandFor(press("Digit7", { key: "?", shift: true }), true)).toBe("help");
  });

  it("focuses tiles by digits and walks rows by arrows up and down", () => {
    expect(commandFor(press("Digit3", { key: "3" }), true)).toBe("focus-3");
    expect(commandFor(press("Numpad9", { key: "9" }), false)).toBe("focus-9");
    expect(commandFor(press("Digit0", { key: "0" }), false)).toBeUndefined();
    expect(commandFor(press("ArrowUp"), true)).toBe("focus-up");
    expect(commandFor(press("Slash", { key: "/" }), true)).toBe("go-to");
  });

  it("goes to what was not reviewed, by anybody or by me", () => {
    expect(commandFor(press("KeyU", { key: "г" }), true)).toBe("uncovered");
    expect(commandFor(press("KeyU", { key: "U", shift: true }), false)).toBe("uncovered-by-me");
    expect(commandFor(press("KeyE"), true)).toBe("catch-up");
  });

  it("leaves the browser's own keys alone", () => {
    expect(commandFor(press("KeyS", { modified: true }), true)).toBeUndefined();
    expect(commandFor(press("KeyX"), true)).toBeUndefined();
  });
});

describe("isTakenBy", () => {
  const body = { tagName: "DIV", isContentEditable: false, inOverlay: false };
  it("is off while typing, in dialogs, and where a button would be pressed", () => {
    expect(isTakenBy({ ...body, tagName: "INPUT" }, press("KeyJ"))).toBe(true);
    expect(isTakenBy({ ...body, inOverlay: true }, press("KeyJ"))).toBe(true);
    expect(isTakenBy({ ...body, tagName: "BUTTON" }, press("Space"))).toBe(true);
    expect(isTakenBy({ ...body, tagName: "BUTTON" }, press("KeyJ"))).toBe(false);
    expect(isTakenBy(body, press("Space"))).toBe(false);
  });
});
