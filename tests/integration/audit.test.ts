// Who did what stands in the audit, with what it was before and after; nobody can edit it unnoticed.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../support/process.ts";
import { addChannel, email, type Channel, type Server } from "../support/server.ts";
import { footageEnd, noon, startWithFootage } from "./imported.ts";
import { range, second } from "./instants.ts";

type Entry = {
  id: string;
  at: string;
  action: string;
  actor: { kind: string; id?: string; name: string; erased?: boolean };
  thing?: string;
  thingId?: string;
  thingName?: string;
  organizationId?: string;
  remote: string;
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
};
type Page = { items: Entry[]; next: string | null };

let server: Server;
let channel: Channel;

beforeAll(async () => {
  ({ server, channel } = await startWithFootage());
});
afterAll(async () => {
  await server?.stop();
});

const entries = async (query: Record<string, string> = {}): Promise<Entry[]> =>
  (await server.ask<Page>("GET", `/audit?${new URLSearchParams({ limit: "200", ...query })}`)).items;
const only = async (query: Record<string, string>): Promise<Entry> => {
  const found = await entries(query);
  expect(found, JSON.stringify(query)).toHaveLength(1);
  return found[0] as Entry;
};
const login = (body: object): Promise<Response> =>
  fetch(`${server.url}/api/v1/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

describe("what is recorded", () => {
  test("a channel's life, with what it was before and after, without its password", async () => {
    const made = await addChannel(server, "First", "http://desk:s3cret@127.0.0.1:9/a.m3u8");
    await server.ask("PATCH", `/channels/${made.id}`, { name: "Second" });
    await server.ask("POST", `/channels/${made.id}/actions/stop`);
    await server.ask("DELETE", `/channels/${made.id}`);
    const [removed, stopped, edited, created] = (await entries({ thingId: made.id })) as [Entry, Entry, Entry, Entry];
    expect([created.action, edited.action, stopped.action, removed.action]).toEqual([
      "channel.create", "channel.edit", "channel.stop", "channel.remove",
    ]);
    expect(created).toMatchObject({ thing: "channel", thingId: made.id, actor: { kind: "user", name: email }, remote: "127.0.0.1" });
    expect(created.before).toBeUndefined();
    expect(created.after).toMatchObject({ name: "First", source: "http://127.0.0.1:9/a.m3u8", hasCredentials: true });
    expect(edited).toMatchObject({ before: { name: "First" }, after: { name: "Second" } });
    expect(edited.after, "only what changed").toEqual({ name: "Second" });
    expect(stopped).toMatchObject({ before: { recording: true }, after: { recording: false } });
    expect(removed.before).toMatchObject({ name: "Second" });
    expect(removed.after).toBeUndefined();
    expect(JSON.stringify(await entries())).not.toContain("s3cret");
  });

  test("what becomes of people, without their names", async () => {
    const made = await server.command(["user", "add", "ben@longtake.test", "--role", "editor", "--password-stdin"], "four words nobody chose");
    expect(made.stderr).toBe("");
    const created = (await entries({ action: "person.create" }))[0] as Entry;
    expect(created.actor).toEqual({ kind: "command", name: "command line" });
    const me = await server.ask<{ organization: { id: string } }>("GET", "/me");
    const organization = `/organizations/${me.organization.id}`;
    expect(created).toMatchObject({ thing: "person", organizationId: me.organization.id, after: { role: "editor" } });
    await server.ask("PUT", `${organization}/members/${created.thingId}`, { role: "reader" });
    expect(await only({ action: "member.set" })).toMatchObject({
      thingId: created.thingId, before: { role: "editor" }, after: { role: "reader" }, actor: { name: email },
    });
    await server.ask("PATCH", `/users/${created.thingId}`, { disabled: true });
    const disabled = { before: { disabled: false }, after: { disabled: true } };
    // The organization's and the site's.
    expect(await entries({ action: "person.edit" })).toMatchObject([{ ...disabled, organizationId: me.organization.id }, disabled]);
    const invited = await server.ask<{ invitation: { id: string } }>("POST", `${organization}/invitations`, { email: "cleo@longtake.test", role: "editor" });
    expect(await only({ action: "invitation.create" })).toMatchObject({ thingId: invited.invitation.id, after: { role: "editor" } });
    const token = await server.ask<{ token: { id: string }; secret: string }>("POST", "/tokens", { name: "script", scopes: ["watch"] });
    expect(await only({ action: "token.create" })).toMatchObject({ thingId: token.token.id, after: { scopes: "watch" } });
    await server.ask("PATCH", organization, { name: "Newsroom" });
    expect(await only({ action: "organization.edit" })).toMatchObject({ after: { name: "Newsroom" } });
    const all = JSON.stringify((await entries()).map((entry) => [entry.before, entry.after]));
    expect(all).not.toMatch(/ben@|cleo@/);
    expect(all).not.toContain(token.secret);
  });

  test("a role that a command gave, in the organization it was given in", async () => {
    const made = await server.command(["organization", "add", "norte", "--kind", "club"]);
    expect(made.stderr).toBe("");
    for (const words of [["ben@longtake.test", "owner", "--organization", "norte"], ["ben@longtake.test", "superadmin"]]) {
      expect((await server.command(["user", "role", ...words])).stderr).toBe("");
    }
    const { items } = await server.ask<{ items: { id: string; slug: string }[] }>("GET", "/organizations");
    const [crowned, owner] = (await entries({ action: "member.set" })) as [Entry, Entry];
    const ben = { thing: "member", thingName: "ben@longtake.test", actor: { kind: "command" } };
    expect(owner).toMatchObject({ ...ben, organizationId: items.find(({ slug }) => slug === "norte")?.id, after: { role: "owner" } });
    expect(crowned).toMatchObject({ ...ben, after: { role: "superadmin" } });
    expect(crowned.organizationId).toBeUndefined();
  });

  test("what a thing is called today, in whichever organization, until it is gone", async () => {
    const made = await addChannel(server, "Third", "http://127.0.0.1:9/c.m3u8");
    const named = async () => (await entries({ action: "channel.create", thingId: made.id }))[0]?.thingName;
    expect(await named()).toBe("Third");
    const { organization } = await server.ask<{ organization: { id: string } }>("GET", "/me");
    const { items } = await server.ask<{ items: { id: string }[] }>("GET", "/organizations");
    const other = items.find(({ id }) => id !== organization.id)?.id as string;
    await server.ask("POST", "/session/organization", { organizationId: other });
    expect((await entries({ action: "session.switch" }))[0], "whoever runs the place sees who has come").toMatchObject({ organizationId: other });
    expect(await named()).toBe("Third");
    await server.ask("POST", "/session/organization", { organizationId: organization.id });
    await server.ask("DELETE", `/channels/${made.id}`);
    expect(await named()).toBeUndefined();
    expect((await entries({ action: "organization.edit" }))[0]?.thingName).toBe("Newsroom");
    const ended = await server.command(["user", "add", "eva@longtake.test", "--role", "editor", "--password-stdin"], "four words nobody chose");
    expect(ended.stderr).toBe("");
    const person = (await entries({ action: "person.create" }))[0] as Entry;
    expect(person.thingName).toBe("eva@longtake.test");
    await server.ask("DELETE", `/users/${person.thingId}`);
    expect((await entries({ action: "person.create" }))[0]).toMatchObject({ id: person.id });
    expect((await entries({ action: "person.create" }))[0]?.thingName).toBeUndefined();
  });

  test("a write that failed is not one", async () => {
    const before = (await entries({ action: "channel." })).length;
    expect((await server.call("PATCH", `/channels/${channel.id}`, { name: "" })).status).toBe(400);
    expect((await server.call("DELETE", "/channels/999999")).status).toBe(404);
    expect(await entries({ action: "channel." })).toHaveLength(before);
  });

  test("signing in, out and in vain, without what was typed", async () => {
    expect((await login({ email: "somebody@longtake.test", password: "my secret 12345" })).status).toBe(401);
    const failed = await only({ action: "session.sign_in_failed" });
    expect(failed).toMatchObject({ remote: "127.0.0.1", actor: { name: "unknown" } });
    expect(JSON.stringify(await entries())).not.toMatch(/my secret|somebody@/);
    const before = await entries({ action: "session.sign_in" });
    const answer = await login({ email, password: "a long enough password 42" });
    const cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    await fetch(`${server.url}/api/v1/session`, { method: "DELETE", headers: { Cookie: cookie } });
    expect(await entries({ action: "session.sign_in" })).toHaveLength(before.length + 1);
    expect(await only({ action: "session.sign_out" })).toMatchObject({ actor: { name: email } });
  });

  test("footage once a person, channel and quarter hour; a download each range", async () => {
    const query = range(noon, noon + second);
    for (let i = 0; i < 3; ++i) await server.bytes(`/channels/${channel.id}/video.mp4?${query}`);
    await server.bytes(`/channels/${channel.id}/frame.jpg?at=2026-01-15T12:00:03Z`);
    await server.bytes(`/channels/${channel.id}/hls/master.m3u8?${range(noon, footageEnd)}`);
    const views = await entries({ action: "footage.view" });
    // A quarter hour may end between two requests, never twice.
    expect(views.length).toBeGreaterThanOrEqual(1);
    expect(views.length).toBeLessThanOrEqual(2);
    expect(views.at(-1)).toMatchObject({
      thing: "channel", thingId: channel.id, actor: { name: email }, after: { view: "video.mp4", from: "2026-01-15T12:00:00.000000Z" },
    });
    for (let i = 1; i <= 2; ++i)
      await server.bytes(`/channels/${channel.id}/video.mp4?${range(noon, noon + i * second)}&download=a.mp4`);
    expect(await entries({ action: "footage.download" })).toHaveLength(2);
  });

  test("looking where nothing is recorded is not watching", async () => {
    const empty = await addChannel(server, "Empty", "http://127.0.0.1:9/b.m3u8");
    expect((await server.fetch(`/channels/${empty.id}/frame.jpg`)).status).toBe(404);
    expect(await entries({ thingId: empty.id, action: "footage." })).toEqual([]);
  });

  test("is not recorded again when the server was restarted", async () => {
    const before = await entries({ action: "footage.view" });
    await server.halt();
    await server.resume();
    await server.bytes(`/channels/${channel.id}/frame.jpg?at=2026-01-15T12:00:03Z`);
    expect((await entries({ action: "footage.view" })).length - before.length).toBeLessThanOrEqual(1);
    const quarters = (await entries({ action: "footage.view" })).map((entry) =>
      Math.floor(Date.parse(entry.at) / 900_000),
    );
    expect(new Set(quarters).size, "one a quarter hour").toBe(quarters.length);
  });
});

describe("reading it", () => {
  test("pages go on without a hole", async () => {
    const all = await entries();
    const paged: Entry[] = [];
    for (let next: string | null = ""; next !== null; ) {
      const page: Page = await server.ask("GET", `/audit?limit=3${next ? `&cursor=${next}` : ""}`);
      paged.push(...page.items);
      next = page.next;
    }
    expect(paged.map((entry) => entry.id)).toEqual(all.map((entry) => entry.id));
  });

  test("filters by time and person", async () => {
    const first = (await entries()).at(-1) as Entry;
    expect(await entries({ from: first.at, to: new Date(Date.parse(first.at) + 1).toISOString() })).toContainEqual(first);
    expect(await entries({ to: "2026-01-01T00:00:00Z" })).toEqual([]);
    const me = await server.ask<{ id: string }>("GET", "/me");
    for (const entry of await entries({ actorId: me.id })) expect(entry.actor.id).toBe(me.id);
    expect((await entries({ actorId: me.id })).length).toBeGreaterThan(5);
    const wrong = await server.call<{ errors: { field: string }[] }>("GET", "/audit?actorId=x&from=yesterday");
    expect(wrong.status).toBe(400);
    expect(wrong.body.errors.map((error) => error.field).sort()).toEqual(["actorId", "from"]);
  });

  test("is a spreadsheet without formulas, oldest first", async () => {
    const made = await addChannel(server, "=cmd()", "http://127.0.0.1:9/c.m3u8");
    const answer = await server.fetch(`/audit.csv?thingId=${made.id}`);
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(answer.headers.get("content-disposition")).toContain("audit.csv");
    const lines = (await answer.text()).split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe("id,at,organization,actor_kind,actor_id,actor,action,thing,thing_id,remote,before,after,hash");
    expect(lines[1]).toMatch(/^"\d+","\d{4}-[^"]+Z","\d+","user","\d+","tester@longtake\.test","channel\.create","channel",/);
    expect(lines[1]).toContain('{""name"":""=cmd()"",');
    expect(lines[2]).toBe("");
    expect(await entries({ action: "audit.export" })).toHaveLength(1);
    const whole = (await (await server.fetch("/audit.csv")).text()).trimEnd().split("\r\n");
    const numbers = whole.slice(1).map((line) => Number(/^"(\d+)"/.exec(line)?.[1]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.length).toBeGreaterThan(15);
  });
});

describe("what cannot be recorded", () => {
  const sql = async (text: string): Promise<void> => {
    expect(await run("sqlite3", ["-cmd", ".timeout 5000", `${server.data}/longtake.db`, text])).toMatchObject({ code: 0 });
  };

  test("is not done", async () => {
    const kept = await addChannel(server, "Kept", "http://127.0.0.1:9/kept.m3u8");
    const before = await entries();
    await sql("create trigger audit_full before insert on audit begin select raise(abort, 'full'); end;");
    try {
      const writes: [string, string, unknown][] = [
        ["PATCH", "/me", { name: "Unrecorded" }],
        ["POST", "/organizations", { name: "Unrecorded", slug: "unrecorded" }],
        ["POST", "/tokens", { name: "unrecorded", scopes: ["watch"] }],
        ["POST", "/channels", { name: "Unrecorded", source: { url: "http://127.0.0.1:9/u.m3u8" } }],
        ["PATCH", `/channels/${kept.id}`, { name: "Unrecorded" }],
        ["DELETE", `/channels/${kept.id}`, undefined],
      ];
      for (const [method, path, body] of writes)
        expect((await server.call(method, path, body)).status, `${method} ${path}`).toBeGreaterThanOrEqual(400);
    } finally {
      await sql("drop trigger audit_full;");
    }
    expect((await entries()).length).toBe(before.length);
    const left = await Promise.all(["/me", "/organizations", "/tokens", "/channels"].map((path) => server.ask("GET", path)));
    expect(JSON.stringify(left).toLowerCase()).not.toContain("unrecorded");
    expect(await server.ask("GET", `/channels/${kept.id}`)).toMatchObject({ name: "Kept" });
  });

  test("and a request repeated with its key is recorded once", async () => {
    const body = { name: "Repeated", source: { url: "http://127.0.0.1:9/r.m3u8" }, start: false };
    const key = { "Idempotency-Key": "the same" };
    const ask = async (): Promise<Channel> => {
      const headers = { "Content-Type": "application/json", ...key };
      const answer = await server.fetch("/channels", { method: "POST", headers, body: JSON.stringify(body) });
      expect(answer.status).toBe(201);
      return (await answer.json()) as Channel;
    };
    const first = await ask();
    expect([first.state, (await ask()).id]).toEqual(["stopped", first.id]);
    expect((await entries({ thingId: first.id })).map((entry) => entry.action)).toEqual(["channel.create"]);
  });
});

describe("its chain", () => {
  test("is whole, beside the server too", async () => {
    const told = await server.ask<{ intact: boolean; entries: number }>("GET", "/audit/verification");
    expect(told).toEqual({ intact: true, entries: (await entries()).length });
    const verified = await server.command(["audit", "verify", "--json"]);
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout.toString())).toMatchObject({ intact: true, entries: told.entries });
  });

  test("shows that an entry was changed, which, and that a noted one is gone", async () => {
    const noted = (JSON.parse((await server.command(["audit", "verify", "--json"])).stdout.toString()) as { newest: string })
      .newest;
    expect(await server.command(["audit", "verify", "--noted", noted])).toMatchObject({ code: 0 });
    await server.halt();
    const change = "drop trigger audit_keeps; update audit set remote = '192.0.2.7' where id = 2;";
    expect(await run("sqlite3", [`${server.data}/longtake.db`, change])).toMatchObject({ code: 0 });
    expect(await server.command(["audit", "verify"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^longtake: audit entry 2 was changed[^\n]*\n$/),
    });
    await server.resume();
    expect(await server.ask("GET", "/audit/verification")).toMatchObject({ intact: false, brokenAt: "2" });
    expect(await server.command(["audit", "verify", "--noted", "7:abc"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/--noted 7:abc: write ID:HASH/),
    });
  });
});
