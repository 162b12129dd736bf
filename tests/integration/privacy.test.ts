// What is kept about a person is theirs to have, and goes when they are erased; what has ended goes by itself.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser, addPerson, type Me, type Problem } from "../support/people.ts";
import { run, waitFor } from "../support/process.ts";
import { Server, addChannel, email } from "../support/server.ts";

type Data = {
  person: { email: string; name: string };
  sessions: { remote: string }[];
  tokens: { name: string }[];
  shares: { title: string }[];
  invitationsSent: { email: string }[];
  audit: { action: string }[];
};

let server: Server;
let ana: Browser;
let me: Me;
let secret: string;
let share: { url: string };

const sql = async (words: string): Promise<string> => {
  const done = await run("sqlite3", ["-cmd", ".timeout 5000", `${server.data}/longtake.db`, words]);
  expect(done.stderr).toBe("");
  return done.stdout.toString().trim();
};

beforeAll(async () => {
  server = await Server.start();
  ana = await addPerson(server, "ana", "manager");
  me = await ana.ask<Me>("GET", "/me");
  const channel = await addChannel(server, "Kept", "http://127.0.0.1:9/k.m3u8", { start: false, retention: { maxAgeHours: 36, maxBytes: null } });
  ({ secret } = await ana.ask<{ secret: string }>("POST", "/tokens", { name: "script", scopes: ["watch"] }));
  share = await ana.ask("POST", "/shares", {
    channelId: channel.id, from: "2026-01-15T12:00:00Z", to: "2026-01-15T12:00:05Z", title: "Theirs",
  });
  await ana.ask("POST", `/organizations/${me.organization.id}/invitations`, { email: "guest@longtake.test", role: "reader" });
});
afterAll(async () => {
  await server?.stop();
});

test("what is kept, and for how long, is told as the site is set", async () => {
  const { items } = await ana.ask<{ items: { kind: string; days?: number }[] }>("GET", "/privacy");
  const kept = Object.fromEntries(items.map((item) => [item.kind, item.days]));
  expect(kept).toEqual({ account: undefined, sessions: 90, audit: undefined, viewings: 400, footage: 2, shares: 120, invitations: 97 });
  await addChannel(server, "Endless", "http://127.0.0.1:9/e.m3u8", { start: false });
  const after = await ana.ask<{ items: { kind: string; days?: number }[] }>("GET", "/privacy");
  expect(after.items.find((item) => item.kind === "footage")?.days).toBeUndefined();
});

test("a person's own data are one document, without secrets", async () => {
  const answer = await ana.call<Data>("GET", "/me/data");
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="longtake-person-${me.id}.json"`);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const data = answer.body;
  expect(data.person).toMatchObject({ email: "ana@longtake.test", name: "ana" });
  expect(data.sessions[0]?.remote).toBe("127.0.0.1");
  expect(data.tokens.map((token) => token.name)).toEqual(["script"]);
  expect(data.shares.map((one) => one.title)).toEqual(["Theirs"]);
  expect(data.invitationsSent.map((one) => one.email)).toEqual(["guest@longtake.test"]);
  expect(data.audit.map((entry) => entry.action)).toEqual(expect.arrayContaining(["session.sign_in", "token.create", "share.create"]));
  expect(JSON.stringify(data)).not.toMatch(/argon2|hash|sealed/);
  expect(JSON.stringify(data)).not.toContain(secret);
  const other = await server.ask<Data>("GET", `/users/${me.id}/data`);
  expect(other.person).toEqual(data.person);
  expect((await ana.call("GET", `/users/${me.id}/data`)).status, "a superadmin's").toBe(403);
});

test("a token tells nothing of its owner beyond itself, and revokes nothing else", async () => {
  const tom = await addPerson(server, "tom", "manager");
  const make = (name: string) => tom.ask<{ token: { id: string }; secret: string }>("POST", "/tokens", { name, scopes: ["watch"] });
  const [one, other] = [await make("one"), await make("other")];
  const program = new Browser(server, one.secret);
  for (const path of ["/me/data", "/me/sessions"]) expect((await program.call("GET", path)).status, path).toBe(403);
  const seen = await program.ask<{ items: { id: string }[] }>("GET", "/tokens");
  expect(seen.items.map((token) => token.id)).toEqual([one.token.id]);
  expect((await program.call("DELETE", `/tokens/${other.token.id}`)).status).toBe(404);
  expect((await new Browser(server, other.secret).call("GET", "/me")).status, "it still works").toBe(200);
  expect((await program.call("DELETE", `/tokens/${one.token.id}`)).status, "itself").toBe(204);
  expect((await program.call("GET", "/me")).status).toBe(401);
  expect((await tom.call("DELETE", `/tokens/${other.token.id}`)).status, "by the page").toBe(204);
});

test("the last superadmin cannot be erased", async () => {
  const root = await server.ask<Me>("GET", "/me");
  const refused = await server.call<Problem>("DELETE", `/users/${root.id}`);
  expect([refused.status, refused.body.detail]).toEqual([409, "this is the last superadmin: make another one first"]);
  expect((await server.ask<Me>("GET", "/me")).email).toBe(email);
});

test("an erased person is signed out, and no row names them; what they did stays, and the chain is whole", async () => {
  expect((await ana.call("DELETE", `/users/${me.id}`)).status).toBe(403);
  expect((await server.call("DELETE", `/users/${me.id}`)).status).toBe(204);
  expect((await ana.call("GET", "/me")).status).toBe(401);
  const bearer = await fetch(`${server.url}/api/v1/me`, { headers: { Authorization: `Bearer ${secret}` } });
  expect(bearer.status).toBe(401);
  for (const path of [`/users/${me.id}`, `/users/${me.id}/data`]) expect((await server.call("GET", path)).status, path).toBe(404);
  expect((await server.call("DELETE", `/users/${me.id}`)).status).toBe(404);
  const users = await server.ask<{ items: { id: string }[] }>("GET", "/users");
  expect(users.items.map((user) => user.id)).not.toContain(me.id);
  type Entry = { action: string; actor: { id: string; name: string } };
  const { items } = await server.ask<{ items: Entry[] }>("GET", `/audit?actorId=${me.id}&limit=200`);
  expect(items.length).toBeGreaterThan(3);
  for (const entry of items) expect(entry.actor).toEqual({ kind: "user", id: me.id, name: "erased person", erased: true });
  expect(await server.ask("GET", "/audit/verification")).toMatchObject({ intact: true });
  expect(await sql(".dump")).not.toMatch(/ana@longtake\.test|guest@longtake\.test/);
  const shown = await fetch(`${server.url}/api/v1/shared/${share.url.slice(3)}`);
  expect(shown.status, "the organization's share stays").toBe(200);
  await sql("update shares set revoked_us = created_us");
  const ended = (await (await fetch(`${server.url}/api/v1/shared/${share.url.slice(3)}`)).json()) as Problem;
  expect(ended.detail).toMatch(/; ask Main for a new one$/);
});

test("what has ended long ago is removed by itself", async () => {
  await sql("update shares set expires_us = 1, revoked_us = null");
  await sql("insert into password_resets values ('x', 1, 1)");
  await server.halt();
  await server.resume();
  await waitFor("the rows to go", async () => (await sql("select count(*) from shares")) === "0");
  expect(await sql("select count(*) from password_resets")).toBe("0");
  expect(server.output).toContain("removed what has ended rows=2");
});
