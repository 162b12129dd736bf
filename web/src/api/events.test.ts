import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listen } from "./events";

class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static readonly opened: Stream[] = [];
  readyState = 0;
  constructor(readonly url: string) {
    super();
    Stream.opened.push(this);
  }
  close(): void {
    this.readyState = Stream.CLOSED;
  }
  say(type: string): void {
    this.dispatchEvent(new Event(type));
  }
  refuse(): void {
    this.close();
    this.say("error");
  }
}

const handlers = { channel: vi.fn(), removed: vi.fn(), coverage: vi.fn(), clip: vi.fn(), clipRemoved: vi.fn(), people: vi.fn(), me: vi.fn(), refused: vi.fn(), signedOut: vi.fn(), note: vi.fn(), noteRemoved: vi.fn(), noteTemplates: vi.fn(), reset: vi.fn(), connected: vi.fn() };
const last = () => Stream.opened.at(-1);

describe("listen", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", Stream);
    Stream.opened.length = 0;
    for (const handler of Object.values(handlers)) handler.mockReset();
  });
  afterEach(() => vi.useRealTimers());

  it("takes an outage for no change of what is known, and asks for all of it once when that is over", () => {
    const stop = listen(handlers);
    for (let i = 0; i < 5; i++) {
      last()?.refuse();
      vi.advanceTimersByTime(3000);
    }
    expect(Stream.opened).toHaveLength(6);
    expect(handlers.refused).toHaveBeenCalledTimes(5);
    expect([handlers.me.mock.calls.length, handlers.reset.mock.calls.length]).toEqual([0, 0]);
    expect(handlers.connected).toHaveBeenCalledExactlyOnceWith(false);
    last()?.say("open");
    expect(handlers.reset).toHaveBeenCalledOnce();
    expect(handlers.connected).toHaveBeenLastCalledWith(true);
    stop();
  });

  it("leaves a broken connection to the browser, and says nothing of it for a while", () => {
    const stop = listen(handlers);
    last()?.say("error");
    vi.advanceTimersByTime(5000);
    last()?.say("open");
    vi.advanceTimersByTime(60_000);
    expect(Stream.opened).toHaveLength(1);
    expect([handlers.refused.mock.calls.length, handlers.reset.mock.calls.length]).toEqual([0, 1]);
    expect(handlers.connected).toHaveBeenCalledExactlyOnceWith(true);
    stop();
  });

  it("is silent once it is stopped", () => {
    const stop = listen(handlers);
    last()?.refuse();
    stop();
    vi.advanceTimersByTime(60_000);
    expect(Stream.opened).toHaveLength(1);
  });
});
