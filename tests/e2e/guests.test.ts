// Somebody new comes by a link, has what is kept about them, and goes. A real server, real browsers.

import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { Server } from "../support/server.ts";
import { complaintsOfAxe, expectRefusals, overflow } from "./browser.ts";
import { nav, openAround, phone, secret } from "./office.ts";

let server: Server;
let root: Page;
const errors: string[] = [];
const { openPage, enter } = openAround(errors, (opened) => ({ server, root } = opened));

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
    await expectRefusals(errors, 404);
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
    await expectRefusals(errors, 404);
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
    await root.getByTestId("person-eva@longtake.test").waitFor({ state: "detached" });
  });
});
