import { afterEach, describe, expect, it, vi } from "vitest";
import { copyText } from "./clipboard";

/** A document whose copy command works as a browser's does: it asks the copy event what to put there. */
function fakeDocument(allowed = true) {
  const clipboard: { text?: string } = {};
  const listeners = new Set<(event: unknown) => void>();
  vi.stubGlobal("document", {
    addEventListener: (_: string, listener: (event: unknown) => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: (event: unknown) => void) => listeners.delete(listener),
    execCommand: () => {
      const clipboardData = { setData: (_: string, text: string) => (clipboard.text = text) };
      if (allowed) for (const listener of listeners) listener({ clipboardData, preventDefault: () => undefined, stopImmediatePropagation: () => undefined });
      return allowed;
    },
  });
  return { clipboard, listeners };
}

afterEach(() => vi.unstubAllGlobals());

describe("copyText", () => {
  it("copies where the page came without TLS", async () => {
    const { clipboard, listeners } = fakeDocument();
    vi.stubGlobal("navigator", {});
    expect(await copyText("https://desk/watch/7")).toBe(true);
    expect(clipboard.text).toBe("https://desk/watch/7");
    expect(listeners.size).toBe(0);
  });

  it("copies the newer way where there is one", async () => {
    const written: string[] = [];
    vi.stubGlobal("navigator", { clipboard: { writeText: (text: string) => Promise.resolve(void written.push(text)) } });
    expect(await copyText("a")).toBe(true);
    expect(written).toEqual(["a"]);
  });

  it("says that nothing allowed it", async () => {
    fakeDocument(false);
    vi.stubGlobal("navigator", { clipboard: { writeText: () => Promise.reject(new Error("not allowed")) } });
    expect(await copyText("a")).toBe(false);
  });
});
