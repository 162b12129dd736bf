// The wall's requests are answered from memory, and yet whoever may no longer ask is refused at their next one.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Visitor, said } from "../support/visitor.ts";
import type { Channel, Server } from "../support/server.ts";
import { noon, startWithFootage } from "./imported.ts";
import { instant, second } from "./instants.ts";

let server: Server;
let channel: Channel;
const secret = "seven quiet lamps";
let people = 0;

beforeAll(async () => {
  ({ server, channel } = await startWithFootage());
});
afterAll(() => server?.stop());

/** An editor, signed in. */
async function editor(): Promise<{ email: string; browser: Visitor }> {
  const email = `editor${++people}@longtake.test`;
  const made = await server.command(["user", "add", email, "--role", "editor", "--password-stdin"], secret);
  expect(made.code, made.stderr).toBe(0);
  const browser = Visitor.of(server);
  expect(said(await browser.call("POST", "/session", { email, password: secret }))).toBe("200");
  return { email, browser };
}

const wall = (from: number, of = channel): string =>
  `/channels/${of.id}/media.mp4?from=${instant(noon + from * second)}&to=${instant(noon + (from + 2) * second)}&base=${instant(noon)}`;

async function answeredAtOnce(): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^longtake_http_answers_at_once_total (\d+)$/m.exec(metrics)?.[1]);
}

/** Asks until the answer comes from memory. */
async function warm(browser: Visitor): Promise<void> {
  for (let i = 0; i < 5; ++i) {
    const before = await answeredAtOnce();
    expect(said(await browser.call("GET", wall(0)))).toBe("200");
    if ((await answeredAtOnce()) > before) return;
  }
  throw new Error("no answer came from memory");
}

describe("an answer from memory", () => {
  test("has the same bytes and tag, and answers conditions and ranges", async () => {
    const { browser } = await editor();
    const first = await browser.fetch(`/api/v1${wall(1)}`);
    const bytes = Buffer.from(await first.arrayBuffer());
    await warm(browser);
    const before = await answeredAtOnce();
    const again = await browser.fetch(`/api/v1${wall(1)}`);
    expect(Buffer.from(await again.arrayBuffer()).equals(bytes)).toBe(true);
    expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
    const tag = first.headers.get("etag") ?? "";
    expect((await browser.fetch(`/api/v1${wall(1)}`, { headers: { "If-None-Match": tag } })).status).toBe(304);
    const part = await browser.fetch(`/api/v1${wall(1)}`, { headers: { Range: "bytes=10-29" } });
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 30))).toBe(true);
    expect(await answeredAtOnce()).toBe(before + 3);
  });

  test("is not given to a stranger, nor for what is wrong with the question", async () => {
    const { browser } = await editor();
    await warm(browser);
    expect(said(await Visitor.of(server).call("GET", wall(0)))).toBe("401 signed-out");
    expect((await browser.call("GET", `/channels/${channel.id}/media.mp4?from=never`)).status).toBe(400);
    expect((await browser.call("GET", wall(0).replace(`/${channel.id}/`, "/999999/"))).status).toBe(404);
  });

  test("ends with the session", async () => {
    const { browser } = await editor();
    await warm(browser);
    const cookie = browser.cookies.header;
    expect((await browser.call("DELETE", "/session")).status).toBeLessThan(300);
    const late = await fetch(`${server.url}/api/v1${wall(0)}`, { headers: { Cookie: cookie } });
    expect(late.status).toBe(401);
  });

  test("ends with the account, closed by a command beside the server", async () => {
    const { email, browser } = await editor();
    await warm(browser);
    const closed = await server.command(["user", "passwd", email, "--password-stdin"], "four unlikely garden chairs");
    expect(closed.code, closed.stderr).toBe(0);
    expect(said(await browser.call("GET", wall(0)))).toBe("401 signed-out");
  });

  test("ends with a role that may not watch", async () => {
    const { email, browser } = await editor();
    await warm(browser);
    const changed = await server.command(["user", "role", email, "reader"]);
    expect(changed.code, changed.stderr).toBe(0);
    expect(said(await browser.call("GET", wall(0)))).toBe("403 forbidden");
  });

  test("ends with the channel", async () => {
    const { browser } = await editor();
    await warm(browser);
    expect((await server.call("DELETE", `/channels/${channel.id}`)).status).toBeLessThan(300);
    expect((await browser.call("GET", wall(0))).status).toBe(404);
  });
});
