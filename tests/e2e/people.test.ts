// Who may do what, as people see it: menus that follow a role, refusals that are polite, the first day of
// each role, sessions that end. A real server, real browsers.

import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { email, password, Server } from "../support/server.ts";
import { choose, complaintsOfAxe, ground, openBrowser, openContext, overflow, picture, signIn, until, untranslated } from "./browser.ts";

const secret = "four words nobody chose";
const phone = { viewport: { width: 375, height: 700 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const dictionary = [
  "app", "nav", "theme", "role", "roleHint", "kind", "language", "organization", "refused", "first", "password", "proof",
  "invitation", "account", "scope", "privacy", "members", "site", "audit", "shares", "shared", "channels", "form", "problem",
];

let server: Server;
let browser: Browser;
let errors: string[] = [];
let root: Page;
const contexts: BrowserContext[] = [];

/** Adds a person by the program's own command. */
async function addPerson(name: string, role: string, organization = "main"): Promise<string> {
  const address = `${name}@longtake.test`;
  const words = ["user", "add", address, "--role", role, "--organization", organization, "--password-stdin"];
  const made = await server.command(words, secret);
  expect(made.code, made.stderr).toBe(0);
  return address;
}

async function openPage(options: Parameters<typeof openContext>[2] = {}): Promise<Page> {
  const context = await openContext(browser, errors, options);
  contexts.push(context);
  return context.newPage();
}

/** A browser of a person's own, signed in at the first page. */
async function enter(address: string, secretOfTheirs = secret, options: Parameters<typeof openContext>[2] = {}): Promise<Page> {
  const page = await openPage(options);
  await signIn(page, server.url, address, secretOfTheirs);
  return page;
}

const nav = (page: Page, name: string) => page.getByTestId(`nav-${name}`);

/** A mark that a reload would wipe. */
const markPage = (page: Page) => page.evaluate(() => Object.assign(window, { untouched: true }));
const isUntouched = (page: Page) => page.evaluate(() => "untouched" in window);

/** Gives a role to the people of these addresses, as a superadmin does: select, choose, apply. */
async function assign(addresses: readonly string[], role: string): Promise<void> {
  await nav(root, "people").click();
  for (const address of addresses) await root.getByTestId(`person-${address}`).getByTestId("select").check();
  await root.getByTestId("assign-as").selectOption(role);
  await root.getByTestId("assign-apply").click();
  await root.getByTestId("assign-bar").waitFor({ state: "detached" });
}

beforeAll(async () => {
  server = await Server.start();
  browser = await openBrowser();
  root = await enter(email, password);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

afterEach(() => expect(errors.splice(0), "the browser's complaints").toEqual([]));

describe("a role", () => {
  let editor: Page;
  let address: string;

  test("decides what the menu holds", async () => {
    address = await addPerson("anna", "editor");
    await addPerson("boris", "reader");
    editor = await enter(address);
    await nav(editor, "channels").waitFor();
    for (const name of ["members", "people", "organizations"]) expect(await nav(editor, name).count()).toBe(0);
    for (const name of ["members", "people", "organizations"]) await nav(root, name).waitFor();
    await editor.goto(`${server.url}/channels`);
    await editor.getByTestId("channels-empty").waitFor();
    expect(await editor.getByTestId("add-channel").count()).toBe(0);
  });

  test("is given to several people at once, and the open page of each gains the menu", async () => {
    const reader = await enter("boris@longtake.test");
    expect(await nav(reader, "channels").count()).toBe(0);
    await Promise.all([markPage(editor), markPage(reader)]);
    await assign([address, "boris@longtake.test"], "manager");
    for (const page of [editor, reader]) {
      await nav(page, "members").waitFor();
      expect(await isUntouched(page)).toBe(true);
    }
    await editor.getByTestId("add-channel").waitFor();
    await nav(editor, "members").click();
    await editor.getByTestId(`member-${address}`).waitFor();
    await picture("manager", editor);
    await assign(["boris@longtake.test"], "reader");
    await nav(reader, "members").waitFor({ state: "detached" });
    expect(await isUntouched(reader)).toBe(true);
  });

  test("is taken away: the page says so, and the menu goes", async () => {
    await editor.getByTestId("members").waitFor();
    await assign([address], "reader");
    await editor.getByTestId("refused").waitFor();
    expect(await editor.getByTestId("refused").innerText()).toMatch(/you are: Reader/);
    expect(await nav(editor, "members").count()).toBe(0);
    expect(await isUntouched(editor)).toBe(true);
    await picture("refused", editor);
    await editor.getByTestId("refused").getByRole("link").click();
    await editor.getByTestId("home").waitFor();
  });

  test("is taken away from a page that cannot hear: the next click refuses politely", async () => {
    await assign([address], "manager");
    const deaf = await openPage();
    await deaf.route("**/api/v1/events", (route) => route.fulfill({ status: 200, contentType: "text/event-stream", body: "retry: 600000\n\n" }));
    await signIn(deaf, server.url, address, secret);
    await nav(deaf, "members").click();
    const other = deaf.getByTestId("member-boris@longtake.test");
    await other.waitFor();
    await assign([address], "editor");
    await nav(deaf, "members").waitFor();
    await other.getByTestId("member-role").selectOption("editor");
    await deaf.getByTestId("refused").waitFor();
    const toast = deaf.getByTestId("toast").first();
    expect(await toast.innerText()).toMatch(/Your role here does not allow this/);
    expect(await nav(deaf, "members").count()).toBe(0);
    await nav(deaf, "channels").waitFor();
    const boris = await server.ask<{ items: { email: string; memberships: { role: string }[] }[] }>("GET", "/users?search=boris");
    expect(boris.items[0]?.memberships[0]?.role).toBe("reader");
    expect(errors.splice(0).every((text) => text.includes("403"))).toBe(true);
  });

  test("of the last superadmin stays", async () => {
    await nav(root, "people").click();
    await root.getByTestId(`person-${email}`).getByTestId("select").check();
    await root.getByTestId("assign-where").selectOption("site");
    await root.getByTestId("assign-as").selectOption("off");
    await root.getByTestId("assign-apply").click();
    await until("the reason", async () => /last superadmin/.test(await root.getByTestId("toast").allInnerTexts().then((all) => all.join())));
    await root.getByTestId("assign-bar").getByRole("button").last().click();
    await nav(root, "people").waitFor();
    expect(errors.splice(0).every((text) => text.includes("409"))).toBe(true);
  });
});

describe("organizations", () => {
  test("are made, given people, and switched between without signing in again", async () => {
    const player = await addPerson("chen", "reader");
    await nav(root, "organizations").click();
    await root.getByTestId("add-organization").click();
    await root.getByTestId("organization-form-name").fill("Pádel Norte");
    expect(await root.getByTestId("organization-form-slug").inputValue()).toBe("padel-norte");
    await root.getByTestId("kind-club").check();
    await root.getByTestId("organization-form-save").click();
    await root.getByTestId("organization-padel-norte").waitFor();
    const page = await enter(player);
    expect(await page.getByTestId("organization-menu").count()).toBe(0);
    await nav(root, "people").click();
    await root.getByTestId(`person-${player}`).getByTestId("select").check();
    await root.getByTestId("assign-where").selectOption({ label: "Pádel Norte" });
    await root.getByTestId("assign-as").selectOption("owner");
    await root.getByTestId("assign-apply").click();
    await page.getByTestId("organization-menu").click();
    await page.getByTestId("organization-padel-norte").click();
    await nav(page, "members").click();
    await page.getByTestId(`member-${player}`).waitFor();
    expect(await page.getByTestId("members").innerText()).not.toMatch(/anna/);
    await nav(page, "home").click();
    expect(await page.getByTestId("home").getAttribute("data-role")).toBe("owner");
  });
});

describe("a session", () => {
  test("that is ended by a superadmin takes its open page to the sign-in", async () => {
    const page = await enter("boris@longtake.test");
    await nav(root, "people").click();
    await root.getByTestId("person-boris@longtake.test").getByTestId("person-link").click();
    await root.getByTestId("disable-toggle").click();
    await page.getByTestId("sign-in-form").waitFor();
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe("Sign in");
    await root.getByTestId("badge-disabled").first().waitFor();
    await root.getByTestId("disable-toggle").click();
    await root.getByTestId("badge-disabled").waitFor({ state: "detached" });
  });

  test("of somebody without a role anywhere says what to do", async () => {
    const address = await addPerson("dora", "reader");
    const page = await enter(address);
    await nav(root, "people").click();
    await root.getByTestId(`person-${address}`).getByTestId("select").check();
    await root.getByTestId("assign-as").selectOption("out");
    await root.getByTestId("assign-apply").click();
    await page.getByTestId("homeless").waitFor();
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toMatch(/no organization/);
    await assign([address], "reader");
    await page.getByTestId("homeless").getByRole("button").first().click();
    await page.getByTestId("home").waitFor();
    expect(errors.splice(0).every((text) => text.includes("403"))).toBe(true);
  });
});

describe("the first page", () => {
  test("leads whoever manages an organization through the first day, and empties as it is done", async () => {
    const made = await server.command(["organization", "add", "newsroom", "--name", "Newsroom"]);
    expect(made.code, made.stderr).toBe(0);
    const page = await enter(await addPerson("gina", "manager", "newsroom"));
    await page.getByTestId("first-steps").waitFor();
    for (const step of ["channel", "people", "safe"]) {
      expect(await page.getByTestId(`step-${step}`).getAttribute("data-done"), step).toBe("false");
    }
    expect(await page.getByTestId("figure-recording").innerText()).toMatch(/0 of 0/);
    await picture("first-day", page);
    await page.getByTestId("step-people").getByRole("link").click();
    await page.getByTestId("invite").click();
    await page.getByTestId("invite-email").fill("hugo@longtake.test");
    await page.getByTestId("invite-send").click();
    await page.getByTestId("invite-done").click();
    await nav(page, "home").click();
    await until("the step to be done", async () => (await page.getByTestId("step-people").getAttribute("data-done")) === "true");
    expect(await page.getByTestId("figure-invitations").innerText()).toMatch(/1/);
    await nav(page, "channels").click();
    await page.getByTestId("add-channel").click();
    await page.getByTestId("channel-name").fill("Nobody there");
    await page.getByTestId("channel-url").fill("http://127.0.0.1:9/none.m3u8");
    await page.getByTestId("channel-save").click();
    await page.getByTestId("channel-list").waitFor();
    await nav(page, "home").click();
    await page.getByTestId("first-steps").waitFor({ state: "detached" });
    await page.getByTestId("troubled").waitFor();
    expect(await page.getByTestId("troubled").innerText()).toMatch(/Nobody there[\s\S]*refused/i);
  });

  test("of the others says what will come, and offers nothing they may not", async () => {
    for (const [name, role, organization, words] of [
      ["ida", "editor", "empty", /No channels yet/], ["jan", "reader", "empty", /Nothing here yet/], ["kim", "player", "padel-norte", /No matches yet/],
    ] as const) {
      if (role === "editor") await server.command(["organization", "add", "empty"]);
      const page = await enter(await addPerson(name, role, organization));
      await page.getByTestId("home-empty").waitFor();
      expect(await page.getByTestId("home-empty").innerText()).toMatch(words);
      expect(await page.getByTestId("first-steps").count()).toBe(0);
      expect(await nav(page, "members").count()).toBe(0);
    }
  });
});

describe("an invitation", () => {
  test("is a link: somebody new chooses a password and finds what the role allows", async () => {
    await nav(root, "members").click();
    await root.getByTestId("invite").click();
    await root.getByTestId("invite-email").fill("eva@longtake.test");
    await root.getByTestId("invite-manager").check();
    expect(await complaintsOfAxe(root)).toEqual([]);
    await root.getByTestId("invite-send").click();
    const link = await root.getByTestId("invite-link").inputValue();
    await root.getByTestId("invite-done").click();
    await root.getByTestId("invitation-eva@longtake.test").waitFor();
    const page = await openPage(phone);
    await page.goto(link);
    await page.getByTestId("invitation-form").waitFor();
    expect(await page.locator("main").innerText()).toMatch(/Main as: Manager/);
    expect(await overflow(page)).toBe(0);
    expect(await complaintsOfAxe(page)).toEqual([]);
    await page.getByTestId("invitation-name").fill("Eva Lind");
    await page.getByTestId("invitation-password").fill(secret);
    await page.getByTestId("invitation-accept").click();
    await page.getByTestId("page-menu").click();
    await page.getByTestId("menu-members").click();
    await page.getByTestId("member-eva@longtake.test").waitFor();
    expect(await page.getByTestId("member-eva@longtake.test").getByTestId("member-role").inputValue()).toBe("manager");
    const again = await openPage();
    await again.goto(link);
    await again.getByTestId("invitation-dead").waitFor();
    expect(errors.splice(0).every((text) => text.includes("404"))).toBe(true);
  });

  test("is taken back, and then opens nothing", async () => {
    await root.getByTestId("invite").click();
    await root.getByTestId("invite-email").fill("finn@longtake.test");
    await root.getByTestId("invite-send").click();
    const link = await root.getByTestId("invite-link").inputValue();
    await root.getByTestId("invite-done").click();
    const row = root.getByTestId("invitation-finn@longtake.test");
    await row.getByTestId("invitation-revoke").click();
    await row.waitFor({ state: "detached" });
    const page = await openPage();
    await page.goto(link);
    await page.getByTestId("invitation-dead").waitFor();
    expect(errors.splice(0).every((text) => text.includes("404"))).toBe(true);
  });
});

describe("privacy", () => {
  test("everything kept about a person is one file, for them and for a superadmin", async () => {
    await nav(root, "people").click();
    await root.getByTestId("person-eva@longtake.test").getByTestId("person-link").click();
    const [download] = await Promise.all([root.waitForEvent("download"), root.getByTestId("person-data").click()]);
    expect(await readFile(await download.path(), "utf8")).toMatch(/eva@longtake\.test/);
    await root.goto(`${server.url}/account`);
    const [mine] = await Promise.all([root.waitForEvent("download"), root.getByTestId("my-data").click()]);
    expect(JSON.parse(await readFile(await mine.path(), "utf8"))).toBeTypeOf("object");
    await root.getByRole("link", { name: /for how long/ }).click();
    await root.getByTestId("privacy-audit").waitFor();
  });

  test("a person who is erased is gone, and their page ends", async () => {
    const page = await enter("eva@longtake.test");
    await nav(root, "people").click();
    await root.getByTestId("person-eva@longtake.test").getByTestId("person-link").click();
    await root.getByTestId("erase").click();
    await root.getByTestId("confirm").click();
    await root.getByTestId("people").waitFor();
    await page.getByTestId("sign-in-form").waitFor();
    expect(await root.getByTestId("person-eva@longtake.test").count()).toBe(0);
  });
});

describe("the audit", () => {
  test("says who gave whom which role, narrows, and proves that it is whole", async () => {
    await nav(root, "audit").click();
    const given = root.locator("[data-action='member.set']").first();
    await given.waitFor();
    expect(await given.innerText()).toMatch(/tester@longtake\.test[\s\S]*Gave a role/);
    await root.getByTestId("audit-group").selectOption("session");
    await until("only sessions", async () => {
      const actions = await root.locator("[data-action]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-action") ?? ""));
      return actions.length > 0 && actions.every((action) => action.startsWith("session."));
    });
    await root.getByTestId("audit-clear").click();
    await given.waitFor();
    await root.getByTestId("audit-verify").click();
    await root.getByTestId("audit-verified").waitFor();
    expect(await root.getByTestId("audit-verified").getAttribute("data-intact")).toBe("true");
    const [download] = await Promise.all([root.waitForEvent("download"), root.getByTestId("audit-csv").click()]);
    const csv = await readFile(await download.path(), "utf8");
    expect(csv.split("\n").length).toBeGreaterThan(5);
    expect(csv).toMatch(/member\.set/);
    await picture("audit", root);
  });
});

describe("every page", () => {
  const pages = ["/", "/channels", "/members", "/site/organizations", "/site/people", "/site/keys", "/shares", "/audit", "/account", "/privacy", "/nowhere"];

  test.each([["wide", {}], ["phone", phone]] as const)("fits a %s window in every language, and has nothing axe complains of", async (size, options) => {
    const page = await enter(email, password, options);
    for (const locale of ["es", "ru", "en"]) {
      await page.goto(`${server.url}/account`);
      await page.getByTestId("account").waitFor();
      await choose(page, `locale-${locale}`);
      await choose(page, locale === "ru" ? "theme-dark" : "theme-light");
      expect((await ground(page)) < 80).toBe(locale === "ru");
      for (const path of pages) {
        await page.goto(`${server.url}${path}`);
        await page.locator("main h1").waitFor();
        await until("the page to be filled", async () => (await page.getByTestId("loading").count()) === 0);
        expect(await overflow(page), `${path} in ${locale}`).toBe(0);
        expect(await untranslated(page, dictionary), path).toEqual([]);
        expect(await complaintsOfAxe(page), `${path} in ${locale}`).toEqual([]);
        await picture(`${size}-${locale}${path.replaceAll("/", "-")}`, page);
      }
    }
  });
});
