// The own account, as a person uses it: another password, a code from the phone beside it, and the way back in
// when one or the other is lost. A real server, real letters, a real browser.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { email, password, Server } from "../support/server.ts";
import { MailServer, makeCertificate, type Certificate } from "../support/smtp.ts";
import { totp } from "../support/visitor.ts";
import { complaintsOfAxe, expectRefusals, openBrowser, openContext, overflow, signIn, until } from "./browser.ts";

const first = "seven quiet lamps";
const second = "four unlikely garden chairs";
const address = "anna@longtake.test";
const site = "https://tv.longtake.test";

let server: Server;
let mail: MailServer;
let certificate: Certificate;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  certificate = await makeCertificate();
  mail = await MailServer.start({ certificate });
  server = await Server.start({
    env: {
      LONGTAKE_SITE_URL: site,
      LONGTAKE_MAIL_SERVER: mail.url,
      LONGTAKE_MAIL_FROM: "no-reply@longtake.test",
      LONGTAKE_MAIL_CA_FILE: certificate.certFile,
    },
  });
  const made = await server.command(["user", "add", address, "--role", "editor", "--password-stdin"], first);
  expect(made.code, made.stderr).toBe(0);
  browser = await openBrowser();
  page = await (await openContext(browser, errors)).newPage();
  await signIn(page, server.url, address, first);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await mail?.stop();
  certificate?.remove();
});

afterEach(() => expect(errors.splice(0), "the browser's complaints").toEqual([]));

const strength = () => page.getByTestId("strength").getAttribute("data-strength");

async function signOut(): Promise<void> {
  await page.getByTestId("account-menu").click();
  await page.getByTestId("sign-out").click();
  await page.getByTestId("sign-in-form").waitFor();
}

async function typePassword(secret: string): Promise<void> {
  await page.getByTestId("email").fill(address);
  await page.getByTestId("password").fill(secret);
  await page.getByTestId("sign-in-submit").click();
}

/** A code that is good for some seconds more. */
async function freshCode(secret: string, stepsAgo = 0): Promise<string> {
  await until("time left in this step", () => Promise.resolve(Date.now() % 30_000 < 25_000));
  return totp(secret, Date.now() - stepsAgo * 30_000);
}

const signedIn = () => page.getByTestId("account-menu").and(page.locator("[aria-label=Account]")).waitFor();

test("the focus follows to the page that was gone to, and the name is one's own to choose", async () => {
  await page.getByTestId("account-menu").click();
  await page.getByTestId("my-account").click();
  await page.getByTestId("account").waitFor();
  await until("the focus", () => page.evaluate(() => document.activeElement?.id === "main"));
  await page.getByTestId("change-name").click();
  expect(await page.getByTestId("own-name").evaluate((field) => field === document.activeElement)).toBe(true);
  await page.getByTestId("own-name").fill("Anna Keller");
  expect(await complaintsOfAxe(page)).toEqual([]);
  await page.getByTestId("save-name").click();
  await until("the name", async () => (await page.getByTestId("my-name").innerText()) === "Anna Keller");
  expect((await server.ask<{ items: { name: string }[] }>("GET", "/users?search=anna")).items[0]?.name).toBe("Anna Keller");
});

test("a password is changed with the present one, and its strength is shown", async () => {
  await page.getByTestId("account-menu").click();
  await page.getByTestId("my-account").click();
  await page.getByTestId("change-password").click();
  await page.getByTestId("present-password").fill("not my password");
  await page.getByTestId("new-password").fill("password1234");
  expect(await strength()).toBe("1");
  await page.getByTestId("new-password").fill(second);
  expect(await strength()).toBe("4");
  await page.getByTestId("save-password").click();
  await until("the reason", async () => /present password is wrong/.test(await page.getByTestId("password-panel").innerText()));
  await expectRefusals(errors, 403);
  await page.getByTestId("present-password").fill(first);
  await page.getByTestId("new-password").fill("password1234");
  await page.getByTestId("save-password").click();
  await until("the reason", async () => /among the most common/.test(await page.getByTestId("password-panel").innerText()));
  await expectRefusals(errors, 400);
  expect(await complaintsOfAxe(page)).toEqual([]);
  await page.getByTestId("new-password").fill(second);
  await page.getByTestId("save-password").click();
  await page.getByTestId("present-password").waitFor({ state: "detached" });
  await page.route("**/api/v1/session", (route) => route.abort());
  await page.getByTestId("account-menu").click();
  await page.getByTestId("sign-out").click();
  await until("the reason", async () => /cannot be reached/.test((await page.getByTestId("toast").allInnerTexts()).join()));
  await page.unroute("**/api/v1/session");
  expect(errors.splice(0).every((text) => text.includes("ERR_FAILED"))).toBe(true);
  await signOut();
  expect(await page.locator("main").innerText()).not.toMatch(/has ended/);
  expect(await page.getByTestId("email").evaluate((field) => field === document.activeElement)).toBe(true);
  await typePassword(second);
  await signedIn();
});

describe("a second factor", () => {
  let secret = "";
  let codes: string[] = [];

  test("is set up with a picture for the app, confirmed by its code, and leaves recovery codes", async () => {
    await page.goto(`${server.url}/account`);
    await page.getByTestId("factor-begin").click();
    await page.getByTestId("factor-begin-password").fill("not my password");
    await page.getByTestId("factor-go-on").click();
    await page.getByTestId("factor-dialog").getByRole("alert").waitFor();
    await expectRefusals(errors, 403);
    await until("the keyboard to be in the dialog", () => page.getByTestId("factor-dialog").evaluate((dialog) => dialog.contains(document.activeElement) && document.activeElement !== dialog));
    await page.getByTestId("factor-begin-password").fill(second);
    await page.getByTestId("factor-go-on").click();
    await page.getByTestId("qr-code").waitFor();
    secret = await page.getByTestId("factor-secret").inputValue();
    expect(secret).toMatch(/^[A-Z2-7]{32}/);
    await page.getByTestId("factor-code").fill("000000");
    await page.getByTestId("factor-confirm").click();
    await page.getByTestId("code-error").waitFor();
    await expectRefusals(errors, 400, 403);
    expect(await complaintsOfAxe(page)).toEqual([]);
    // A code of the step before is still good, and leaves the present one for the sign-in.
    await page.getByTestId("factor-code").fill(await freshCode(secret, 1));
    await page.getByTestId("factor-confirm").click();
    await page.getByTestId("recovery-codes").waitFor();
    codes = await page.getByTestId("recovery-codes").getByRole("listitem").allInnerTexts();
    expect(codes.length).toBeGreaterThan(5);
    await page.getByTestId("codes-kept").click();
    await until("the second factor to be on", async () => (await page.getByTestId("second-factor").getAttribute("data-on")) === "true");
  });

  test("asks for its code at the next sign-in, and takes neither a wrong nor a used one", async () => {
    await signOut();
    await typePassword(second);
    await page.getByTestId("code-form").waitFor();
    await expectRefusals(errors, 401);
    expect(await page.getByTestId("code").evaluate((field) => field === document.activeElement)).toBe(true);
    await page.getByTestId("code").fill("123");
    await page.getByTestId("code-submit").click();
    await page.getByTestId("code-error").waitFor();
    await expectRefusals(errors, 401);
    expect(await complaintsOfAxe(page)).toEqual([]);
    await page.getByTestId("code").fill(await freshCode(secret));
    await page.getByTestId("code-submit").click();
    await signedIn();
  });

  test("is replaced by a recovery code, once, and turned off with the password", async () => {
    for (const good of [true, false]) {
      await signOut();
      await typePassword(second);
      await page.getByTestId("code").fill(codes[0] ?? "");
      await page.getByTestId("code-submit").click();
      if (good) await signedIn();
      else await page.getByTestId("code-error").waitFor();
      await expectRefusals(errors, 401);
      if (good) continue;
      await page.getByTestId("code").fill(codes[1] ?? "");
      await page.getByTestId("code-submit").click();
      await signedIn();
    }
    await page.goto(`${server.url}/account`);
    const left = () => page.getByTestId("codes-left").getAttribute("data-left");
    await until("the codes that are left", async () => Number(await left()) === codes.length - 2);
    await page.getByTestId("codes-renew").click();
    await page.getByTestId("codes-password").fill("not my password");
    await page.getByTestId("codes-renew-confirm").click();
    await page.getByTestId("codes-dialog").getByRole("alert").waitFor();
    await expectRefusals(errors, 403);
    await page.getByTestId("codes-password").fill(second);
    await page.getByTestId("codes-renew-confirm").click();
    await page.getByTestId("recovery-codes").waitFor();
    const renewed = await page.getByTestId("recovery-codes").getByRole("listitem").allInnerTexts();
    expect(renewed.filter((code) => codes.includes(code))).toEqual([]);
    expect(await complaintsOfAxe(page)).toEqual([]);
    await page.getByTestId("codes-kept").click();
    await until("all of them to be there", async () => Number(await left()) === renewed.length);
    await page.getByTestId("factor-end").click();
    await page.getByTestId("factor-password").fill(second);
    await page.getByTestId("factor-end-confirm").click();
    await until("the second factor to be off", async () => (await page.getByTestId("second-factor").getAttribute("data-on")) === "false");
    await signOut();
    await typePassword(second);
    await signedIn();
  });
});

test("sessions are seen and ended, one or all", async () => {
  const other = await (await openContext(browser, errors)).newPage();
  await signIn(other, server.url, address, second);
  await page.goto(`${server.url}/account`);
  const mine = page.getByTestId("session-list").getByTestId("session");
  await until("two sessions", async () => (await mine.count()) === 2);
  expect(await mine.first().innerText()).toMatch(/Chrome, Linux[\s\S]*127\.0\.0\.1/);
  await page.locator("[data-testid=session][data-current=false]").getByTestId("end-session").click();
  await other.getByTestId("sign-in-form").waitFor();
  await until("one session", async () => (await mine.count()) === 1);
  await signIn(other, server.url, address, second);
  await expectRefusals(errors, 401); // what the other page still had of its ended session
  await page.getByTestId("sign-out-everywhere").click();
  await page.getByTestId("confirm").click();
  await page.getByTestId("sign-in-form").waitFor();
  await other.getByTestId("sign-in-form").waitFor();
  await typePassword(second);
  await signedIn();
});

test("a token is shown once, opens what it may, and is revoked", async () => {
  await page.goto(`${server.url}/account`);
  await page.getByTestId("add-token").click();
  expect(await page.getByTestId("scope-manage_site").count()).toBe(0);
  await page.getByTestId("token-name").fill("Nightly export");
  await page.getByTestId("token-life").selectOption("7");
  expect(await complaintsOfAxe(page)).toEqual([]);
  await page.getByTestId("token-make").click();
  const token = await page.getByTestId("token-secret").inputValue();
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 400);
  expect(await page.getByTestId("token-secret").inputValue(), "shown once, and not lost by a slip").toBe(token);
  await page.getByTestId("token-done").click();
  const asked = () => fetch(`${server.url}/api/v1/channels`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await asked()).status).toBe(200);
  const row = page.locator("[data-token-name='Nightly export']");
  await row.waitFor();
  expect(await row.innerText()).toMatch(/see channels and footage[\s\S]*expires/);
  await row.getByTestId("revoke-token").click();
  await page.getByTestId("confirm").click();
  await row.waitFor({ state: "detached" });
  expect((await asked()).status).toBe(401);
});

test("who signs in next in the same window sees nothing of who was there before", async () => {
  const made = await server.command(["user", "add", "boris@longtake.test", "--role", "editor", "--password-stdin"], first);
  expect(made.code, made.stderr).toBe(0);
  await page.goto(`${server.url}/account`);
  await page.getByTestId("session-list").waitFor();
  await signOut();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/api/v1/me/sessions", async (route) => {
    await held;
    await route.continue();
  });
  await page.getByTestId("email").fill("boris@longtake.test");
  await page.getByTestId("password").fill(first);
  await page.getByTestId("sign-in-submit").click();
  await page.getByTestId("account-menu").and(page.locator("[aria-label=Account]")).click();
  await page.getByTestId("my-account").click();
  await page.getByTestId("sessions-panel").getByTestId("loading").waitFor();
  expect(await page.getByTestId("session-list").count()).toBe(0);
  release();
  await page.getByTestId("session-list").waitFor();
  await page.unroute("**/api/v1/me/sessions");
});

test("a forgotten password is replaced through a letter, on a phone", async () => {
  const phone = await openContext(browser, errors, { viewport: { width: 375, height: 650 }, hasTouch: true, isMobile: true });
  page = await phone.newPage();
  await page.goto(server.url);
  await page.getByTestId("forgotten").click();
  await page.getByTestId("forgotten-email").fill(address);
  expect(await overflow(page)).toBe(0);
  await page.getByTestId("forgotten-send").click();
  await page.getByTestId("reset-sent").waitFor();
  const letter = await mail.letter(1);
  const link = /https:\/\/tv\.longtake\.test(\/password-reset\/[\w-]+)/.exec(letter.text)?.[1] ?? "";
  await page.goto(`${server.url}${link}`);
  await page.getByTestId("reset-password").fill("an orange bicycle in may");
  await page.getByTestId("reset-save").click();
  await page.getByTestId("reset-done").click();
  await typePassword("an orange bicycle in may");
  await signedIn();
  await page.goto(`${server.url}${link}`);
  await page.getByTestId("reset-password").fill("an orange bicycle in june");
  await page.getByTestId("reset-save").click();
  await page.getByTestId("reset-dead").waitFor();
  await expectRefusals(errors, 404);
});

test("an invitation goes out in a letter that nobody else sees, or as a link that is handed over", async () => {
  const before = mail.letters.length;
  const root = await (await openContext(browser, errors)).newPage();
  await signIn(root, server.url, email, password);
  await root.goto(`${server.url}/members`);
  await root.getByTestId("invite").click();
  await root.getByTestId("invite-email").fill("carla@longtake.test");
  await root.getByTestId("invite-send").click();
  await root.getByTestId("invite-made").waitFor();
  expect(await root.getByTestId("invite-link").count()).toBe(0);
  expect(await root.getByTestId("invite-made").innerText()).toMatch(/letter with the link was sent to carla@longtake\.test/);
  expect(await complaintsOfAxe(root)).toEqual([]);
  const mailed = /https:\/\/tv\.longtake\.test(\/invitation\/[\w-]+)/.exec((await mail.letter(before + 1)).text)?.[1] ?? "";

  await root.getByTestId("invite-done").click();
  await root.getByTestId("invite").click();
  await root.getByTestId("invite-email").fill("carla@longtake.test");
  await root.getByTestId("invite-by-link").check();
  expect(await complaintsOfAxe(root)).toEqual([]);
  await root.getByTestId("invite-send").click();
  const link = await root.getByTestId("invite-link").inputValue();
  await root.getByTestId("invite-done").click();
  expect(await root.getByTestId("invitation-carla@longtake.test").innerText()).toMatch(/by link/);
  const guest = await (await openContext(browser, errors)).newPage();
  await guest.goto(server.url + mailed);
  await guest.getByTestId("invitation-dead").waitFor();
  await expectRefusals(errors, 404);
  await guest.goto(link);
  await guest.getByTestId("invitation-name").fill("Somebody");
  await guest.getByTestId("invitation-password").fill(first);
  await guest.getByTestId("invitation-accept").click();
  await guest.getByTestId("home").waitFor();

  await root.goto(`${server.url}/site/people`);
  await root.getByTestId("badge-not-proven").waitFor();
  expect(await root.getByTestId("badge-not-proven").count()).toBe(1);
  expect(await complaintsOfAxe(root)).toEqual([]);
  await root.getByRole("link", { name: "Somebody" }).first().click();
  await root.getByTestId("address-not-proven").waitFor();

  // Its person comes by a letter: what opened the account before is over, and they are told.
  await page.goto(`${server.url}/forgotten-password`);
  await page.getByTestId("forgotten-email").fill("carla@longtake.test");
  await page.getByTestId("forgotten-send").click();
  const reset = /https:\/\/tv\.longtake\.test(\/password-reset\/[\w-]+)/.exec((await mail.letter(before + 2)).text)?.[1] ?? "";
  await page.goto(`${server.url}${reset}`);
  await page.getByTestId("reset-password").fill("an orange bicycle in may");
  await page.getByTestId("reset-save").click();
  expect(await page.getByTestId("claimed").innerText()).toMatch(/the account is yours now/);
});
