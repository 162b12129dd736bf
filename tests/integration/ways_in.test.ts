// How people and programs come in, and how they are shut out again: invitations, sessions, tokens.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addPerson, Browser, Listener, startWithClub, superadmin, type Me, type Organization, type Problem } from "../support/people.ts";
import { Server } from "../support/server.ts";
import { MailServer, makeCertificate } from "../support/smtp.ts";

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

type Invited = { invitation: { id: string; email: string; role: string; mailed: boolean }; url: string };
type Person = { email: string; addressProven: boolean };
const tokenOf = (invited: Invited): string => invited.url.slice(invited.url.lastIndexOf("/") + 1);

describe("an invitation", () => {
  const invite = (by: Browser, organization: string, address: string, role: string): Promise<Invited> =>
    by.ask<Invited>("POST", `/organizations/${organization}/invitations`, { email: address, role });

  test("lets somebody new in, once", async () => {
    const manager = await addPerson(server, "invites", "manager");
    const here = (await me(manager)).organization.id;
    const made = await invite(manager, here, "New.Person@longtake.test", "editor");
    expect(made).toMatchObject({ url: expect.stringMatching(/^\/invitation\/[\w-]{43}$/), invitation: { email: "new.person@longtake.test", mailed: false } });
    const list = await manager.ask<{ items: { id: string }[] }>("GET", `/organizations/${here}/invitations`);
    expect(list.items.map((one) => one.id)).toContain(made.invitation.id);
    expect(JSON.stringify(list), "the secret is shown once").not.toContain(tokenOf(made));

    const visitor = new Browser(server);
    expect(await visitor.ask("GET", `/invitations/${tokenOf(made)}`)).toMatchObject({ known: false, role: "editor", email: "new.person@longtake.test" });
    const weak = await visitor.call<Problem>("POST", `/invitations/${tokenOf(made)}`, { name: "N", password: "password12" });
    expect([weak.status, weak.body.errors?.[0]?.field]).toEqual([400, "password"]);
    const accepted = await visitor.ask<Me>("POST", `/invitations/${tokenOf(made)}`, { name: "New Person", password: "quiet lamps of seven" });
    expect(accepted).toMatchObject({ name: "New Person", role: "editor", organization: { id: here } });
    expect((await me(visitor)).id).toBe(accepted.id);
    expect((await new Browser(server).call("GET", `/invitations/${tokenOf(made)}`)).status).toBe(404);
    expect((await manager.call("POST", `/organizations/${here}/invitations`, { email: "new.person@longtake.test", role: "reader" })).status).toBe(409);
  });

  test("lets somebody known into one more organization, as themselves only", async () => {
    const person = await addPerson(server, "well-known", "editor");
    const other = await addPerson(server, "somebody-else", "editor");
    const made = await invite(root, club.id, "well-known@longtake.test", "owner");
    expect(await new Browser(server).ask("GET", `/invitations/${tokenOf(made)}`)).toMatchObject({ known: true });
    const refused = await other.call<Problem>("POST", `/invitations/${tokenOf(made)}`, {});
    expect([refused.status, refused.body.type]).toEqual([401, "urn:longtake:bad-credentials"]);
    const accepted = await person.ask<Me>("POST", `/invitations/${tokenOf(made)}`, {});
    expect(accepted).toMatchObject({ role: "owner", organization: { id: club.id } });
    expect(accepted.organizations.map((one) => one.slug)).toEqual(expect.arrayContaining(["main", "padel-sur"]));

    const again = await invite(root, club.id, "somebody-else@longtake.test", "player");
    const elsewhere = new Browser(server);
    const signedIn = await elsewhere.ask<Me>("POST", `/invitations/${tokenOf(again)}`, { password: "four words nobody chose" });
    expect(signedIn).toMatchObject({ email: "somebody-else@longtake.test", role: "player" });
  });

  test("comes by e-mail where the site sends it, in the organization's language", async () => {
    const certificate = await makeCertificate();
    const mail = await MailServer.start({ certificate, login: { user: "desk", password: "post office" } });
    const site = "https://tv.longtake.test";
    const posting = await Server.start({
      env: {
        LONGTAKE_SITE_URL: site,
        LONGTAKE_MAIL_SERVER: mail.url,
        LONGTAKE_MAIL_FROM: "Longtake <no-reply@longtake.test>",
        LONGTAKE_MAIL_USER: "desk",
        LONGTAKE_MAIL_PASSWORD: "post office",
        LONGTAKE_MAIL_CA_FILE: certificate.certFile,
      },
    });
    try {
      const boss = await superadmin(posting);
      const here = (await me(boss)).organization.id;
      await boss.ask("PATCH", `/organizations/${here}`, { name: "Redacción", language: "es" });
      const made = await boss.ask<object>("POST", `/organizations/${here}/invitations`, { email: "lejos@longtake.test", role: "reader" });
      expect(made, "nobody else gets the link").toEqual({ invitation: expect.objectContaining({ mailed: true }) });
      const letter = await mail.letter(1);
      expect(letter.to).toEqual(["lejos@longtake.test"]);
      expect(letter.text).toContain("le invita a Redacción");
      const token = /\/invitation\/([\w-]{43})\n/.exec(letter.text)?.[1];
      expect(letter.text).toContain(`${site}/invitation/${token}\n`);
      await new Browser(posting).ask("POST", `/invitations/${token}`, { password: "quiet lamps of seven" });
      const handed = await boss.ask<Invited>("POST", `/organizations/${here}/invitations`, { email: "cerca@longtake.test", role: "reader", by: "link" });
      expect(handed.invitation.mailed).toBe(false);
      await new Browser(posting).ask("POST", `/invitations/${tokenOf(handed)}`, { password: "quiet lamps of seven" });
      const people = (await boss.ask<{ items: Person[] }>("GET", "/users")).items;
      const proven = (email: string) => people.find((one) => one.email === email)?.addressProven;
      expect([proven("lejos@longtake.test"), proven("cerca@longtake.test")]).toEqual([true, false]);
      const again = (to: string) => boss.call<Problem>("POST", `/organizations/${here}/invitations`, { email: to, role: "reader" });
      expect([(await again("alguien@longtake.test")).status, (await again("Alguien@longtake.test")).status]).toEqual([201, 201]);
      expect((await again("alguien@longtake.test")).status).toBe(201);
      const refused = await again("alguien@longtake.test");
      expect([refused.status, refused.body.type]).toEqual([429, "urn:longtake:too-many"]);
      expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
      expect((await again("otra@longtake.test")).status).toBe(201);
    } finally {
      await posting.stop();
      await mail.stop();
      certificate.remove();
    }
  });

  test("is taken back, and replaced by another to the same address", async () => {
    const first = await invite(root, club.id, "twice@longtake.test", "player");
    const second = await invite(root, club.id, "twice@longtake.test", "owner");
    expect((await root.call("GET", `/invitations/${tokenOf(first)}`)).status).toBe(404);
    expect((await root.call("DELETE", `/organizations/${club.id}/invitations/${second.invitation.id}`)).status).toBe(204);
    expect((await root.call("GET", `/invitations/${tokenOf(second)}`)).status).toBe(404);
    for (const [body, field] of [
      [{ email: "x@longtake.test", role: "editor" }, "role"],
      [{ email: "x@longtake.test", role: "owner", by: "letter" }, "by"],
    ] as const) {
      const wrong = await root.call<Problem>("POST", `/organizations/${club.id}/invitations`, body);
      expect([wrong.status, wrong.body.errors?.[0]?.field]).toEqual([400, field]);
    }
  });
});

describe("sessions", () => {
  type Sessions = { items: { id: string; agent: string; remote: string; current: boolean }[] };

  test("are listed and ended one by one, and their pages are told", async () => {
    const here = await addPerson(server, "many-browsers", "editor");
    const there = new Browser(server);
    await there.signIn("many-browsers@longtake.test");
    const list = await here.ask<Sessions>("GET", "/me/sessions");
    expect(list.items.map((one) => [one.remote, one.current]).sort()).toEqual([["127.0.0.1", false], ["127.0.0.1", true]]);
    const listener = await Listener.open(there);
    await listener.until("reset");
    const other = list.items.find((one) => !one.current)?.id ?? "";
    const stranger = await addPerson(server, "no-business", "editor");
    expect((await stranger.call("DELETE", `/me/sessions/${other}`)).status).toBe(404);
    expect((await here.call("DELETE", `/me/sessions/${other}`)).status).toBe(204);
    await listener.until("signed-out");
    await listener.untilEnded();
    expect((await there.call("GET", "/me")).status).toBe(401);
    expect((await here.call("GET", "/me")).status).toBe(200);
    expect((await here.call("DELETE", "/me/sessions")).status).toBe(204);
    expect((await here.call("GET", "/me")).status).toBe(401);
  });

  test("of anybody are seen and ended by a superadmin", async () => {
    const person = await addPerson(server, "watched-over", "editor");
    const { id } = await me(person);
    expect((await root.ask<Sessions>("GET", `/users/${id}/sessions`)).items).toHaveLength(1);
    expect((await person.call("GET", `/users/${id}/sessions`)).status).toBe(403);
    expect((await root.call("DELETE", `/users/${id}/sessions`)).status).toBe(204);
    expect((await person.call("GET", "/me")).status).toBe(401);
    expect((await root.call("GET", "/users/999/sessions")).status).toBe(404);
  });
});

describe("API tokens", () => {
  type Made = { token: { id: string; scopes: string[]; owner: string; organization: string; expiresAt?: string }; secret: string };

  test("do what they carry and no more", async () => {
    const manager = await addPerson(server, "makes-tokens", "manager");
    const made = await manager.ask<Made>("POST", "/tokens", { name: "wall", scopes: ["watch"], expiresInDays: 30 });
    expect(made.token).toMatchObject({ scopes: ["watch"], owner: "makes-tokens@longtake.test" });
    expect(Date.parse(made.token.expiresAt ?? "") - Date.now()).toBeGreaterThan(29 * 86_400_000);
    const program = new Browser(server, made.secret);
    expect((await program.call("GET", "/channels")).status).toBe(200);
    expect(await program.ask<Me>("GET", "/me")).toMatchObject({ role: "manager", permissions: ["be_known", "watch"] });
    const refused = await program.call<Problem>("POST", "/channels", { name: "x", source: { url: "http://127.0.0.1:9/x.m3u8" } });
    expect([refused.status, refused.body.detail]).toEqual([403, expect.stringMatching(/token/)]);
    for (const [method, path, body] of [
      ["POST", "/tokens", { name: "more", scopes: ["watch"] }],
      ["POST", "/session/organization", { organizationId: club.id }],
      ["DELETE", "/me/sessions", undefined],
    ] as const)
      expect((await program.call(method, path, body)).status, path).toBe(403);
    expect((await manager.call("POST", "/tokens", { name: "root", scopes: ["manage_site"] })).status).toBe(403);
    const wrong = await manager.call<Problem>("POST", "/tokens", { name: "x", scopes: ["fly"] });
    expect([wrong.status, wrong.body.errors?.[0]?.field]).toEqual([400, "scopes"]);
    expect(JSON.stringify(await manager.ask("GET", "/tokens")), "the secret is shown once").not.toContain(made.secret);
    expect((await manager.call("DELETE", `/tokens/${made.token.id}`)).status).toBe(204);
    expect((await program.call("GET", "/me")).status).toBe(401);
  });

  test("of everybody are seen and revoked by a superadmin", async () => {
    const person = await addPerson(server, "has-token", "editor");
    const made = await person.ask<Made>("POST", "/tokens", { name: "mine", scopes: ["watch", "share"] });
    expect((await person.call("GET", "/tokens?all=1")).status).toBe(403);
    const all = await root.ask<{ items: { id: string }[] }>("GET", "/tokens?all=1");
    expect(all.items.map((one) => one.id)).toContain(made.token.id);
    const other = await addPerson(server, "not-mine", "manager");
    expect((await other.call("DELETE", `/tokens/${made.token.id}`)).status).toBe(404);
    expect((await root.call("DELETE", `/tokens/${made.token.id}`)).status).toBe(204);
  });
});
