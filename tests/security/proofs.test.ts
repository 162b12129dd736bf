// What proves something can neither be guessed by trying nor used when it is old, changed or used up.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../support/process.ts";
import { Server, addChannel, type Channel } from "../support/server.ts";
import { MailServer } from "../support/smtp.ts";
import { makeFootage } from "../support/sources.ts";
import { Visitor, said, totp, type Problem } from "../support/visitor.ts";

type Link = { url: string; expiresAt: string };

const secret = "seven quiet lamps";
let mail: MailServer;
let server: Server;
let channel: Channel;
let other: Channel;
let dying: Link;
let people = 0;

beforeAll(async () => {
  mail = await MailServer.start();
  server = await Server.start({
    env: {
      LONGTAKE_HTTP_TRUSTED_PROXIES: "127.0.0.1",
      LONGTAKE_LOG_LEVEL: "debug",
      LONGTAKE_SITE_URL: "https://tv.longtake.test",
      LONGTAKE_MAIL_SERVER: mail.url,
      LONGTAKE_MAIL_FROM: "no-reply@longtake.test",
      LONGTAKE_MAIL_STARTTLS: "false",
    },
  });
  channel = await addChannel(server, "one", "http://127.0.0.1:9/a.ts", { start: false });
  other = await addChannel(server, "other", "http://127.0.0.1:9/b.ts", { start: false });
  const footage = await makeFootage("fuzzed.mp4", { seconds: 8, size: "320x180", audio: "aac" });
  await server.halt();
  for (const name of ["one", "other"]) {
    const imported = await server.command(["import", name, footage, "--at", "2026-11-20T10:00:00Z"]);
    if (imported.code !== 0) throw new Error(imported.stderr);
  }
  await server.resume();
  dying = await link({ expiresInSeconds: 60 });
});
afterAll(async () => {
  await server?.stop();
  await mail?.stop();
});

const from = "2026-11-20T10:00:01Z";
const to = "2026-11-20T10:00:03Z";
const link = (more: object = {}) => server.ask<Link>("POST", `/channels/${channel.id}/links`, { view: "video.mp4", from, to, ...more });
const open = async (path: string) => {
  const answer = await fetch(new URL(path, server.url));
  const text = Buffer.from(await answer.arrayBuffer()).toString("latin1");
  return { status: answer.status, text };
};

async function person(): Promise<{ email: string; visitor: Visitor; headers: Record<string, string> }> {
  const n = ++people;
  const email = `proving${n}@longtake.test`;
  const made = await server.command(["user", "add", email, "--role", "editor", "--password-stdin"], secret);
  if (made.code !== 0) throw new Error(made.stderr);
  const visitor = Visitor.of(server);
  const headers = { "X-Forwarded-For": `192.0.2.${n}` };
  expect(said(await visitor.call("POST", "/session", { email, password: secret }, headers))).toBe("200");
  return { email, visitor, headers };
}

describe("a guess", () => {
  type Guess = (i: number) => Promise<string>;
  const guesses: [what: string, wrong: RegExp, make: () => Promise<Guess>][] = [
    ["a password", /^401/, async () => {
      const { email, headers } = await person();
      return async (i) => said(await Visitor.of(server).call("POST", "/session", { email, password: `wrong number ${i}` }, headers));
    }],
    ["a password, from everywhere", /^401/, async () => {
      const { email } = await person();
      return async (i) => said(await Visitor.of(server).call("POST", "/session", { email, password: `wrong number ${i}` }, { "X-Forwarded-For": `198.51.100.${i}` }));
    }],
    ["passwords of many, from one place", /^401/, async () => async (i) => said(await Visitor.of(server).call("POST", "/session", { email: `nobody${i}@longtake.test`, password: "wrong number" }, { "X-Forwarded-For": "203.0.113.7" }))],
    ["the present password", /^403/, async () => {
      const { visitor, headers } = await person();
      return async (i) => said(await visitor.call("POST", "/me/password", { present: `wrong number ${i}`, password: "four unlikely garden chairs" }, headers));
    }],
    ["the password against a second factor", /^403/, async () => {
      const { visitor, headers } = await person();
      return async (i) => said(await visitor.call("POST", "/me/second-factor/off", { password: `wrong number ${i}` }, headers));
    }],
    ["the password for a second factor", /^403/, async () => {
      const { visitor, headers } = await person();
      return async (i) => said(await visitor.call("POST", "/me/second-factor", { password: `wrong number ${i}` }, headers));
    }],
    ["the password for recovery codes", /^403/, async () => {
      const { visitor, headers } = await person();
      return async (i) => said(await visitor.call("POST", "/me/second-factor/codes", { password: `wrong number ${i}` }, headers));
    }],
    ["a code, at sign-in", /^401/, async () => {
      const { email, visitor, headers } = await person();
      const begun = (await visitor.call<{ secret: string }>("POST", "/me/second-factor", { password: secret }, headers)).body.secret;
      expect((await visitor.call("PUT", "/me/second-factor", { code: totp(begun) }, headers)).status).toBe(200);
      return async (i) => said(await Visitor.of(server).call("POST", "/session", { email, password: secret, code: `9${String(i).padStart(5, "0")}` }, headers));
    }],
    ["a code, to turn a second factor on", /^400/, async () => {
      const { visitor, headers } = await person();
      expect((await visitor.call("POST", "/me/second-factor", { password: secret }, headers)).status).toBe(200);
      return async (i) => said(await visitor.call("PUT", "/me/second-factor", { code: `9${String(i).padStart(5, "0")}` }, headers));
    }],
    ["a link for a new password", /^404/, async () => async (i) => said(await Visitor.of(server).call("POST", `/password-resets/${"A".repeat(40)}${i}`, { password: "four unlikely garden chairs" }, { "X-Forwarded-For": "203.0.113.8" }))],
    ["a PIN", /^401/, async () => {
      const made = await server.ask<{ url: string }>("POST", "/shares", { channelId: channel.id, from, to, pin: "2468" });
      return async (i) => said(await Visitor.of(server).call("POST", made.url.replace("/s/", "/shared/"), { pin: `11${String(i).padStart(2, "0")}` }, { "X-Forwarded-For": "203.0.113.9" }));
    }],
  ];

  test.each(guesses)("at %s has to wait before long", async (what, wrong, make) => {
    const guess = await make();
    const answers: string[] = [];
    while (answers.length < 60 && answers.at(-1) !== "429 too-many") answers.push(await guess(answers.length));
    expect(answers.at(-1), `${what}: ${answers.join(", ")}`).toBe("429 too-many");
    expect(answers.length, what).toBeLessThan(40);
    for (const answer of answers.slice(0, -1)) expect(answer, what).toMatch(wrong);
  });
});

describe("a signed link", () => {
  test("opens what it says", async () => {
    expect((await open((await link()).url)).status).toBe(200);
  });

  test("opens nothing when a letter of it is another", async () => {
    const { url } = await link();
    const start = url.indexOf("?") + 1;
    const letters = fc.constantFrom(..."ABCXYZabcxyz0189-_.%&=+:");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: start, max: url.length - 1 }), letters, fc.constantFrom("replace", "insert", "remove"), async (at, letter, how) => {
        const changed = url.slice(0, at) + (how === "remove" ? "" : letter) + url.slice(how === "insert" ? at : at + 1);
        const same = new URLSearchParams(changed.slice(start)).toString() === new URLSearchParams(url.slice(start)).toString();
        fc.pre(!same);
        const answer = await open(changed);
        const instants = (one: string) => ["from", "to"].map((name) => Date.parse(new URLSearchParams(one.slice(start)).get(name) ?? ""));
        // Another way to write the same instants is the same link; whatever else it is, it is refused.
        const rewritten = instants(changed).join() === instants(url).join() && ["expires", "signature"].every((name) => new URLSearchParams(changed.slice(start)).get(name) === new URLSearchParams(url.slice(start)).get(name));
        if (!rewritten) expect([400, 401, 403], `${changed}: ${answer.text.slice(0, 200)}`).toContain(answer.status);
      }),
      { numRuns: 300, seed: 20261121 },
    );
  });

  test("opens no other channel, view or moment", async () => {
    const { url } = await link();
    for (const changed of [
      url.replace(`/channels/${channel.id}/`, `/channels/${other.id}/`),
      url.replace("/video.mp4", "/media.mp4"),
      url.replace("/video.mp4", "/hls/master.m3u8"),
      url.replace("/video.mp4", "/timeline"),
      url.replace("/video.mp4", ""),
      url.replace(encodeURIComponent(from), encodeURIComponent("2026-11-20T10:00:00Z")).replace(from, "2026-11-20T10:00:00Z"),
      url.replace(encodeURIComponent(to), encodeURIComponent("2026-11-20T10:00:08Z")).replace(to, "2026-11-20T10:00:08Z"),
      url.replace(/expires=\d+/, "expires=99999999999"),
      url.replace(/&?signature=[^&]*/, ""),
      url.replace(/&?expires=[^&]*/, ""),
    ]) {
      expect(changed).not.toBe(url);
      expect([400, 401, 403], changed).toContain((await open(changed)).status);
    }
    for (const method of ["POST", "DELETE", "PATCH"]) {
      const answer = await fetch(new URL(url.replace("/video.mp4", ""), server.url), { method });
      expect([401, 403, 405]).toContain(answer.status);
    }
  });

  test("does not work with a signature of another", async () => {
    const [one, two] = [await link(), await link({ to: "2026-11-20T10:00:04Z" })];
    const signature = (url: string) => new URL(url, server.url).searchParams.get("signature") ?? "";
    expect(signature(one.url)).not.toBe(signature(two.url));
    const mixed = new URL(one.url, server.url);
    mixed.searchParams.set("signature", signature(two.url));
    expect((await open(mixed.pathname + mixed.search)).status).toBe(403);
  });

  test("is used up by time", async () => {
    const ended = await waitFor("the link to end", async () => {
      const answer = await open(dying.url);
      return answer.status === 200 ? undefined : answer;
    }, { timeoutMs: 90_000, everyMs: 500 });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(dying.expiresAt));
    expect((JSON.parse(ended.text) as Problem).type).toBe("urn:longtake:link-ended");
  });
});

test("a link for a new password works once", async () => {
  const { email } = await person();
  const n = mail.letters.length + 1;
  expect(said(await Visitor.of(server).call("POST", "/password-resets", { email }))).toBe("202");
  const token = (await mail.letter(n)).text.match(/password-reset\/([\w-]{43})/)?.[1] ?? "";
  const use = () => Visitor.of(server).call("POST", `/password-resets/${token}`, { password: "four unlikely garden chairs" });
  expect((await Promise.all([use(), use(), use()])).map(said).sort()).toEqual(["200", "404 not-found", "404 not-found"]);
  expect(said(await use())).toBe("404 not-found");
  expect(server.output).toContain("/password-resets/{token}");
  expect(server.output).not.toContain(token);
});
