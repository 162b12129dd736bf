// E-mail: a forgotten password is replaced by a link, and what mail servers do wrong harms nobody.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../support/process.ts";
import { Server, longtake } from "../support/server.ts";
import { MailServer, makeCertificate, type Certificate } from "../support/smtp.ts";
import { Visitor, said } from "../support/visitor.ts";

const site = "https://tv.longtake.test";
const firstPassword = "seven quiet lamps";
const nextPassword = "four unlikely garden chairs";
const from = { "X-Forwarded-For": "192.0.2.1" };

function mailSettings(mail: MailServer, more: Record<string, string> = {}): Record<string, string> {
  return {
    LONGTAKE_SITE_URL: `${site}/`,
    LONGTAKE_MAIL_SERVER: mail.url,
    LONGTAKE_MAIL_FROM: "Longtake <no-reply@longtake.test>",
    LONGTAKE_HTTP_TRUSTED_PROXIES: "127.0.0.1",
    ...more,
  };
}

function ask(server: Server, address: string, headers: Record<string, string> = from) {
  return Visitor.of(server).call("POST", "/password-resets", { email: address }, headers);
}

function linkOf(text: string): string {
  return text.match(new RegExp(`^${site}/password-reset/([\\w-]{43})$`, "m"))?.[1] ?? "";
}

describe("a forgotten password", () => {
  let mail: MailServer;
  let certificate: Certificate;
  let server: Server;
  let people = 0;

  beforeAll(async () => {
    certificate = await makeCertificate();
    mail = await MailServer.start({ certificate, login: { user: "desk", password: "post office" } });
    server = await Server.start({
      env: mailSettings(mail, {
        LONGTAKE_MAIL_USER: "desk",
        LONGTAKE_MAIL_PASSWORD: "post office",
        LONGTAKE_MAIL_CA_FILE: certificate.certFile,
      }),
    });
  });
  afterAll(async () => {
    await server?.stop();
    await mail?.stop();
    certificate?.remove();
  });

  async function person(): Promise<string> {
    const address = `forgetful${++people}@longtake.test`;
    const made = await server.command(["user", "add", address, "--role", "editor", "--password-stdin"], firstPassword);
    if (made.code !== 0) throw new Error(made.stderr);
    return address;
  }

  test("is replaced by a link that works once; sessions end", async () => {
    const address = await person();
    const open = Visitor.of(server);
    await open.signIn(address, firstPassword);
    expect((await Visitor.of(server).call<{ passwordReset: boolean }>("GET", "/sign-in-options")).body.passwordReset).toBe(true);

    const n = mail.letters.length + 1;
    expect(said(await ask(server, address.toUpperCase()))).toBe("202");
    const letter = await mail.letter(n);
    expect([letter.from, letter.to, letter.tls, letter.user]).toEqual(["no-reply@longtake.test", [address], true, "desk"]);
    expect(letter.headers.get("from")).toBe('"Longtake" <no-reply@longtake.test>');
    expect(letter.headers.get("subject")).toMatch(/password/);
    expect(letter.headers.get("message-id")).toMatch(/^<[0-9a-f]{24}@longtake\.test>$/);
    expect(new Date(letter.headers.get("date") ?? "").getTime()).toBeGreaterThan(Date.now() - 120_000);
    const token = linkOf(letter.text);
    expect(token).not.toBe("");

    const page = Visitor.of(server);
    const weak = await page.call("POST", `/password-resets/${token}`, { password: "password1234" });
    expect([said(weak), weak.body.errors?.[0]?.field]).toEqual(["400 invalid", "password"]);
    expect(said(await page.call("POST", `/password-resets/${token}`, { password: nextPassword }))).toBe("200");
    expect(said(await page.call("POST", `/password-resets/${token}`, { password: nextPassword }))).toBe("404 not-found");
    expect(said(await open.call("GET", "/me"))).toBe("401 signed-out");
    expect(said(await Visitor.of(server).signIn(address, firstPassword))).toBe("401 bad-credentials");
    expect(said(await Visitor.of(server).signIn(address, nextPassword))).toBe("200");
    expect(server.output).not.toContain(token);
    expect(server.output).not.toContain("post office");
  });

  test("a newer link ends the older, and the Host of the request is not believed", async () => {
    const address = await person();
    const n = mail.letters.length + 1;
    const headers = { ...from, "X-Forwarded-For": "192.0.2.9", "X-Forwarded-Host": "evil.example" };
    expect(said(await ask(server, address, headers))).toBe("202");
    const older = linkOf((await mail.letter(n)).text);
    expect(said(await ask(server, address, headers))).toBe("202");
    const newer = linkOf((await mail.letter(n + 1)).text);
    expect(newer).not.toBe(older);
    const set = (token: string) => Visitor.of(server).call("POST", `/password-resets/${token}`, { password: nextPassword });
    expect(said(await set(older))).toBe("404 not-found");
    expect(said(await set(newer))).toBe("200");
  });

  test("nobody is told who has an account, and nobody's mailbox is filled", async () => {
    const address = await person();
    const n = mail.letters.length;
    const other = { "X-Forwarded-For": "192.0.2.10" };
    const unknown = await ask(server, "stranger@longtake.test", other);
    expect([said(unknown), unknown.body]).toEqual(["202", ""]);
    const known: string[] = [];
    for (let i = 0; i < 4; ++i) known.push(said(await ask(server, address, other)));
    expect(known).toEqual(["202", "202", "202", "429 too-many"]);
    await mail.letter(n + 3);
    expect(mail.letters.slice(n).map((letter) => letter.to)).toEqual(Array(3).fill([address]));
  });

  test("links are not tried without end", async () => {
    const other = { "X-Forwarded-For": "192.0.2.11" };
    let answer = "";
    for (let i = 0; i <= 20; ++i) {
      answer = said(await Visitor.of(server).call("POST", `/password-resets/${"A".repeat(40)}${i}`, { password: nextPassword }, other));
      if (i < 20) expect(answer).toBe("404 not-found");
    }
    expect(answer).toBe("429 too-many");
  });

  test("another site's page asks for nothing", async () => {
    const evil = Visitor.of(server, "https://evil.example");
    expect(said(await evil.call("POST", "/password-resets", { email: "a@b" }))).toBe("403 forbidden");
    expect(said(await evil.call("POST", "/password-resets/x", { password: nextPassword }))).toBe("403 forbidden");
  });
});

describe("a mail server", () => {
  async function served(mail: MailServer, env: Record<string, string>, run: (server: Server) => Promise<void>): Promise<void> {
    const server = await Server.start({ env: mailSettings(mail, env) });
    try {
      await run(server);
    } finally {
      await server.stop();
      await mail.stop();
    }
  }
  const tester = "tester@longtake.test";
  const plain = { LONGTAKE_MAIL_STARTTLS: "false" };

  test("that is busy is tried again", async () => {
    const mail = await MailServer.start();
    mail.troubles.push(451);
    await served(mail, plain, async (server) => {
      expect(said(await ask(server, tester))).toBe("202");
      expect((await mail.letter(1)).tls).toBe(false);
      expect(server.output).toMatch(/mail is tried again/);
    });
  });

  test("that refuses for good is not asked again", async () => {
    const mail = await MailServer.start();
    mail.troubles.push(550);
    await served(mail, plain, async (server) => {
      expect(said(await ask(server, tester))).toBe("202");
      await waitFor("the refusal in the log", () => /mail not sent .*refuses the message \(550\)/.test(server.output));
      expect(said(await ask(server, tester))).toBe("202");
      await mail.letter(1);
      expect(mail.connections).toBe(2);
    });
  });

  test("that says nothing holds up neither answers nor the end", async () => {
    const mail = await MailServer.start();
    mail.troubles.push("silence");
    await served(mail, plain, async (server) => {
      expect(said(await ask(server, tester))).toBe("202");
      await waitFor("the connection", () => mail.connections === 1);
      expect(said(await server.call("GET", "/me"))).toBe("200");
      expect((await server.halt())?.code).toBe(0);
    });
  });

  test("without TLS, or with a certificate nobody knows, is sent nothing", async () => {
    const bare = await MailServer.start();
    await served(bare, {}, async (server) => {
      expect(said(await ask(server, tester))).toBe("202");
      await waitFor("the reason in the log", () => /offers no TLS/.test(server.output));
      expect(bare.letters).toEqual([]);
    });
    const certificate = await makeCertificate();
    const strange = await MailServer.start({ certificate });
    await served(strange, {}, async (server) => {
      expect(said(await ask(server, tester))).toBe("202");
      await waitFor("the reason in the log", () => /certificate of the mail server .* is not valid/.test(server.output));
      expect(strange.letters).toEqual([]);
    });
    certificate.remove();
  });

  test("none: nothing is offered, and the settings say what is missing", async () => {
    const server = await Server.start();
    try {
      expect((await server.ask<{ passwordReset: boolean }>("GET", "/sign-in-options")).passwordReset).toBe(false);
      expect(said(await ask(server, tester, {}))).toBe("404 not-found");
    } finally {
      await server.stop();
    }
    const told = async (...settings: string[]) => (await longtake(["serve", ...settings.flatMap((s) => ["--set", s])])).stderr;
    expect(await told("mail.server=smtp://mail.example", "mail.from=a@b")).toMatch(/^longtake: mail\.server needs site\.url/);
    expect(await told("mail.server=mail.example", "site.url=https://a")).toMatch(/^longtake: mail\.server: 'mail\.example'/);
    expect(await told("site.url=ftp://a")).toMatch(/^longtake: site\.url: 'ftp:\/\/a'/);
  });
});
