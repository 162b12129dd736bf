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
