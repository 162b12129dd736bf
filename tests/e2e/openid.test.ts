// A sign-in with another service, as a person does it: there and back in a real browser, to the page asked for.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { OpenIdServer } from "../support/openid.ts";
import { freePort } from "../support/process.ts";
import { Server } from "../support/server.ts";
import { complaintsOfAxe, openBrowser, openContext } from "./browser.ts";

const secret = "only for this test";

let server: Server;
let company: OpenIdServer;
let browser: Browser;
const errors: string[] = [];

beforeAll(async () => {
  const port = await freePort();
  const site = `http://127.0.0.1:${port}`;
  company = await OpenIdServer.start({ redirect: `${site}/api/v1/openid/company/callback`, secret });
  server = await Server.start({
    port,
    env: {
      LONGTAKE_SITE_URL: site,
      LONGTAKE_OPENID_COMPANY_ISSUER: company.issuer,
      LONGTAKE_OPENID_COMPANY_CLIENT_ID: "longtake",
      LONGTAKE_OPENID_COMPANY_CLIENT_SECRET: secret,
      LONGTAKE_OPENID_COMPANY_LABEL: "The Company",
    },
  });
  const made = await server.command(["user", "add", "anna@longtake.test", "--role", "editor", "--password-stdin"], "seven quiet lamps");
  expect(made.code, made.stderr).toBe(0);
  company.accounts.set("anna", { email: "anna@longtake.test", email_verified: true });
  company.accounts.set("stranger", { email: "stranger@longtake.test", email_verified: true });
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await company?.stop();
});

/** What the provider's own pages say in the console is no business of ours. */
afterEach(() => expect(errors.splice(0).filter((text) => !text.includes(company.issuer)), "the browser's complaints").toEqual([]));

async function openPage(): Promise<Page> {
  const context = await openContext(browser, errors);
  // The provider's pages want a font of somebody else's: tests ask nobody but their own servers.
  await context.route("https://fonts.googleapis.com/**", (route) => route.fulfill({ contentType: "text/css", body: "" }));
  return context.newPage();
}

async function signInAt(page: Page, name: string): Promise<void> {
  await page.getByTestId("provider-company").click();
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.locator("input[name=prompt][value=consent]").waitFor({ state: "attached" });
  await page.locator("button[type=submit]").click();
}

test("leads back to the page that was asked for", async () => {
  const page = await openPage();
  await page.goto(`${server.url}/account`);
  expect(await page.getByTestId("provider-company").innerText()).toBe("Sign in with The Company");
  expect(await complaintsOfAxe(page)).toEqual([]);
  await signInAt(page, "anna");
  await page.getByTestId("account").waitFor();
  expect(await page.getByTestId("account").innerText()).toContain("anna@longtake.test");
});

test("proves whose an invitation is, for an account without a password", async () => {
  type Me = { organization: { id: string } };
  const { organization } = await server.ask<Me>("GET", "/me");
  const club = await server.ask<{ id: string }>("POST", "/organizations", { slug: "padel", name: "Padel", kind: "club", timeZone: "UTC", language: "en" });
  expect(club.id).not.toBe(organization.id);
  const { url } = await server.ask<{ url: string }>("POST", `/organizations/${club.id}/invitations`, { email: "anna@longtake.test", role: "owner" });
  const page = await openPage();
  await page.goto(server.url + url);
  await page.getByTestId("invitation-password").waitFor();
  expect(await complaintsOfAxe(page)).toEqual([]);
  await signInAt(page, "anna");
  await page.getByTestId("invitation-accept").waitFor();
  expect(await page.getByTestId("invitation-password").count()).toBe(0);
  await page.getByTestId("invitation-accept").click();
  await page.getByTestId("home").waitFor();
  expect(await page.getByTestId("home").getAttribute("data-role")).toBe("owner");
});

test("hands an account over to who reads its address, and says what ended", async () => {
  const { organization } = await server.ask<{ organization: { id: string } }>("GET", "/me");
  const { url } = await server.ask<{ url: string }>("POST", `/organizations/${organization.id}/invitations`, { email: "boss@longtake.test", role: "editor" });
  const mallory = await openPage();
  await mallory.goto(server.url + url);
  await mallory.getByTestId("invitation-name").fill("Somebody");
  await mallory.getByTestId("invitation-password").fill("quiet lamps of seven");
  await mallory.getByTestId("invitation-accept").click();
  await mallory.getByTestId("home").waitFor();

  company.accounts.set("boss", { email: "boss@longtake.test", email_verified: true });
  const boss = await openPage();
  await boss.goto(`${server.url}/channels`);
  await signInAt(boss, "boss");
  await boss.getByTestId("claimed").waitFor();
  expect(await boss.getByTestId("claimed").innerText()).toMatch(/password, second factor, sessions and API tokens/);
  expect(await boss.getByTestId("password-panel").innerText()).toMatch(/no password here/);
  expect(await complaintsOfAxe(boss)).toEqual([]);
  await mallory.getByTestId("sign-in-form").waitFor();
  await boss.getByTestId("claimed-go-on").click();
  await boss.waitForURL(`${server.url}/channels`);
});

test("tells somebody whom nobody has invited so, politely", async () => {
  const page = await openPage();
  await page.goto(server.url);
  await signInAt(page, "stranger");
  await page.getByTestId("sign-in-error").waitFor();
  expect(await page.getByTestId("sign-in-error").innerText()).toMatch(/nobody has invited this address/);
});
