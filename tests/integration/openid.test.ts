// Sign-in with OpenID providers, against a real one.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/process.ts";
import { OpenIdServer } from "../support/openid.ts";
import { Server } from "../support/server.ts";
import { Visitor, said, type Problem } from "../support/visitor.ts";

type Me = { email: string };
type Options = { providers: { id: string; name: string }[]; passwordReset: boolean };

let server: Server;
let company: OpenIdServer; // a client with a secret; RS256; e-mail at the userinfo endpoint
let club: OpenIdServer; // a public client; ES256; e-mail in the ID token
let people = 0;

beforeAll(async () => {
  const port = await freePort();
  const site = `http://127.0.0.1:${port}`;
  const back = (name: string) => `${site}/api/v1/openid/${name}/callback`;
  company = await OpenIdServer.start({ redirect: back("company"), secret: "a/secret with:signs&more" });
  club = await OpenIdServer.start({ redirect: back("club"), algorithm: "ES256", emailInToken: true });
  server = await Server.start({
    port,
    env: {
      LONGTAKE_SITE_URL: site,
      LONGTAKE_OPENID_COMPANY_ISSUER: company.issuer,
      LONGTAKE_OPENID_COMPANY_CLIENT_ID: "longtake",
      LONGTAKE_OPENID_COMPANY_CLIENT_SECRET: "a/secret with:signs&more",
      LONGTAKE_OPENID_COMPANY_LABEL: "The Company",
      LONGTAKE_OPENID_CLUB_ISSUER: club.issuer,
      LONGTAKE_OPENID_CLUB_CLIENT_ID: "longtake",
      LONGTAKE_OPENID_AWAY_ISSUER: `http://127.0.0.1:${await freePort()}`,
      LONGTAKE_OPENID_AWAY_CLIENT_ID: "longtake",
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await Promise.all([company?.stop(), club?.stop()]);
});

/** Somebody with an account here and, of the same address, at the provider. */
async function person(provider: OpenIdServer, account: { email_verified?: boolean } = { email_verified: true }) {
  const name = `ann${++people}`;
  const email = `${name}@longtake.test`;
  const made = await server.command(["user", "add", email, "--role", "editor", "--password-stdin"], "seven quiet lamps");
  if (made.code !== 0) throw new Error(made.stderr);
  provider.accounts.set(name, { email: email.toUpperCase(), ...account });
  return { name, email };
}

async function start(browser: Visitor, provider: string, next?: string): Promise<string> {
  const answer = await browser.fetch(`/api/v1/openid/${provider}/start${next === undefined ? "" : `?next=${encodeURIComponent(next)}`}`);
  expect(answer.status, await answer.text()).toBe(302);
  return answer.headers.get("location") ?? "";
}

/** Comes back from the provider; gives the status and where it leads. */
async function comeBack(browser: Visitor, address: URL): Promise<string> {
  const answer = await browser.fetch(address.pathname + address.search);
  await answer.arrayBuffer();
  return `${answer.status} ${answer.headers.get("location") ?? ""}`;
}

const me = async (browser: Visitor) => (await browser.call<Me>("GET", "/me")).body.email;

test("the sign-in page offers them by name", async () => {
  const options = (await Visitor.of(server).call<Options>("GET", "/sign-in-options")).body;
  expect(options.providers).toEqual([
    { id: "away", name: "away" },
    { id: "club", name: "club" },
    { id: "company", name: "The Company" },
  ]);
});

describe.each([
  ["company", () => company],
  ["club", () => club],
])("a sign-in with %s", (id, provider) => {
  test("finds the person by verified address, then by account, and replaces the session held", async () => {
    const ann = await person(provider());
    const browser = Visitor.of(server);
    expect(said(await browser.signIn("tester@longtake.test", "a long enough password 42"))).toBe("200");
    const before = browser.cookies.get("longtake_session");

    const address = await start(browser, id, "/watch/1?at=2026-11-21T10:00:00Z");
    const asked = new URL(address).searchParams;
    expect(asked.get("response_type")).toBe("code");
    expect(asked.get("code_challenge_method")).toBe("S256");
    expect(asked.get("code_challenge")).toMatch(/^[\w-]{43}$/);
    expect(asked.get("nonce")).toMatch(/^[\w-]{43}$/);
    expect(asked.get("scope")?.split(" ")).toContain("openid");
    const back = await provider().visit(address, ann.name);
    expect(await comeBack(browser, back)).toBe("302 /watch/1?at=2026-11-21T10:00:00Z");
    expect(await me(browser)).toBe(ann.email);
    expect(browser.cookies.get("longtake_session")).not.toBe(before);
    const old = Visitor.of(server);
    old.cookies.set("longtake_session", before ?? "");
    expect(said(await old.call("GET", "/me"))).toBe("401 signed-out");

    // The address at the provider changes: the account is the same person's.
    provider().accounts.set(ann.name, { email: "else@longtake.test", email_verified: false });
    const again = Visitor.of(server);
    expect(await comeBack(again, await provider().visit(await start(again, id), ann.name))).toBe("302 /");
    expect(await me(again)).toBe(ann.email);
  });

  test("is refused to people who have no account here, or no verified address", async () => {
    provider().accounts.set("stranger", { email: "stranger@longtake.test", email_verified: true });
    const stranger = Visitor.of(server);
    expect(await comeBack(stranger, await provider().visit(await start(stranger, id), "stranger"))).toBe("302 /sign-in?problem=provider-unknown");
    expect(said(await stranger.call("GET", "/me"))).toBe("401 signed-out");
    for (const account of [{}, { email_verified: false }]) {
      const ann = await person(provider(), account);
      const browser = Visitor.of(server);
      expect(await comeBack(browser, await provider().visit(await start(browser, id), ann.name))).toBe("302 /sign-in?problem=provider-unverified");
      expect(said(await browser.call("GET", "/me"))).toBe("401 signed-out");
    }
  });
});

test("who reads an address takes over the account that somebody made in its name", async () => {
  const name = `boss${++people}`;
  const email = `${name}@longtake.test`;
  const organization = (await server.ask<{ organization: { id: string } }>("GET", "/me")).organization.id;
  const { url } = await server.ask<{ url: string }>("POST", `/organizations/${organization}/invitations`, { email, role: "editor" });
  const mallory = Visitor.of(server);
  const secret = "quiet lamps of seven";
  expect(said(await mallory.call("POST", url.replace("/invitation/", "/invitations/"), { password: secret }))).toBe("200");
  const made = await mallory.call<Problem & { secret: string }>("POST", "/tokens", { name: "stays", scopes: ["watch"] });
  expect(said(made)).toBe("201");
  const withToken = { Authorization: `Bearer ${made.body.secret}` };
  expect(said(await Visitor.of(server).call("GET", "/me", undefined, withToken))).toBe("200");

  club.accounts.set(name, { email, email_verified: true });
  const boss = Visitor.of(server);
  expect(await comeBack(boss, await club.visit(await start(boss, "club", "/channels"), name)), "told what ended").toBe("302 /account?claimed&next=%2Fchannels");
  expect(await me(boss)).toBe(email);
  expect(said(await mallory.call("GET", "/me"))).toBe("401 signed-out");
  expect(said(await Visitor.of(server).call("GET", "/me", undefined, withToken))).toBe("401 signed-out");
  expect(said(await mallory.signIn(email, secret))).toBe("401 bad-credentials");
  const again = Visitor.of(server);
  expect(await comeBack(again, await club.visit(await start(again, "club", "/channels"), name))).toBe("302 /channels");
});

test("signing in from an invitation accepts it, for who belongs nowhere else", async () => {
  const { name, email } = await person(company);
  const { id } = (await server.ask<{ organization: { id: string } }>("GET", "/me")).organization;
  const { items } = await server.ask<{ items: { userId: string; email: string }[] }>("GET", `/organizations/${id}/members`);
  await server.ask("DELETE", `/organizations/${id}/members/${items.find((one) => one.email === email)?.userId}`);
  const come = async (next: string) => {
    const browser = Visitor.of(server);
    return [await comeBack(browser, await company.visit(await start(browser, "company", next), name)), await me(browser)];
  };
  expect(await come("/")).toEqual(["302 /sign-in?problem=no-organization", undefined]);
  const others = await server.ask<{ url: string }>("POST", `/organizations/${id}/invitations`, { email: "else@longtake.test", role: "editor" });
  expect(await come(others.url), "somebody else's").toEqual(["302 /sign-in?problem=no-organization", undefined]);
  const own = await server.ask<{ url: string }>("POST", `/organizations/${id}/invitations`, { email, role: "editor" });
  expect(await come(`${own.url}?utm_source=letter`), "as mail programs write links").toEqual(["302 /", email]);
  expect(await come(own.url), "it is used up; its page says so").toEqual([`302 ${own.url}`, email]);
});

describe("an answer of a provider", () => {
  test("is of use to the browser that asked, once", async () => {
    const ann = await person(company);
    const browser = Visitor.of(server);
    const back = await company.visit(await start(browser, "company"), ann.name);
    const other = Visitor.of(server);
    expect(await comeBack(other, back), "another browser, without its half").toBe("302 /sign-in?problem=provider-expired");
    await start(other, "company");
    expect(await comeBack(other, back), "another browser, with a half of its own").toBe("302 /sign-in?problem=provider-expired");
    expect(await comeBack(browser, back)).toBe("302 /");
    expect(await comeBack(browser, back), "again").toBe("302 /sign-in?problem=provider-expired");
  });

  test("is believed only from the provider that was asked", async () => {
    const ann = await person(company);
    const browser = Visitor.of(server);
    const back = await company.visit(await start(browser, "company"), ann.name);
    const elsewhere = new URL(back.href.replace("/openid/company/", "/openid/club/"));
    expect(await comeBack(browser, elsewhere)).toBe("302 /sign-in?problem=provider-expired");

    const mixed = await company.visit(await start(browser, "company"), ann.name);
    mixed.searchParams.set("iss", club.issuer);
    expect(await comeBack(browser, mixed)).toBe("302 /sign-in?problem=provider-failed");
    const bare = await company.visit(await start(browser, "company"), ann.name);
    bare.searchParams.delete("iss");
    expect(await comeBack(browser, bare), "it always names itself").toBe("302 /sign-in?problem=provider-failed");
  });

  test("with another sign-in's code or none is refused", async () => {
    const ann = await person(company);
    const [mine, theirs] = [Visitor.of(server), Visitor.of(server)];
    const own = await company.visit(await start(mine, "company"), ann.name);
    const foreign = await company.visit(await start(theirs, "company"), ann.name);
    own.searchParams.set("code", foreign.searchParams.get("code") ?? "");
    expect(await comeBack(mine, own), "PKCE").toBe("302 /sign-in?problem=provider-failed");
    expect(said(await mine.call("GET", "/me"))).toBe("401 signed-out");
    for (const [change, problem] of [
      [(query: URLSearchParams) => query.delete("code"), "provider-refused"],
      [(query: URLSearchParams) => query.set("code", "x".repeat(3000)), "provider-failed"],
      [(query: URLSearchParams) => query.set("state", "x"), "provider-expired"],
      [(query: URLSearchParams) => query.delete("state"), "provider-expired"],
    ] as const) {
      const back = await company.visit(await start(mine, "company"), ann.name);
      change(back.searchParams);
      expect(await comeBack(mine, back)).toBe(`302 /sign-in?problem=${problem}`);
    }
  });

  test("may be no", async () => {
    const browser = Visitor.of(server);
    const back = await company.visit(await start(browser, "company"), "gives up");
    expect(back.searchParams.get("error")).toBe("access_denied");
    expect(await comeBack(browser, back)).toBe("302 /sign-in?problem=provider-refused");
  });

  test("about a second account with a known address signs in nobody", async () => {
    const ann = await person(company);
    const first = Visitor.of(server);
    expect(await comeBack(first, await company.visit(await start(first, "company"), ann.name))).toBe("302 /");
    company.accounts.set(`${ann.name}-heir`, { email: ann.email, email_verified: true });
    const heir = Visitor.of(server);
    expect(await comeBack(heir, await company.visit(await start(heir, "company"), `${ann.name}-heir`))).toBe("302 /sign-in?problem=provider-unknown");
  });
});

test("the way back leads to this site's page alone", async () => {
  for (const next of ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/api/v1/session", "/a\r\nSet-Cookie: a=b", "/\t/evil.example"]) {
    const answer = await Visitor.of(server).call("GET", `/openid/company/start?next=${encodeURIComponent(next)}`);
    expect([said(answer), answer.body.errors?.[0]?.field], next).toEqual(["400 invalid", "next"]);
  }
});

test("a provider that is away, or is none, is told so", async () => {
  expect(said(await Visitor.of(server).call("GET", "/openid/away/start"))).toBe("503 unavailable");
  expect(said(await Visitor.of(server).call("GET", "/openid/nobody/start"))).toBe("404 not-found");
  expect(said(await Visitor.of(server).call("GET", "/openid/nobody/callback?code=a&state=b"))).toBe("404 not-found");
  expect(server.output).not.toContain("a/secret");
});
