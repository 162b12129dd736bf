import { describe, expect, it } from "vitest";
import { FetchQueue } from "./fetch-queue";

/** A server that answers when told to. */
function server() {
  const open = new Map<string, (body: string) => void>();
  const order: string[] = [];
  const fetch = (url: string, { signal }: { signal: AbortSignal }) =>
    new Promise<Response>((resolve, reject) => {
      order.push(url);
      open.set(url, (body) => resolve(new Response(body)));
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const answer = (url: string) => open.get(url)!(url);
  return { fetch, order, answer };
}

const job = (url: string, deadline: number, signal = new AbortController().signal) => ({ url, deadline, signal });

describe("FetchQueue", () => {
  it("keeps at most four in flight and then takes the nearest deadline", async () => {
    const { fetch, order, answer } = server();
    const queue = new FetchQueue(fetch);
    const first = queue.run(job("a", 9));
    for (const name of ["b", "c", "d"]) void queue.run(job(name, 9));
    const late = queue.run(job("late", 100));
    const soon = queue.run(job("soon", 1));
    expect(order).toEqual(["a", "b", "c", "d"]);
    expect(queue.inFlight).toBe(4);
    answer("a");
    await first;
    await Promise.resolve();
    expect(order).toEqual(["a", "b", "c", "d", "soon"]);
    answer("soon");
    await soon;
    await Promise.resolve();
    expect(order.at(-1)).toBe("late");
    answer("late");
    expect(new TextDecoder().decode((await late).body)).toBe("late");
  });

  it("frees the place of an aborted request and forgets one that waits", async () => {
    const { fetch, order, answer } = server();
    const queue = new FetchQueue(fetch, 1);
    const flying = new AbortController();
    const waiting = new AbortController();
    const a = queue.run(job("a", 1, flying.signal));
    const b = queue.run(job("b", 2, waiting.signal));
    const c = queue.run(job("c", 3));
    waiting.abort(new Error("not wanted"));
    await expect(b).rejects.toThrow("not wanted");
    flying.abort(new Error("moved on"));
    await expect(a).rejects.toThrow("moved on");
    await Promise.resolve();
    expect(order).toEqual(["a", "c"]);
    answer("c");
    expect((await c).status).toBe(200);
    expect(queue.inFlight).toBe(0);
  });

  it("goes on after a failure", async () => {
    let calls = 0;
    const queue = new FetchQueue(() => {
      calls += 1;
      return calls === 1 ? Promise.reject(new TypeError("network")) : Promise.resolve(new Response("x"));
    }, 1);
    const first = queue.run(job("a", 1));
    const second = queue.run(job("b", 2));
    await expect(first).rejects.toThrow("network");
    expect((await second).status).toBe(200);
  });

  it("refuses what is aborted already", async () => {
    const queue = new FetchQueue(() => Promise.resolve(new Response("x")));
    const gone = new AbortController();
    gone.abort(new Error("gone"));
    await expect(queue.run(job("a", 1, gone.signal))).rejects.toThrow("gone");
  });
});

describe("FetchQueue, when an answer never comes", () => {
  it("gives its place to others after a while", async () => {
    const never = (_: string, { signal }: { signal: AbortSignal }) =>
      new Promise<Response>((__, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const queue = new FetchQueue(never, 4, 20);
    const signal = new AbortController().signal;
    await expect(queue.run({ url: "x", deadline: 0, signal })).rejects.toMatchObject({ name: "TimeoutError" });
    expect(queue.inFlight).toBe(0);
  });
});
