// A share shows one range to whoever has its address, until it ends; then it says so, and whom to ask.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countersOf } from "../support/media.ts";
import { run } from "../support/process.ts";
import { password, type Channel, type Server } from "../support/server.ts";
import { noon, startWithFootage } from "./imported.ts";
import { instant, second } from "./instants.ts";

type Share = { id: string; state: string; views: number; hasPin: boolean; createdBy: string; expiresAt: string; title: string };
type Made = { share: Share; url: string };
type Shared = { title: string; organization: string; channel?: string; needsPin: boolean; video?: string; poster?: string };
type Problem = {
  type: string;
  title: string;
  detail: string;
  ended?: { how: string; at: string; by?: string; organization: string };
};

let server: Server;
let channel: Channel;

beforeAll(async () => {
  ({ server, channel } = await startWithFootage());
});
afterAll(async () => {
  await server?.stop();
});

const share = (more: object = {}): Promise<Made> =>
  server.ask<Made>("POST", "/shares", {
    channelId: channel.id, from: instant(noon + second), to: instant(noon + 3 * second), ...more,
  });
/** As somebody who is not signed in. */
const visit = async <T>(url: string, pin?: string): Promise<{ status: number; headers: Headers; body: T }> => {
  const address = `${server.url}/api/v1/shared/${url.replace("/s/", "")}`;
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ pin }) };
  const answer = await fetch(address, pin === undefined ? {} : init);
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as T };
};
const media = (path: string | undefined): Promise<Response> => fetch(new URL(path ?? "/missing", server.url));
const listed = async (id: string): Promise<Share | undefined> =>
  (await server.ask<{ items: Share[] }>("GET", "/shares?limit=200")).items.find((one) => one.id === id);
/** Time cannot be waited for: the rows are told another. */
const change = async (sql: string): Promise<void> => {
  const done = await run("sqlite3", ["-cmd", ".timeout 5000", `${server.data}/longtake.db`, sql]);
  expect(done.stderr).toBe("");
};

describe("an open share", () => {
  test("shows its film and its first picture, to the frame", async () => {
    const made = await share({ title: "The goal" });
    expect(made.share).toMatchObject({ state: "open", views: 0, hasPin: false, createdBy: "tester", title: "The goal" });
    expect(made.url).toMatch(/^\/s\/[A-Za-z0-9_-]{43}$/);
    const { status, headers, body } = await visit<Shared>(made.url);
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(body).toMatchObject({ title: "The goal", organization: "Main", channel: "Import", needsPin: false });
    const film = await media(body.video);
    const frames = (await countersOf(Buffer.from(await film.arrayBuffer()))).map((counter) => counter.frame);
    expect(frames).toEqual([...Array(50).keys()].map((i) => 25 + i));
    const poster = await media(body.poster);
    expect([poster.status, poster.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    expect((await fetch(`${server.url}/api/v1/channels/${channel.id}`)).status, "nothing else opens").toBe(401);
  });

  test("lives a day, a week or a month", async () => {
    for (const [lives, days] of [["24h", 1], [undefined, 7], ["30d", 30]] as const) {
      const left = Date.parse((await share(lives ? { lives } : {})).share.expiresAt) - Date.now();
      expect(Math.abs(left - days * 86_400_000)).toBeLessThan(60_000);
    }
    expect((await server.call("POST", "/shares", { channelId: channel.id, from: instant(noon), to: instant(noon + 1), lives: "1y" })).status).toBe(400);
  });

  test("begins its poster where something is recorded", async () => {
    const made = await share({ from: instant(noon - 60 * second) });
    const { body } = await visit<Shared>(made.url);
    expect((await media(body.poster)).status).toBe(200);
  });

  test("counts each viewer once a quarter hour, and tells the audit", async () => {
    const made = await share();
    for (let i = 0; i < 3; ++i) await visit(made.url);
    const views = (await listed(made.share.id))?.views;
    expect([1, 2], "a quarter hour may end between two visits").toContain(views);
    type Entry = { action: string; actor: { name: string }; thing: string };
    const read = async (action: string): Promise<Entry[]> =>
      (await server.ask<{ items: Entry[] }>("GET", `/audit?thingId=${made.share.id}&action=${action}`)).items;
    expect(await read("share.view")).toHaveLength(views ?? 0);
    expect((await read("share.view"))[0]).toMatchObject({ actor: { kind: "share", name: "shared link" }, thing: "share" });
    expect(await read("share.create")).toHaveLength(1);
  });
});

describe("a share that has ended", () => {
  test("revoked: says so and whom to ask, and its film stops at once", async () => {
    const made = await share();
    const { body } = await visit<Shared>(made.url);
    expect((await server.call("DELETE", `/shares/${made.share.id}`)).status).toBe(204);
    const after = await visit<Problem>(made.url);
    expect([after.status, after.body.type, after.body.title]).toEqual([410, "urn:longtake:share-ended", "This share was revoked"]);
    expect(after.body.ended).toEqual({ how: "revoked", at: expect.stringMatching(/Z$/), by: "tester", organization: "Main" });
    expect(after.body.detail).toBe(`it was revoked at ${after.body.ended?.at}; ask tester of Main for a new one`);
    const film = await media(body.video);
    expect([film.status, ((await film.json()) as Problem).type]).toEqual([410, "urn:longtake:share-ended"]);
    expect((await listed(made.share.id))?.state).toBe("revoked");
    expect((await server.call("DELETE", `/shares/${made.share.id}`)).status, "again").toBe(204);
  });

  test("expired: says so and whom to ask, and its film stops at once", async () => {
    const made = await share();
    const { body } = await visit<Shared>(made.url);
    await change(`update shares set expires_us = created_us where id = ${made.share.id}`);
    const after = await visit<Problem>(made.url);
    expect([after.status, after.body.title]).toEqual([410, "This share has expired"]);
    expect(after.body.ended).toEqual({ how: "expired", at: expect.stringMatching(/Z$/), by: "tester", organization: "Main" });
    expect(after.body.detail).toBe(`it was open until ${after.body.ended?.at}; ask tester of Main for a new one`);
    expect((await media(body.video)).status).toBe(410);
    expect((await visit(made.url, "1234")).status).toBe(410);
    expect((await listed(made.share.id))?.state).toBe("expired");
  });

  test("unknown ones are not told from removed ones", async () => {
    expect((await visit("/s/nothing")).status).toBe(404);
    expect((await visit(`/s/${"A".repeat(43)}`, "1234")).status).toBe(404);
  });
});

describe("a PIN", () => {
  test("is asked before anything is shown", async () => {
    const made = await share({ pin: "2468", title: "Quiet" });
    expect(made.share.hasPin).toBe(true);
    const closed = await visit<Shared>(made.url);
    expect(closed.body).toMatchObject({ title: "Quiet", needsPin: true });
    expect(Object.keys(closed.body)).not.toEqual(expect.arrayContaining(["video"]));
    expect(closed.body.poster).toBeUndefined();
    expect((await listed(made.share.id))?.views).toBe(0);
    const wrong = await visit<Problem>(made.url, "1111");
    expect([wrong.status, wrong.body.type]).toEqual([401, "urn:longtake:bad-credentials"]);
    const right = await visit<Shared>(made.url, "2468");
    expect(right.status).toBe(200);
    expect((await media(right.body.video)).status).toBe(200);
    expect((await listed(made.share.id))?.views).toBe(1);
    const dump = await run("sqlite3", [`${server.data}/longtake.db`, "select pin_hash, token_hash from shares"]);
    expect(dump.stdout.toString()).not.toContain(made.url.slice(3));
    expect(dump.stdout.toString()).toContain("$argon2id$");
  });

  test("cannot be guessed", async () => {
    const made = await share({ pin: "2468" });
    const statuses: number[] = [];
    for (let i = 0; i < 15; ++i) statuses.push((await visit(made.url, `11${String(i).padStart(2, "0")}`)).status);
    expect(statuses.slice(0, 8)).toEqual(Array<number>(8).fill(401));
    const refused = await visit<Problem>(made.url, "2468");
    expect([statuses.at(-1), refused.status]).toEqual([429, 429]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const { items } = (await server.call<{ items: { thingId: string }[] }>("GET", "/audit?action=share.pin_failed")).body;
    expect(items.filter(({ thingId }) => thingId === made.share.id)).toHaveLength(statuses.filter((status) => status === 401).length);
  });

  test("is 4 to 12 digits", async () => {
    for (const pin of ["123", "1234567890123", "12a4", 1234])
      expect((await server.call("POST", "/shares", { channelId: channel.id, from: instant(noon), to: instant(noon + 1), pin })).status).toBe(400);
  });
});

describe("an editor", () => {
  test("sees and revokes their own, a manager everybody's", async () => {
    const mine = await share();
    const made = await server.command(["user", "add", "editor@longtake.test", "--role", "editor", "--password-stdin"], password);
    expect(made.stderr).toBe("");
    const token = (await server.command(["token", "add", "--user", "editor@longtake.test"])).stdout.toString().trim();
    const call = async <T>(method: string, path: string, body?: object): Promise<{ status: number; body: T }> => {
      const headers: Record<string, string> = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      const answer = await fetch(`${server.url}/api/v1${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      const text = await answer.text();
      return { status: answer.status, body: (text ? JSON.parse(text) : undefined) as T };
    };
    const theirs = await call<Made>("POST", "/shares", { channelId: channel.id, from: instant(noon), to: instant(noon + second) });
    expect(theirs.status).toBe(201);
    const list = await call<{ items: Share[] }>("GET", "/shares");
    expect(list.body.items.map((one) => one.id)).toEqual([theirs.body.share.id]);
    expect((await call("DELETE", `/shares/${mine.share.id}`)).status).toBe(404);
    expect((await visit(mine.url)).status).toBe(200);
    expect((await listed(theirs.body.share.id))?.createdBy).toBe("editor");
    expect((await server.call("DELETE", `/shares/${theirs.body.share.id}`)).status).toBe(204);
  });

  test("pages go on without a hole", async () => {
    const all = (await server.ask<{ items: Share[] }>("GET", "/shares?limit=200")).items.map((one) => one.id);
    const paged: string[] = [];
    for (let next: string | null = ""; next !== null; ) {
      const page: { items: Share[]; next: string | null } = await server.ask("GET", `/shares?limit=3${next ? `&cursor=${next}` : ""}`);
      paged.push(...page.items.map((one) => one.id));
      next = page.next;
    }
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThan(8);
  });
});
