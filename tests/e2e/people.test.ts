// Who may do what, as people see it: menus that follow a role, refusals that are polite, the first day of
// each role, sessions that end. A real server, real browsers.

import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { email, password, Server } from "../support/server.ts";
import { choose, complaintsOfAxe, expectRefusals, ground, overflow, picture, signIn, until, untranslated } from "./browser.ts";
import { nav, openAround, phone, secret } from "./office.ts";

const dictionary = [
  "app", "nav", "theme", "role", "roleHint", "kind", "language", "organization", "refused", "first", "password", "proof",
  "invitation", "account", "scope", "privacy", "members", "site", "audit", "shares", "shared", "channels", "form", "problem",
];

let server: Server;
let root: Page;
const errors: string[] = [];
const { addPerson, openPage, enter } = openAround(errors, (opened) => ({ server, root } = opened));

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
    await expectRefusals(errors, 403);
  });

  test("of the last superadmin stays", async () => {
    await nav(root, "people").click();
    await root.getByTestId(`person-${email}`).getByTestId("select").check();
    await root.getByTestId("assign-where").selectOption("site");
    await root.getByTestId("assign-as").selectOption("off");
    await root.getByTestId("assign-apply").click();
    await root.getByTestId("confirm").click();
    await until("the reason", async () => /last superadmin/.test(await root.getByTestId("toast").allInnerTexts().then((all) => all.join())));
    await root.getByTestId("assign-bar").getByRole("button").last().click();
    await nav(root, "people").waitFor();
    await expectRefusals(errors, 409);
  });

  test("of one's own is not given up by one slip", async () => {
    const own = await enter(await addPerson("olga", "manager"));
    await nav(own, "members").click();
    const row = own.getByTestId("member-olga@longtake.test");
    await row.getByTestId("member-role").selectOption("reader");
    expect(await own.getByRole("alertdialog").innerText()).toMatch(/Be Reader from now on/);
    await own.keyboard.press("Escape");
    await own.getByRole("alertdialog").waitFor({ state: "detached" });
    expect(await row.getByTestId("member-role").inputValue()).toBe("manager");
    await row.getByTestId("member-role").selectOption("editor");
    await own.getByTestId("confirm").click();
    await own.getByTestId("refused").waitFor();
    await nav(root, "people").click();
    await root.getByTestId(`person-${email}`).getByTestId("person-link").click();
    await root.getByTestId("superadmin-toggle").click();
    await root.getByRole("alertdialog").waitFor();
    await root.keyboard.press("Escape");
    await root.getByRole("alertdialog").waitFor({ state: "detached" });
    await root.goBack();
    await root.getByTestId("person-olga@longtake.test").getByTestId("person-link").click();
    await root.getByTestId("role-remove").click();
    expect(await root.getByRole("alertdialog").innerText()).toMatch(/Remove olga from Main/);
    await root.getByTestId("confirm").click();
    await root.getByTestId("person-role").waitFor({ state: "detached" });
    await own.getByTestId("homeless").waitFor();
    expect(errors.splice(0).filter((text) => !text.includes("403"))).toEqual([]);
  });
});

describe("a list of people", () => {
  test("follows what others do: an invitation that is accepted, a role that is given", async () => {
    const page = await enter(await addPerson("lena", "manager"));
    await nav(page, "members").click();
    await page.getByTestId("invite").click();
    await page.getByTestId("invite-email").fill("mila@longtake.test");
    await page.getByTestId("invite-send").click();
    await page.getByTestId("invite-done").click();
    await page.getByTestId("invitation-mila@longtake.test").waitFor();
    await nav(root, "people").click();
    await root.getByTestId("people").waitFor();
    await Promise.all([markPage(page), markPage(root)]);
    const { organization } = await server.ask<{ organization: { id: string } }>("GET", "/me");
    const again = await server.ask<{ url: string }>("POST", `/organizations/${organization.id}/invitations`, { email: "mila@longtake.test", role: "editor" });
    const guest = await openPage();
    await guest.goto(server.url + again.url);
    await guest.getByTestId("invitation-name").fill("Mila");
    await guest.getByTestId("invitation-password").fill(secret);
    await guest.getByTestId("invitation-accept").click();
    await guest.getByTestId("home").waitFor();
    await page.getByTestId("member-mila@longtake.test").waitFor();
    await page.getByTestId("invitation-mila@longtake.test").waitFor({ state: "detached" });
    await root.getByTestId("person-mila@longtake.test").waitFor();
    expect((await server.command(["user", "role", "mila@longtake.test", "reader"])).code).toBe(0);
    await until("the role", async () => (await page.getByTestId("member-mila@longtake.test").getByTestId("member-role").inputValue()) === "reader");
    expect([await isUntouched(page), await isUntouched(root)]).toEqual([true, true]);
  });
});

describe("a selection", () => {
  test("outlives a search, and is taken back only where it is seen", async () => {
    await nav(root, "people").click();
    await root.getByTestId("people-search").fill("boris");
    await root.getByTestId("person-anna@longtake.test").waitFor({ state: "detached" });
    await root.getByTestId("select-all").check();
    await root.getByTestId("people-search").fill("anna");
    await root.getByTestId("person-anna@longtake.test").waitFor();
    expect(await root.getByTestId("select-all").isChecked()).toBe(false);
    await root.getByTestId("select-all").check();
    expect(await root.getByTestId("selected-count").innerText()).toMatch(/^2 /);
    await root.getByTestId("select-all").uncheck();
    expect(await root.getByTestId("selected-count").innerText()).toMatch(/^1 /);
    await root.getByTestId("assign-bar").getByRole("button").last().click();
    await root.getByTestId("people-search").fill("");
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
    // A wall of one is not asked of the other.
    await page.goto(`${server.url}/wall?channels=91,92&grid=4`);
    await page.getByTestId("wall-empty").waitFor();
    await page.getByTestId("organization-menu").click();
    await page.getByTestId("organization-main").click();
    await page.waitForFunction(() => location.search === "");
    // A reader there, who has no wall.
    await page.getByTestId("home").waitFor();
    expect(await page.getByTestId("home").getAttribute("data-role")).toBe("reader");
    expect(await page.getByTestId("refused").count()).toBe(0);
  });
});

describe("an organization's form", () => {
  test("and the question before it is removed give the focus back to the menu that opened them", async () => {
    await nav(root, "organizations").click();
    const menu = root.getByTestId("organization-main").getByTestId("organization-actions");
    for (const [item, dialog] of [["organization-edit", "dialog"], ["organization-remove", "alertdialog"]] as const) {
      await menu.focus();
      await root.keyboard.press("Enter");
      await root.getByTestId(item).press("Enter");
      await root.getByRole(dialog).waitFor();
      await root.keyboard.press("Escape");
      await root.getByRole(dialog).waitFor({ state: "detached" });
      await until(`the focus to be back after ${item}`, () => menu.evaluate((button) => button === document.activeElement));
    }
  });

  test("sends what was edited in it, and leaves alone what somebody else has edited meanwhile", async () => {
    await nav(root, "organizations").click();
    await root.getByTestId("organization-padel-norte").waitFor();
    type Listed = { items: { id: string; slug: string; name: string; language: string }[] };
    const find = async () => (await server.ask<Listed>("GET", "/organizations")).items.find(({ slug }) => slug === "padel-norte");
    const { headers } = await server.call("GET", `/organizations/${(await find())?.id}`);
    const renamed = await server.fetch(`/organizations/${(await find())?.id}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/json", "If-Match": headers.get("ETag") ?? "" },
      body: JSON.stringify({ name: "Pádel Norte Club" }),
    });
    expect(renamed.status).toBe(200);
    await root.getByTestId("organization-padel-norte").getByTestId("organization-actions").click();
    await root.getByTestId("organization-edit").click();
    await root.getByTestId("organization-form").locator("#organization-language").selectOption("es");
    await root.getByTestId("organization-form-save").click();
    await root.getByTestId("organization-form").first().waitFor({ state: "detached" });
    expect(await find()).toMatchObject({ name: "Pádel Norte Club", language: "es" });
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
    const other = await openPage();
    await other.goto(server.url);
    await other.getByTestId("email").fill(address);
    await other.getByTestId("password").fill(secret);
    await other.getByTestId("sign-in-submit").click();
    await other.getByTestId("sign-in-error").waitFor();
    expect(await other.getByTestId("sign-in-error").innerText()).toMatch(/belongs to no organization/);
    await assign([address], "reader");
    await page.getByTestId("homeless").getByRole("button").first().click();
    await page.getByTestId("home").waitFor();
    await expectRefusals(errors, 403);
  });

  test("of somebody without a role anywhere accepts an invitation as it is, without another proof", async () => {
    const page = await enter(await addPerson("fred", "reader"));
    const { organization } = await server.ask<{ organization: { id: string } }>("GET", "/me");
    const { items } = await server.ask<{ items: { id: string }[] }>("GET", "/users?search=fred");
    await server.ask("DELETE", `/organizations/${organization.id}/members/${items[0]?.id}`);
    await page.getByTestId("homeless").waitFor();
    const invite = async (address: string) =>
      (await server.ask<{ url: string }>("POST", `/organizations/${organization.id}/invitations`, { email: address, role: "editor" })).url;
    const known = await addPerson("gabi", "player", "padel-norte");
    await page.goto(server.url + (await invite(known)));
    await page.getByTestId("invitation-accept").click();
    await page.getByTestId("invitation-password").waitFor();
    await page.goto(server.url + (await invite("fred@longtake.test")));
    await page.getByTestId("invitation-form").waitFor();
    expect(await page.getByTestId("invitation-password").count()).toBe(0);
    await page.getByTestId("invitation-accept").click();
    await page.getByTestId("home").waitFor();
    expect(await page.getByTestId("home").getAttribute("data-role")).toBe("editor");
    expect(errors.splice(0).filter((text) => !/ 40[13] /.test(text))).toEqual([]);
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
    // The address says what is seen: whoever is sent it sees the same.
    expect(new URL(root.url()).searchParams.get("group")).toBe("session");
    await root.reload();
    await until("the same after a reload", async () => (await root.getByTestId("audit-group").inputValue()) === "session");
    await root.getByTestId("audit-clear").click();
    await given.waitFor();
    expect(new URL(root.url()).search).toBe("");
    await root.getByTestId("audit-verify").press("Enter");
    await root.getByTestId("audit-verified").waitFor();
    await until("the keyboard to be where it was", () => root.getByTestId("audit-verify").evaluate((button) => button === document.activeElement));
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
