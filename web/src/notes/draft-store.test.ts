import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Draft } from "./draft";
import { openDraftStore } from "./draft-store";

const draft: Draft = {
  id: "d1", owner: "1@1", channelId: "7", channel: "Seven", at: "2026-11-21T10:00:00.000Z", fields: {}, text: "said", names: {}, tags: [], state: "open", begun: 1,
};

/** What drafts need of IndexedDB; each connection can be closed, as a browser does when it clears its storage. */
class FakeIndexedDb {
  readonly rows = new Map<string, Draft>();
  readonly connections: FakeConnection[] = [];
  failsToOpen = 0;

  open() {
    const request = { onsuccess: () => undefined as void, onerror: () => undefined as void, error: undefined as Error | undefined, result: new FakeConnection(this.rows) };
    queueMicrotask(() => {
      if (this.failsToOpen-- > 0) {
        request.error = new Error("no room");
        return request.onerror();
      }
      this.connections.push(request.result);
      request.onsuccess();
    });
    return request;
  }
}

class FakeConnection {
  closed = false;
  onclose: (() => void) | undefined;

  constructor(private readonly rows: Map<string, Draft>) {}

  transaction() {
    if (this.closed) throw new DOMException("The connection was closed.", "InvalidStateError");
    const transaction = {
      oncomplete: () => undefined as void,
      objectStore: () => ({ put: (row: Draft) => this.rows.set(row.id, row), delete: (id: string) => this.rows.delete(id) }),
    };
    setTimeout(() => transaction.oncomplete());
    return transaction;
  }
}

let browser: FakeIndexedDb;
beforeEach(() => vi.stubGlobal("indexedDB", (browser = new FakeIndexedDb())));
afterEach(() => vi.unstubAllGlobals());

describe("the browser's store of drafts", () => {
  it("opens again when the browser has closed it, with or without saying so", async () => {
    const store = openDraftStore();
    await store.put(draft);
    browser.connections[0]!.closed = true;
    await store.put({ ...draft, text: "said later" });
    expect(browser.rows.get("d1")?.text).toBe("said later");

    browser.connections[1]!.closed = true;
    browser.connections[1]!.onclose?.();
    await store.remove("d1");
    expect(browser.rows.size).toBe(0);
    expect(browser.connections).toHaveLength(3);
  });

  it("keeps one connection while that works, and says that it failed when opening again fails", async () => {
    const store = openDraftStore();
    await store.put(draft);
    await store.put(draft);
    expect(browser.connections).toHaveLength(1);
    browser.connections[0]!.closed = true;
    browser.failsToOpen = 1;
    await expect(store.put(draft)).rejects.toThrow("no room");
    await store.put(draft);
    expect(browser.connections).toHaveLength(2);
  });
});
