// Organizations, members and people: who belongs where, and that a change is felt at once.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser, Listener, addPerson, startWithClub, type Me, type Organization, type Problem } from "../support/people.ts";
import { freePort, waitFor } from "../support/process.ts";
import { Server, addChannel } from "../support/server.ts";

type Member = { userId: string; email: string; role: string; superadmin: boolean };
type User = { id: string; email: string; superadmin: boolean; disabled: boolean; memberships: { organization: string; role: string }[] };
type Page<T> = { items: T[]; next: string | null };

let server: Server;
let root: Browser;
let club: Organization;

beforeAll(async () => {
  ({ server, root, club } = await startWithClub());
});
afterAll(async () => {
  await server?.stop();
});

const me = (browser: Browser): Promise<Me> => browser.ask<Me>("GET", "/me");

describe("organizations", () => {
  test("are made by superadmins and named to their own people", async () => {
    const editor = await addPerson(server, "first-editor", "editor");
    expect(club).toMatchObject({ kind: "club", timeZone: "America/Argentina/Buenos_Aires", language: "es", members: 0, channels: 0 });
    expect((await editor.call("POST", "/organizations", { name: "x", slug: "x" })).status).toBe(403);
    const seen = await editor.ask<Page<Organization>>("GET", "/organizations");
    expect(seen.items.map((one) => one.slug)).toEqual(["main"]);
    expect((await editor.call("GET", `/organizations/${club.id}`)).status).toBe(404);
    const all = await root.ask<Page<Organization>>("GET", "/organizations?limit=1");
    expect(all.next).not.toBeNull();
    const rest = await root.ask<Page<Organization>>("GET", `/organizations?limit=1&cursor=${all.next}`);
    expect([...all.items, ...rest.items].map((one) => one.slug).sort()).toEqual(["main", "padel-sur"]);
  });

  test("say which field is wrong", async () => {
    for (const [body, field] of [
      [{ name: "x", slug: "Bad Slug" }, "slug"],
      [{ name: "x", slug: "x", timeZone: "Mars/Base" }, "timeZone"],
      [{ name: "", slug: "x" }, "name"],
      [{ name: "x", slug: "x", kind: "theatre" }, "kind"],
      [{ name: "x", slug: "x", colour: "red" }, "colour"],
    ] as const) {
      const answer = await root.call<Problem>("POST", "/organizations", body);
      expect([answer.status, answer.body.errors?.[0]?.field], JSON.stringify(answer.body)).toEqual([400, field]);
    }
    expect((await root.call("POST", "/organizations", { name: "x", slug: "padel-sur" })).status).toBe(409);
  });

  test("are edited by who leads them, guarded by their ETag", async () => {
    const manager = await addPerson(server, "edits", "manager");
    const here = (await me(manager)).organization.id;
    const before = await manager.call<Organization>("GET", `/organizations/${here}`);
    const tag = before.headers.get("ETag") ?? "";
    const edited = await manager.call<Organization>("PATCH", `/organizations/${here}`, { name: "News desk", timeZone: "Europe/Madrid" }, { "If-Match": tag });
    expect([edited.status, edited.body.name, edited.body.timeZone]).toEqual([200, "News desk", "Europe/Madrid"]);
    expect((await manager.call("PATCH", `/organizations/${here}`, { name: "Late" }, { "If-Match": tag })).status).toBe(412);
    expect((await manager.call("PATCH", `/organizations/${here}`, { slug: "news" })).status).toBe(403);
    expect((await manager.call("PATCH", `/organizations/${club.id}`, { name: "Mine" })).status).toBe(404);
    expect((await me(manager)).organization).toMatchObject({ name: "News desk", timeZone: "Europe/Madrid" });
  });

  test("are removed when they have no channels, and their people act elsewhere", async () => {
    const desk = await root.ask<Organization>("POST", "/organizations", { name: "Short-lived", slug: "short-lived" });
    const both = await addPerson(server, "in-both", "editor");
    const id = (await me(both)).id;
    await root.ask("PUT", `/organizations/${desk.id}/members/${id}`, { role: "reader" });
    await both.ask("POST", "/session/organization", { organizationId: desk.id });
    await root.ask("POST", "/session/organization", { organizationId: desk.id });
    const channel = await addChannelThrough(root, "court");
    expect((await root.call("DELETE", `/organizations/${desk.id}`)).status).toBe(409);
    await root.ask("DELETE", `/channels/${channel.id}`);
    expect((await root.call("DELETE", `/organizations/${desk.id}`)).status).toBe(204);
    expect((await me(both)).organization.slug).toBe("main");
    expect((await me(root)).organization.slug).toBe("main");
    expect((await root.call("GET", `/organizations/${desk.id}`)).status).toBe(404);
  });
});

function addChannelThrough(browser: Browser, name: string): Promise<{ id: string }> {
  return browser.ask("POST", "/channels", { name, source: { url: "http://127.0.0.1:9/none.m3u8" }, start: false });
}

describe("a person of several organizations", () => {
  test("switches without signing in again, and sees what is there", async () => {
    const person = await addPerson(server, "switcher", "editor");
    const { id } = await me(person);
    await addChannel(server, "only on the desk", "http://127.0.0.1:9/none.m3u8", { start: false });
    expect((await person.call("POST", "/session/organization", { organizationId: club.id })).status).toBe(404);
    await root.ask("PUT", `/organizations/${club.id}/members/${id}`, { role: "owner" });
    expect((await me(person)).organizations.map((one) => [one.slug, one.role])).toEqual([["main", "editor"], ["padel-sur", "owner"]]);
    const before = person.cookie;
    const there = await person.ask<Me>("POST", "/session/organization", { organizationId: club.id });
    expect(there).toMatchObject({ role: "owner", organization: { slug: "padel-sur", kind: "club" } });
    expect(person.cookie, "the token is another in another role").not.toBe(before);
    expect((await me(person)).organization.slug).toBe("padel-sur");
    expect((await person.ask<Page<{ name: string }>>("GET", "/channels")).items).toEqual([]);
    await root.ask("DELETE", `/organizations/${club.id}/members/${id}`);
    expect(await me(person)).toMatchObject({ role: "editor", organization: { slug: "main" } });
  });

  test("who belongs nowhere is told so, politely", async () => {
    const person = await addPerson(server, "homeless", "reader");
    const { id, organization } = await me(person);
    await root.ask("DELETE", `/organizations/${organization.id}/members/${id}`);
    const answer = await person.call<Problem>("GET", "/me");
    expect([answer.status, answer.body.type]).toEqual([403, "urn:longtake:no-organization"]);
    expect(answer.body.detail).toMatch(/no organization.*invite/);
  });
});

describe("members", () => {
  test("get roles that suit the kind of organization", async () => {
    const person = await addPerson(server, "suits", "editor");
    const { id, organization } = await me(person);
    const wrong = await root.call<Problem>("PUT", `/organizations/${organization.id}/members/${id}`, { role: "player" });
    expect([wrong.status, wrong.body.errors?.[0]?.field]).toEqual([400, "role"]);
    const right = await root.ask<Member>("PUT", `/organizations/${club.id}/members/${id}`, { role: "player" });
    expect(right).toMatchObject({ userId: id, role: "player", superadmin: false });
    await root.ask("DELETE", `/organizations/${club.id}/members/${id}`);
  });

  test("are changed by their manager, who adds nobody and touches no superadmin", async () => {
    const manager = await addPerson(server, "leads", "manager");
    const reader = await addPerson(server, "reads", "reader");
    const player = await addPerson(server, "plays", "player", "padel-sur");
    const here = (await me(manager)).organization.id;
    const path = (id: string): string => `/organizations/${here}/members/${id}`;
    const members = await manager.ask<Page<Member>>("GET", `/organizations/${here}/members?limit=200`);
    expect(members.items.map((one) => one.email)).toContain("reads@longtake.test");
    expect(members.items.map((one) => one.email)).not.toContain("plays@longtake.test");
    const readerId = (await me(reader)).id;
    expect(await manager.ask("PUT", path(readerId), { role: "editor" })).toMatchObject({ role: "editor" });
    expect((await manager.call("PUT", path((await me(player)).id), { role: "editor" })).status).toBe(404);
    expect((await manager.call("PUT", path((await me(root)).id), { role: "reader" })).status).toBe(403);
    expect((await manager.call("DELETE", path((await me(root)).id))).status).toBe(403);
    expect((await reader.call("GET", `/organizations/${here}/members`)).status).toBe(403);
    expect((await manager.call("GET", `/organizations/${club.id}/members`)).status).toBe(404);
  });
});

describe("people of the site", () => {
  test("are found by superadmins alone", async () => {
    const editor = await addPerson(server, "curious", "editor");
    expect((await editor.call("GET", "/users")).status).toBe(403);
    const found = await root.ask<Page<User>>("GET", "/users?search=CURIOUS");
    expect(found.items).toHaveLength(1);
    expect(found.items[0]).toMatchObject({ email: "curious@longtake.test", superadmin: false, disabled: false });
    expect((await root.call("GET", "/users/999")).status).toBe(404);
    expect((await root.call("GET", "/users/x")).status).toBe(404);
  });

  test("the last superadmin stays one", async () => {
    const { id } = await me(root);
    for (const body of [{ superadmin: false }, { disabled: true }])
      expect((await root.call("PATCH", `/users/${id}`, body)).status).toBe(409);
    expect((await me(root)).role).toBe("superadmin");
    const told = await server.command(["user", "role", (await me(root)).email, "editor"]);
    expect([told.code, told.stderr]).toEqual([1, expect.stringMatching(/last superadmin/)]);
  });

  test("who is disabled is signed out at once and comes back when enabled", async () => {
    const person = await addPerson(server, "paused", "editor");
    const { id } = await me(person);
    const listener = await Listener.open(person);
    await root.ask("PATCH", `/users/${id}`, { disabled: true });
    await listener.until("signed-out");
    await listener.untilEnded();
    expect((await person.call("GET", "/me")).status).toBe(401);
    expect((await new Browser(server).call("POST", "/session", { email: "paused@longtake.test", password: "four words nobody chose" })).status).toBe(401);
    await root.ask("PATCH", `/users/${id}`, { disabled: false });
    expect((await person.signIn("paused@longtake.test")).id).toBe(id);
  });
});

describe("a person", () => {
  test("changes what they are called, on every page at once", async () => {
    const ann = await addPerson(server, "renames", "reader");
    const listener = await Listener.open(ann);
    expect((await ann.ask<Me>("PATCH", "/me", { name: "Ann Smith" })).name).toBe("Ann Smith");
    await listener.until("me");
    listener.close();
    expect((await me(ann)).name).toBe("Ann Smith");
    for (const body of [{}, { name: "" }, { name: "x".repeat(101) }, { name: "x", role: "superadmin" }])
      expect((await ann.call("PATCH", "/me", body)).status, JSON.stringify(body)).toBe(400);
    expect((await me(ann)).name).toBe("Ann Smith");
    const { items } = await root.ask<Page<{ action: string; actorId: string }>>("GET", "/audit?action=person.rename");
    expect(items.map((one) => one.action)).toEqual(["person.rename"]);
  });
});

describe("a changed role", () => {
  test("holds at the next request, tells the open page, and replaces the session's token", async () => {
    const person = await addPerson(server, "promoted", "reader");
    const { id, organization } = await me(person);
    const listener = await Listener.open(person);
    await listener.until("reset");
    expect((await person.call("GET", "/channels")).status).toBe(403);
    const before = person.cookie;
    await root.ask("PUT", `/organizations/${organization.id}/members/${id}`, { role: "manager" });
    await listener.until("me");
    await listener.untilEnded();
    const old = new Browser(server);
    old.cookie = before;
    const now = await me(person);
    expect(now.role).toBe("manager");
    expect(now.permissions).toEqual(expect.arrayContaining(["watch", "edit_channels", "manage_members", "read_audit"]));
    expect(now.permissions).not.toContain("manage_site");
    expect(person.cookie).not.toBe(before);
    expect((await old.call("GET", "/me")).status, "requests on their way with the token before").toBe(200);
    expect((await person.call("GET", "/channels")).status).toBe(200);
    await root.ask("PUT", `/organizations/${organization.id}/members/${id}`, { role: "reader" });
    const refused = await person.call<Problem>("GET", "/channels");
    expect([refused.status, refused.body.type]).toEqual([403, "urn:longtake:forbidden"]);
  });

  test("given by a command beside the server is noticed by the open page", async () => {
    const person = await addPerson(server, "by-command", "reader");
    const listener = await Listener.open(person);
    await listener.until("reset");
    const done = await server.command(["user", "role", "by-command@longtake.test", "editor", "--organization", "main"]);
    expect(done.stderr).toBe("");
    await listener.until("me");
    expect((await me(person)).role).toBe("editor");
  });
});

describe("events", () => {
  test("missed while away are told after a reconnection with Last-Event-ID", async () => {
    const person = await addPerson(server, "listens", "editor");
    const first = await Listener.open(person);
    await first.until("reset");
    const one = await addChannel(server, "told at once", "http://127.0.0.1:9/none.m3u8", { start: false });
    await first.until("channel");
    const seen = first.lastId;
    first.close();
    await first.untilEnded();
    const two = await addChannel(server, "told later", "http://127.0.0.1:9/none.m3u8", { start: false });
    await server.ask("DELETE", `/channels/${one.id}`);
    const again = await Listener.open(person, seen);
    await again.until("channel-removed");
    const told = again.events.map((event) => [event.event, (JSON.parse(event.data) as { id: string }).id]);
    expect(told).toContainEqual(["channel-removed", one.id]);
    await again.until("channel");
    expect(again.events.some((event) => event.event === "reset"), "nothing was lost").toBe(false);
    expect(again.events.filter((event) => event.event === "channel").map((event) => (JSON.parse(event.data) as { id: string }).id)).toContain(two.id);
    again.close();
  });

  test("of one organization are not told in another", async () => {
    const player = await addPerson(server, "elsewhere", "owner", "padel-sur");
    const listener = await Listener.open(player);
    await listener.until("reset");
    await addChannel(server, "of the desk", "http://127.0.0.1:9/none.m3u8", { start: false });
    await root.ask("PATCH", `/organizations/${club.id}`, { name: "Padel del Sur" });
    await listener.until("me");
    // Who was made owner above, and what the organization is called, is news of its own people.
    expect(listener.events.map((event) => event.event).filter((name) => name !== "people")).toEqual(["reset", "me"]);
    listener.close();
  });

  test("tell who manages members, and superadmins anywhere, of what became of them, also by a command", async () => {
    const site = await Listener.open(root);
    const owner = await addPerson(server, "stranger-owner", "owner", "padel-sur");
    const manager = await addPerson(server, "told-manager", "manager");
    const editor = await addPerson(server, "untold-editor", "editor");
    await site.until("people");
    await new Promise((wake) => setTimeout(wake, 3000)); // every look at what was recorded so far is over
    site.close();
    const listeners = await Promise.all([root, manager, owner, editor].map((browser) => Listener.open(browser)));
    const [everywhere, here, elsewhere, unasked] = listeners as [Listener, Listener, Listener, Listener];
    await Promise.all(listeners.map((listener) => listener.until("reset")));
    await addPerson(server, "newcomer", "reader");
    await Promise.all([everywhere, here].map((listener) => listener.until("people")));
    expect((await here.until("people")).data).toBe("{}");
    for (const listener of [elsewhere, unasked]) expect(listener.events.map(({ event }) => event)).not.toContain("people");
    for (const listener of listeners) listener.close();
  });
});

test("organizations are made and listed by commands", async () => {
  const made = await server.command(["organization", "add", "night", "--name", "Night desk", "--time-zone", "Asia/Tokyo", "--json"]);
  expect(JSON.parse(made.stdout.toString())).toMatchObject({ slug: "night", name: "Night desk", kind: "desk", timeZone: "Asia/Tokyo" });
  const list = await server.command(["organization", "list"]);
  expect(list.stdout.toString()).toMatch(/night\tNight desk\tdesk\tAsia\/Tokyo/);
  const wrong = await server.command(["organization", "add", "x", "--time-zone", "Nowhere"]);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/^longtake: [^\n]*Nowhere[^\n]*\n$/)]);
});

describe("the first page", () => {
  type Home = {
    channels?: { total: number; recording: number; reconnecting: number; failed: number; stopped: number };
    troubled?: { name: string; state: string; cause?: string }[];
    gapsToday?: number;
    people?: number;
    organizations?: number;
    openInvitations?: number;
  };

  test("says what each role has a use for", async () => {
    const place = await root.ask<Organization>("POST", "/organizations", { name: "Front desk", slug: "front-desk", timeZone: "Asia/Tokyo" });
    const manager = await addPerson(server, "front-manager", "manager", "front-desk");
    const editor = await addPerson(server, "front-editor", "editor", "front-desk");
    const reader = await addPerson(server, "front-reader", "reader", "front-desk");
    const nothing = { total: 0, recording: 0, reconnecting: 0, failed: 0, stopped: 0 };
    expect(await manager.ask<Home>("GET", "/home")).toMatchObject({ channels: nothing, troubled: [], gapsToday: 0, people: 3, openInvitations: 0 });
    await manager.ask("POST", `/organizations/${place.id}/invitations`, { email: "later@longtake.test", role: "reader" });
    await addChannelThrough(manager, "idle");
    const down = { name: "down", source: { url: `http://127.0.0.1:${await freePort()}/live.m3u8` } };
    await manager.ask("POST", "/channels", down);
    const home = await waitFor("the trouble", async () => {
      const now = await manager.ask<Home>("GET", "/home");
      return now.troubled?.length ? now : undefined;
    });
    expect(home).toMatchObject({ channels: { total: 2, stopped: 1, reconnecting: 1 }, openInvitations: 1 });
    expect(home.troubled).toMatchObject([{ name: "down", state: "reconnecting", cause: expect.stringMatching(/refused/), causeKind: "source-refused" }]);
    expect(home).not.toHaveProperty("organizations");
    const forEditor = await editor.ask<Home>("GET", "/home");
    expect(forEditor.channels?.total).toBe(2);
    expect(forEditor).not.toHaveProperty("people");
    expect(await reader.ask<Home>("GET", "/home")).toEqual({});
    expect((await root.ask<Home>("GET", "/home")).organizations).toBeGreaterThan(2);
  });
});

test("the audit says what a role, an organization and a token were and became", async () => {
  type Entry = { action: string; thingId?: string; before?: object; after?: object };
  const person = await addPerson(server, "audited", "reader");
  const { id, organization } = await me(person);
  await root.ask("PUT", `/organizations/${organization.id}/members/${id}`, { role: "editor" });
  await root.ask("PATCH", `/users/${id}`, { superadmin: true });
  const made = await root.ask<{ token: { id: string } }>("POST", "/tokens", { name: "audited", scopes: ["watch"] });
  const last = async (action: string): Promise<Entry | undefined> =>
    (await root.ask<Page<Entry>>("GET", `/audit?action=${action}&limit=1`)).items[0];
  expect(await last("member.set")).toMatchObject({ thingId: id, before: { role: "reader" }, after: { role: "editor" } });
  expect(await last("person.edit")).toMatchObject({ thingId: id, before: { superadmin: false }, after: { superadmin: true } });
  expect(await last("token.create")).toMatchObject({ thingId: made.token.id, after: { scopes: "watch" } });
});
