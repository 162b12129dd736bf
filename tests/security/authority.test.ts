// Who has some authority gets no more of it: by a page's cursor, a token, an old invitation, another's cache. And what
// was tried stands in the audit.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { footageEnd, noon, startWithFootage } from "../integration/imported.ts";
import { instant } from "../integration/instants.ts";
import { Browser, addPerson, password, superadmin, type Me, type Problem } from "../support/people.ts";
import type { Channel, Server } from "../support/server.ts";

type Entry = { action: string; organizationId?: string; thingId?: string; actor: { id?: string }; after?: Record<string, unknown>; before?: Record<string, unknown> };
type Named = { items: { userId: string; name: string }[]; next: string | null };

let server: Server;
let channel: Channel;
let root: Browser;
let manager: Browser;
let desk = "";

beforeAll(async () => {
  ({ server, channel } = await startWithFootage());
  root = await superadmin(server);
  manager = await addPerson(server, "manager", "manager");
  desk = (await manager.ask<Me>("GET", "/me")).organization.id;
});
afterAll(async () => {
  await server?.stop();
});

const there = (path: string): string => `/organizations/${desk}${path}`;
const entries = async (by: Browser, query: Record<string, string>): Promise<Entry[]> =>
  (await by.ask<{ items: Entry[] }>("GET", `/audit?${new URLSearchParams({ limit: "200", ...query })}`)).items;
const tokenOf = async (browser: Browser, scopes: string[]): Promise<Browser> =>
  new Browser(server, (await browser.ask<{ secret: string }>("POST", "/tokens", { name: "program", scopes })).secret);

describe("a page's cursor", () => {
  test("carries the name it goes on after: nobody's is looked up by it", async () => {
    await root.ask("POST", "/organizations", { name: "Elsewhere", slug: "elsewhere" });
    const other = await addPerson(server, "zoe", "manager", "elsewhere");
    const { id } = await other.ask<Me>("GET", "/me");
    expect((await manager.call(`GET`, there(`/members?cursor=${id}`))).status).toBe(400);
    expect((await manager.call(`GET`, `/organizations?cursor=${desk}`)).status).toBe(400);
    await addPerson(server, "ana", "editor");
    const first = await manager.ask<Named>("GET", there("/members?limit=1"));
    const rest = await manager.ask<Named>("GET", there(`/members?cursor=${first.next}`));
    const all = await manager.ask<Named>("GET", there("/members"));
    expect([...first.items, ...rest.items]).toEqual(all.items);
    // Also when the last of the page before has gone meanwhile.
    await manager.ask("DELETE", there(`/members/${first.items[0]?.userId}`));
    expect((await manager.ask<Named>("GET", there(`/members?cursor=${first.next}`))).items).toEqual(rest.items);
  });
});

describe("a token", () => {
  test("gives no role that may more than itself", async () => {
    const person = await addPerson(server, "eve", "reader");
    const { id } = await person.ask<Me>("GET", "/me");
    const program = await tokenOf(manager, ["manage_members"]);
    for (const role of ["manager", "editor"]) {
      expect((await program.call("PUT", there(`/members/${id}`), { role })).status, role).toBe(403);
      expect((await program.call("POST", there("/invitations"), { email: "friend@longtake.test", role })).status, role).toBe(403);
    }
    const able = await tokenOf(manager, (await manager.ask<Me>("GET", "/me")).permissions.filter((one) => one !== "be_known"));
    expect((await able.call("PUT", there(`/members/${id}`), { role: "editor" })).status).toBe(200);
  });

  test("takes the links it made along when it is revoked", async () => {
    const program = await tokenOf(manager, ["share"]);
    const wanted = { view: "video.mp4", from: instant(noon), to: instant(footageEnd) };
    const { url } = await program.ask<{ url: string }>("POST", `/channels/${channel.id}/links`, wanted);
    const look = async () => (await fetch(`${server.url}${url}`)).status;
    expect(await look()).toBe(200);
    const mine = await manager.ask<{ url: string }>("POST", `/channels/${channel.id}/links`, wanted);
    const { items } = await manager.ask<{ items: { id: string; scopes: string[] }[] }>("GET", "/tokens");
    for (const token of items.filter(({ scopes }) => scopes.join() === "share")) await manager.ask("DELETE", `/tokens/${token.id}`);
    expect(await look()).toBe(403);
    expect((await fetch(`${server.url}${mine.url}`)).status, "the person's own goes on").toBe(200);
  });

  test("knows its own organization alone, and is told by its scheme", async () => {
    const both = await addPerson(server, "both", "editor");
    const { id } = await both.ask<Me>("GET", "/me");
    const { items } = await root.ask<{ items: { id: string; slug: string }[] }>("GET", "/organizations");
    await root.ask("PUT", `/organizations/${items.find(({ slug }) => slug === "elsewhere")?.id}/members/${id}`, { role: "reader" });
    expect((await both.ask<Me>("GET", "/me")).organizations).toHaveLength(2);
    const program = await tokenOf(both, ["watch"]);
    expect((await program.ask<Me>("GET", "/me")).organizations.map((one) => one.id)).toEqual([desk]);
    expect((await program.call("GET", "/me/second-factor")).status).toBe(403);
    // Of a proxy in front of us.
    const proxied = await both.call("POST", "/me/password", { present: "not my password", password: "other words nobody chose" }, { Authorization: "Basic ZGVzazpkZXNr" });
    expect((proxied.body as Problem).type).toBe("urn:longtake:bad-credentials");
  });
});

describe("an invitation", () => {
  test("changes nobody who was given a role, or lost one, since", async () => {
    const guest = await addPerson(server, "guest", "reader", "elsewhere");
    const { id, email } = await guest.ask<Me>("GET", "/me");
    const invite = () => manager.ask<{ url: string }>("POST", there("/invitations"), { email, role: "manager" });
    const accept = async ({ url }: { url: string }) => (await guest.call("POST", `/invitations/${url.split("/").pop()}`, {})).status;
    const first = await invite();
    await root.ask("PUT", there(`/members/${id}`), { role: "reader" });
    expect(await accept(first)).toBe(404);
    expect(((await manager.call<Problem>("POST", there("/invitations"), { email, role: "manager" })).body).type).toBe("urn:longtake:already-member");
    await manager.ask("DELETE", there(`/members/${id}`));
    const second = await invite();
    expect(await accept(second)).toBe(200);
    const [accepted] = await entries(manager, { action: "invitation.accept" });
    expect(accepted).toMatchObject({ thingId: id, after: { role: "manager" } });
  });
});

describe("what is watched", () => {
  test("is kept by a browser for its cookie alone, and each film is told, whatever was looked at before", async () => {
    const viewer = await addPerson(server, "viewer", "editor");
    const { id } = await viewer.ask<Me>("GET", "/me");
    const picture = await viewer.fetch(`/channels/${channel.id}/frame.jpg?at=${instant(noon)}`);
    expect(picture.headers.get("Vary")).toContain("Cookie");
    const film = await viewer.fetch(`/channels/${channel.id}/video.mp4?from=${instant(noon)}&to=${instant(footageEnd)}`);
    expect(film.status).toBe(200);
    expect(film.headers.get("Vary")).toContain("Cookie");
    await film.arrayBuffer();
    const seen = (await entries(manager, { action: "footage.view", actorId: id })).map(({ after }) => after?.["view"]);
    expect(seen).toEqual(["video.mp4", "frame"]);
  });
});

describe("the audit", () => {
  test("tells each organization of what was done to its people, and of passwords that were tried", async () => {
    const person = await addPerson(server, "dan", "editor");
    const { id } = await person.ask<Me>("GET", "/me");
    expect((await person.call("POST", "/me/second-factor", { password: "not my password" })).status).toBe(403);
    expect(await entries(manager, { action: "password.refused", actorId: id })).toHaveLength(1);
    expect(await entries(manager, { action: "second_factor.", actorId: id }), "nothing was done").toEqual([]);
    await root.ask("PATCH", `/users/${id}`, { disabled: true });
    expect(await entries(manager, { action: "person.edit", thing: "person", thingId: id })).toMatchObject([{ organizationId: desk, after: { disabled: true } }]);
    expect(await entries(root, { action: "person.edit", thing: "person", thingId: id })).toHaveLength(2);
    expect(await entries(manager, { thing: "channel", thingId: id }), "another thing of that number").toSatisfy((found: Entry[]) =>
      found.every(({ action }) => !action.startsWith("person.")));
    await root.ask("DELETE", `/users/${id}`);
    expect(await entries(manager, { action: "person.erase" })).toHaveLength(1);
  });

  test("has nothing of what changed nothing", async () => {
    const person = await addPerson(server, "ida", "reader");
    const me = await person.ask<Me>("GET", "/me");
    const count = async () => (await entries(root, { actorId: me.id })).length;
    const before = await count();
    for (let i = 0; i < 3; ++i) {
      await person.ask("PATCH", "/me", { name: me.name });
      await person.ask("POST", "/session/organization", { organizationId: me.organization.id });
    }
    expect(await count()).toBe(before);
  });
});

describe("a name", () => {
  test("is one line that is seen as it is written", async () => {
    const person = await addPerson(server, "kim", "reader");
    for (const name of ["a\nBcc: x", "   ", "\u202egnp.exe", "\u200b"]) expect((await person.call("PATCH", "/me", { name })).status, JSON.stringify(name)).toBe(400);
    expect((await person.call("PATCH", "/me", { name: "Kim Ñandú Ёлкина" })).status).toBe(200);
    for (const email of ["x@y>", "<x@y>", "a@@b", "a@b,c@d.test", "root@x.test@evil", "a\u202eb@x.test"])
      expect((await manager.call("POST", there("/invitations"), { email, role: "reader" })).status, email).toBe(400);
  });

  test("of the account is no password", async () => {
    const person = await addPerson(server, "glavred", "reader");
    for (const next of ["glavred@longtake.test", "любовь2024", "коротк"])
      expect((await person.call("POST", "/me/password", { present: password, password: next })).status, next).toBe(400);
  });

  test("of a program may be anything: a list of sessions stays readable", async () => {
    const agent = "Agent \xff " + "é".repeat(150);
    await fetch(`${server.url}/api/v1/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "User-Agent": agent },
      body: JSON.stringify({ email: "manager@longtake.test", password }),
    });
    const raw = await manager.fetch("/me/sessions");
    new TextDecoder("utf-8", { fatal: true }).decode(await raw.arrayBuffer());
  });
});
