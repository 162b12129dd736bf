// What another site's page, a neighbour's cookie or a curious frame can do with a person's browser: nothing.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations, type Operation } from "../support/openapi.ts";
import { temporaryFolder } from "../support/process.ts";
import { Server, email, password } from "../support/server.ts";
import { Visitor, said } from "../support/visitor.ts";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const page = temporaryFolder();
let server: Server;

beforeAll(async () => {
  mkdirSync(join(page.path, "assets"));
  writeFileSync(join(page.path, "index.html"), "<!doctype html><title>Longtake</title>");
  writeFileSync(join(page.path, "assets/a.js"), "export {};");
  server = await Server.start({ env: { LONGTAKE_WEB: page.path, LONGTAKE_HTTP_TRUSTED_PROXIES: "127.0.0.1", LONGTAKE_INGEST_OPEN_TIMEOUT_MS: "300" } });
});
afterAll(async () => {
  await server?.stop();
  page.remove();
});

async function signedIn(): Promise<Visitor> {
  const visitor = Visitor.of(server);
  expect(said(await visitor.signIn(email, password))).toBe("200");
  return visitor;
}

/** What a link opens for anybody who has it, with no session to borrow. */
const withoutSession = new Set(["openShared"]);
const writes = operations.filter((one) => !["GET", "HEAD"].includes(one.method) && !withoutSession.has(one.id));
const pathOf = (one: Operation) => one.path.replace(/\{(\w+)\}/g, "1");

describe("a write from another site's page", () => {
  const elsewhere: Record<string, string>[] = [
    { Origin: "https://evil.example" },
    { Origin: "null" },
    { Referer: "https://evil.example/page" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
  ];

  test.each(writes.map((one) => [one.id, one] as const))("%s is refused", async (_, one) => {
    const victim = await signedIn();
    for (const headers of [...elsewhere, { Origin: server.url.replace(/:\d+$/, "") }, { Origin: `${server.url}.evil.example` }]) {
      for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
        const answer = await fetch(`${server.url}/api/v1${pathOf(one)}`, {
          method: one.method,
          headers: { ...headers, Cookie: `longtake_session=${victim.cookies.get("longtake_session")}`, ...(one.body ? { "Content-Type": type } : {}) },
          ...(one.body ? { body: "{}" } : {}),
        });
        expect(answer.status, `${one.id} ${JSON.stringify(headers)} ${type}: ${await answer.text()}`).toBe(403);
        expect(answer.headers.getSetCookie()).toEqual([]);
        expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
      }
    }
    expect(said(await victim.call("GET", "/me")), "still signed in").toBe("200");
  });

  test("nor is it let in by a preflight", async () => {
    const answer = await fetch(`${server.url}/api/v1/channels`, {
      method: "OPTIONS",
      headers: { Origin: "https://evil.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type" },
    });
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });

  test("is not made a right one by a body that is no JSON", async () => {
    const visitor = await signedIn();
    const answer = await visitor.fetch("/api/v1/channels", { method: "POST", headers: { "Content-Type": "text/plain" }, body: '{"name":"x","source":{"url":"http://127.0.0.1:9/a.ts"}}' });
    expect(answer.status).toBe(415);
  });
});

describe("a session", () => {
  const planted = "A".repeat(43);

  test("is never one that came with the browser", async () => {
    const victim = Visitor.of(server);
    victim.cookies.set("longtake_session", planted);
    expect(said(await victim.call("GET", "/me"))).toBe("401 signed-out");
    expect(said(await victim.signIn(email, password))).toBe("200");
    expect(victim.cookies.get("longtake_session")).not.toBe(planted);
    const attacker = Visitor.of(server);
    attacker.cookies.set("longtake_session", planted);
    expect(said(await attacker.call("GET", "/me"))).toBe("401 signed-out");
  });

  test("of the attacker does not become the victim's by a sign-in over it", async () => {
    const attacker = await signedIn();
    const shared = attacker.cookies.get("longtake_session") ?? "";
    const victim = Visitor.of(server);
    victim.cookies.set("longtake_session", shared);
    expect(said(await victim.signIn(email, password))).toBe("200");
    expect(victim.cookies.get("longtake_session")).not.toBe(shared);
    expect(said(await attacker.call("GET", "/me"))).toBe("401 signed-out");
  });

  test("is over when it is signed out, whoever kept its cookie", async () => {
    const visitor = await signedIn();
    const kept = visitor.cookies.get("longtake_session") ?? "";
    expect(said(await visitor.call("DELETE", "/session"))).toBe("204");
    expect(visitor.cookies.has("longtake_session")).toBe(false);
    const again = Visitor.of(server);
    again.cookies.set("longtake_session", kept);
    expect(said(await again.call("GET", "/me"))).toBe("401 signed-out");
  });

  test("is told by its whole token and nothing near it", async () => {
    const visitor = await signedIn();
    const token = visitor.cookies.get("longtake_session") ?? "";
    for (const near of [token.slice(0, -1), `${token}A`, token.toLowerCase(), token.toUpperCase(), `${token.slice(0, -1)}!`, "", `'${token}'`, `${token}' or '1'='1`]) {
      const other = Visitor.of(server);
      other.cookies.set("longtake_session", near);
      expect(said(await other.call("GET", "/me")), near).toBe("401 signed-out");
      const program = await new Visitor(server.url, null).call("GET", "/me", undefined, { Authorization: `Bearer ${near}` });
      expect(said(program), near).toBe("401 signed-out");
    }
  });

  test("has a cookie no script reads and no other site sends along with a write", async () => {
    const answer = await Visitor.of(server).signIn(email, password);
    const [session = "", hint = "", ...more] = answer.headers.getSetCookie();
    expect(session).toMatch(/^longtake_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    expect(hint, "says that somebody is signed in, and no more").toMatch(/^longtake_signed_in=1; Path=\/; SameSite=Lax; Max-Age=\d+$/);
    expect(more).toEqual([]);
  });

  test("opens nothing by the hint alone, which goes with the session", async () => {
    const visitor = Visitor.of(server);
    await visitor.signIn(email, password);
    expect(visitor.cookies.get("longtake_signed_in")).toBe("1");
    const other = Visitor.of(server);
    other.cookies.set("longtake_signed_in", "1");
    expect(said(await other.call("GET", "/me"))).toBe("401 signed-out");
    await visitor.call("DELETE", "/session");
    expect([...visitor.cookies.keys()]).toEqual([]);
  });
});

describe("every answer", () => {
  const tls = { "X-Forwarded-Proto": "https" };

  test.each([
    ["the page", "/"],
    ["an address of the page", "/channels"],
    ["a script", "/assets/a.js"],
    ["an answer", "/api/v1/sign-in-options"],
    ["a refusal", "/api/v1/me"],
    ["nothing", "/api/v1/nothing"],
    ["a missing file", "/missing.js"],
  ])("%s says what browsers must know", async (_, path) => {
    const answer = await fetch(`${server.url}${path}`);
    const text = await answer.text();
    const header = (name: string) => answer.headers.get(name);
    expect(header("x-content-type-options")).toBe("nosniff");
    expect(header("referrer-policy")).toBe("same-origin");
    expect(header("cross-origin-resource-policy")).toBe("same-origin");
    expect(header("strict-transport-security")).toBeNull();
    expect(header("server")).toBeNull();
    expect(header("x-powered-by")).toBeNull();
    const type = header("content-type") ?? "";
    const rules = header("content-security-policy") ?? "";
    if (type.startsWith("text/html")) {
      for (const rule of ["default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"]) expect(rules).toContain(rule);
      expect(rules).not.toMatch(/script-src[^;]*unsafe|default-src[^;]*unsafe/);
      expect(header("x-frame-options")).toBe("DENY");
      expect(header("cross-origin-opener-policy")).toBe("same-origin");
      expect(header("permissions-policy")).toContain("camera=()");
    } else if (type.includes("json")) {
      expect(rules).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(header("cache-control")).toBe("no-store");
    }
    expect(text).not.toContain(page.path);
    const safe = await fetch(`${server.url}${path}`, { headers: tls });
    await safe.arrayBuffer();
    expect(safe.headers.get("strict-transport-security")).toMatch(/^max-age=\d{8}$/);
  });
});
