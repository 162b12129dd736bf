import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { epochMs } from "@/time/instant";
import { coverageOutbox } from "./outboxes";

beforeEach(() => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("coverageOutbox", () => {
  it("takes reports where the page came without TLS", () => {
    vi.stubGlobal("crypto", { getRandomValues: (bytes: Uint8Array) => bytes.fill(7) });
    const outbox = coverageOutbox("1@1");
    outbox.add([{ channel: "7", from: epochMs(0), to: epochMs(1000), shownFrom: epochMs(0), shownTo: epochMs(1000), speed: 1, mode: "all" }]);
    expect(outbox.waiting).toBe(1);
  });
});
