// Proving who one is: passwords, codes of an authenticator app, recovery codes, and how often they may be tried.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Visitor, fromBase32, said, totp, type Problem } from "../support/visitor.ts";
import { Server } from "../support/server.ts";

let server: Server;
beforeAll(async () => {
  server = await Server.start({ env: { LONGTAKE_HTTP_TRUSTED_PROXIES: "127.0.0.1" } });
});
afterAll(() => server?.stop());

const firstPassword = "seven quiet lamps";
let people = 0;
/** A person nobody else uses, and the address they come from, so that no test is throttled for another. */
async function person(): Promise<{ email: string; from: Record<string, string> }> {
  const n = ++people;
  const email = `person${n}@longtake.test`;
  const made = await server.command(["user", "add", email, "--role", "editor", "--password-stdin"], firstPassword);
  if (made.code !== 0) throw new Error(made.stderr);
  return { email, from: { "X-Forwarded-For": `192.0.2.${n}` } };
}

type Person = Awaited<ReturnType<typeof person>>;
function signIn(browser: Visitor, who: Person, password: string, code?: string) {
  return browser.call("POST", "/session", { email: who.email, password, ...(code ? { code } : {}) }, who.from);
}
async function signedIn(who: Person, password = firstPassword): Promise<Visitor> {
  const browser = Visitor.of(server);
  expect(said(await signIn(browser, who, password))).toBe("200");
  return browser;
}

describe("a password", () => {
  test("is changed with the present one; other sessions end and this one gets a new token", async () => {
    const ann = await person();
    const here = await signedIn(ann);
    const there = await signedIn(ann);
    const before = here.cookies.get("longtake_session");
    const next = "four unlikely garden chairs";
    const change = (present: string, password: string) =>
      here.call("POST", "/me/password", { present, password }, ann.from);

    expect(said(await change("not my password", next))).toBe("403 bad-credentials");
    const weak = await change(firstPassword, "password1234");
    expect(said(weak)).toBe("400 invalid");
    expect(weak.body.errors?.[0]?.field).toBe("password");
    const named = await change(firstPassword, `${ann.email.split("@")[0]}-2026`);
    expect(said(named), "one's own name").toBe("400 invalid");
    expect(said(await there.call("GET", "/me"))).toBe("200");

    expect(said(await change(firstPassword, next))).toBe("204");
    expect(here.cookies.get("longtake_session")).not.toBe(before);
    expect(said(await here.call("GET", "/me"))).toBe("200");
    expect(said(await there.call("GET", "/me"))).toBe("401 signed-out");
    const thief = Visitor.of(server);
    thief.cookies.set("longtake_session", before ?? "");
    expect(said(await thief.call("GET", "/me"))).toBe("401 signed-out");
    expect(said(await signIn(Visitor.of(server), ann, firstPassword))).toBe("401 bad-credentials");
    expect(said(await signIn(Visitor.of(server), ann, next))).toBe("200");
  });

  test("is not tried without end: the account waits, from wherever, and the answer says how long", async () => {
    const ann = await person();
    for (let i = 0; i < 5; ++i) {
      const from = { "X-Forwarded-For": `198.51.100.${i}` };
      const wrong = await Visitor.of(server).call("POST", "/session", { email: ann.email, password: `wrong ${i} wrong` }, from);
      expect(said(wrong)).toBe("401 bad-credentials");
    }
    // The right password is not looked at; on a slow day the first short pause may be over, the next are longer.
    let throttled = await signIn(Visitor.of(server), ann, "wrong once more");
    for (let i = 0; i < 5 && said(throttled) === "401 bad-credentials"; ++i) throttled = await signIn(Visitor.of(server), ann, "wrong once more");
    expect(said(throttled)).toBe("429 too-many");
    expect(said(await signIn(Visitor.of(server), ann, firstPassword))).toBe("429 too-many");
    expect(Number(throttled.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(throttled.body.detail).toMatch(/wait \d+ s/);
  });

  test("an address waits, for whomever it tries, an IPv6 network as one", async () => {
    let answer = "";
    for (let i = 0; i <= 20; ++i) {
      const from = { "X-Forwarded-For": `2001:db8:5:6::${i.toString(16)}` };
      answer = said(await Visitor.of(server).call("POST", "/session", { email: `nobody${i}@longtake.test`, password: "x" }, from));
      if (i < 20) expect(answer, String(i)).toBe("401 bad-credentials");
    }
    expect(answer).toBe("429 too-many");
  });

  test("many tries at once are no way around", async () => {
    const ann = await person();
    const began = Date.now();
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, i) => signIn(Visitor.of(server), ann, `wrong at once ${i}`).then(said)),
    );
    const looked = tries.filter((answer) => answer === "401 bad-credentials").length;
    expect(looked).toBeGreaterThanOrEqual(5);
    // Five, and on a slow day one more for each pause that was over meanwhile: of 2 s, 4 s, 8 s...
    const pauses = Math.floor(Math.log2((Date.now() - began) / 2000 + 1));
    expect(looked, `${pauses} pauses were over`).toBeLessThanOrEqual(5 + pauses);
    expect(tries.filter((answer) => answer === "429 too-many")).toHaveLength(12 - looked);
  });

  test("an unknown address is told no more than a wrong password is", async () => {
    const ann = await person();
    const wrong = await signIn(Visitor.of(server), ann, "not the password");
    const unknown = await Visitor.of(server).call("POST", "/session", { email: "stranger@longtake.test", password: "not the password" }, ann.from);
    expect(unknown.status).toBe(wrong.status);
    expect(unknown.body).toEqual(wrong.body);
  });
});

type Secret = { secret: string; uri: string };

describe("a second factor", () => {
  test("is turned on with a code, asked for at sign-in, and turned off with the password", async () => {
    const ann = await person();
    const browser = await signedIn(ann);
    const begin = (password: string) => browser.call<Secret & Problem>("POST", "/me/second-factor", { password }, ann.from);
    expect(said(await begin("not my password")), "a session alone is not enough").toBe("403 bad-credentials");
    expect(said(await browser.call("POST", "/me/second-factor", {}, ann.from))).toBe("400 invalid");
    const begun = await begin(firstPassword);
    expect(begun.status).toBe(200);
    expect(begun.headers.get("cache-control")).toBe("no-store");
    const { secret, uri } = begun.body;
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    const address = new URL(uri);
    expect([address.protocol, address.host, address.searchParams.get("secret")]).toEqual(["otpauth:", "totp", secret]);
    expect(decodeURIComponent(address.pathname)).toBe(`/Longtake:${ann.email}`);

    expect(said(await signIn(Visitor.of(server), ann, firstPassword)), "not before it is confirmed").toBe("200");
    const wrong = await browser.call("PUT", "/me/second-factor", { code: totp(secret, Date.now() + 3_600_000) }, ann.from);
    expect(said(wrong)).toBe("400 invalid");
    const used = totp(secret);
    const on = await browser.call<{ codes: string[] }>("PUT", "/me/second-factor", { code: used }, ann.from);
    expect(on.status, JSON.stringify(on.body)).toBe(200);
    const recovery = on.body.codes;
    expect(new Set(recovery).size).toBe(10);
    expect(said(await begin(firstPassword)), "on already").toBe("409 conflict");

    expect(said(await signIn(Visitor.of(server), ann, "not my password"))).toBe("401 bad-credentials");
    expect(said(await signIn(Visitor.of(server), ann, firstPassword))).toBe("401 second-factor");
    expect(said(await signIn(Visitor.of(server), ann, firstPassword, "000000"))).toBe("401 second-factor");
    expect(said(await signIn(Visitor.of(server), ann, firstPassword, used)), "a code that was used").toBe("401 second-factor");
    // The step after: a clock may be half a minute ahead.
    const next = totp(secret, Date.now() + 30_000);
    expect(said(await signIn(Visitor.of(server), ann, firstPassword, next))).toBe("200");
    expect(said(await signIn(Visitor.of(server), ann, firstPassword, next)), "and again").toBe("401 second-factor");
    expect(said(await signIn(Visitor.of(server), ann, firstPassword, recovery[0]?.toUpperCase()))).toBe("200");
    expect(said(await signIn(Visitor.of(server), ann, firstPassword, recovery[0])), "a recovery code, again").toBe("401 second-factor");

    const left = async () => (await browser.call("GET", "/me/second-factor", undefined, ann.from)).body;
    expect(await left()).toEqual({ on: true, codesLeft: 9 });
    const renew = (password: string) => browser.call<{ codes: string[] } & Problem>("POST", "/me/second-factor/codes", { password }, ann.from);
    expect(said(await renew("not my password"))).toBe("403 bad-credentials");
    expect(await left()).toEqual({ on: true, codesLeft: 9 });
    const renewed = await renew(firstPassword);
    expect(renewed.headers.get("cache-control")).toBe("no-store");
    expect(renewed.body.codes).toHaveLength(10);
    expect(said(await signIn(Visitor.of(server), ann, firstPassword, recovery[1])), "one of before").toBe("401 second-factor");
    expect(said(await signIn(Visitor.of(server), ann, firstPassword, renewed.body.codes[1]))).toBe("200");
    expect(await left()).toEqual({ on: true, codesLeft: 9 });

    const off = (password: string) => browser.call("POST", "/me/second-factor/off", { password }, ann.from);
    expect(said(await off("not my password"))).toBe("403 bad-credentials");
    expect(said(await off(firstPassword))).toBe("204");
    expect(await left()).toEqual({ on: false, codesLeft: 0 });
    expect(said(await renew(firstPassword)), "nothing to recover").toBe("409 conflict");
    expect(said(await signIn(Visitor.of(server), ann, firstPassword))).toBe("200");
  });

  test("its codes are not tried without end", async () => {
    const ann = await person();
    const browser = await signedIn(ann);
    const { secret } = (await browser.call<Secret>("POST", "/me/second-factor", { password: firstPassword }, ann.from)).body;
    expect((await browser.call("PUT", "/me/second-factor", { code: totp(secret) }, ann.from)).status).toBe(200);
    const tries: string[] = [];
    for (let i = 0; i < 10 && tries.at(-1) !== "429 too-many"; ++i) tries.push(said(await signIn(Visitor.of(server), ann, firstPassword, `00000${i}`)));
    expect(tries.length).toBeGreaterThanOrEqual(6);
    expect(tries).toEqual([...Array<string>(tries.length - 1).fill("401 second-factor"), "429 too-many"]);
  });

  test("that is lost with all its codes is turned off by a command", async () => {
    const ann = await person();
    const browser = await signedIn(ann);
    const { secret } = (await browser.call<Secret>("POST", "/me/second-factor", { password: firstPassword }, ann.from)).body;
    expect((await browser.call("PUT", "/me/second-factor", { code: totp(secret) }, ann.from)).status).toBe(200);
    expect(said(await signIn(Visitor.of(server), ann, firstPassword))).toBe("401 second-factor");
    const off = await server.command(["user", "second-factor-off", ann.email]);
    expect([off.code, off.stdout.toString()]).toEqual([0, `${ann.email} signs in with the password alone now\n`]);
    expect(said(await signIn(Visitor.of(server), ann, firstPassword))).toBe("200");
    expect((await server.command(["user", "second-factor-off", "nobody@longtake.test"])).stderr).toBe("longtake: there is no person nobody@longtake.test\n");
  });

  test("its secret rests sealed, and recovery codes as hashes", async () => {
    const ann = await person();
    const browser = await signedIn(ann);
    const { secret } = (await browser.call<Secret>("POST", "/me/second-factor", { password: firstPassword }, ann.from)).body;
    const codes = (await browser.call<{ codes: string[] }>("PUT", "/me/second-factor", { code: totp(secret) }, ann.from)).body.codes;
    const rows = [`${server.data}/longtake.db`, `${server.data}/longtake.db-wal`].map((file) => readFileSync(file).toString("latin1")).join("");
    expect(rows).toContain(ann.email);
    for (const text of [secret, fromBase32(secret).toString("latin1"), ...codes, ...codes.map((code) => code.replaceAll("-", ""))]) expect(rows).not.toContain(text);
    expect(server.output).not.toContain(secret);
  });
});

test("an API token changes neither password nor second factor", async () => {
  const ann = await person();
  const token = (await server.command(["token", "add", "--user", ann.email, "--name", "t"])).stdout.toString().trim();
  const program = new Visitor(server.url, null);
  const call = (method: string, path: string, body?: unknown) =>
    program.call(method, path, body, { ...ann.from, Authorization: `Bearer ${token}` });
  expect(said(await call("GET", "/me"))).toBe("200");
  expect(said(await call("POST", "/me/second-factor", { password: firstPassword }))).toBe("403 forbidden");
  expect(said(await call("PUT", "/me/second-factor", { code: "000000" }))).toBe("403 forbidden");
  expect(said(await call("PATCH", "/me", { name: "Somebody else" }))).toBe("403 forbidden");
  expect(said(await call("POST", "/me/second-factor/off", { password: firstPassword }))).toBe("403 forbidden");
  expect(said(await call("POST", "/me/password", { present: firstPassword, password: "another long password" }))).toBe("403 forbidden");
});

test("behind TLS the cookie is of this host and of TLS alone", async () => {
  const ann = await person();
  const tls = { ...ann.from, "X-Forwarded-Proto": "https" };
  const browser = new Visitor(server.url, server.url.replace("http:", "https:"));
  const answer = await browser.call("POST", "/session", { email: ann.email, password: firstPassword }, tls);
  const [cookie = "", hint = ""] = answer.headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-longtake_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/);
  expect(hint).toMatch(/^longtake_signed_in=1; Path=\/; SameSite=Lax; Max-Age=\d+; Secure$/);
  expect(said(await browser.call("GET", "/me", undefined, tls))).toBe("200");
  const token = browser.cookies.get("__Host-longtake_session") ?? "";
  browser.cookies.clear();
  browser.cookies.set("longtake_session", token);
  expect(said(await browser.call("GET", "/me", undefined, tls)), "a cookie a neighbour could have set").toBe("401 signed-out");
});
