// Pages whose files cannot be fetched: a newer server has others, or there is none. A real server, a real browser.

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { until } from "./browser.ts";
import { nav, openAround } from "./office.ts";

let root: Page;
const errors: string[] = [];
openAround(errors, (opened) => ({ root } = opened));

const complaints = /Failed to fetch|Failed to load resource|ERR_INTERNET_DISCONNECTED/;

test("a page of a version that is gone opens all the same", async () => {
  await root.route("**/assets/MembersPage-*.js", (route) => route.fulfill({ status: 404, body: "" }), { times: 1 });
  await nav(root, "members").click();
  await root.getByTestId("members").waitFor();
  expect(new URL(root.url()).pathname).toBe("/members");
  expect(errors.splice(0).filter((text) => !complaints.test(text))).toEqual([]);
});

test("a page that cannot be fetched while the server is away says so, and opens when it is back", async () => {
  await root.context().setOffline(true);
  await nav(root, "audit").click();
  await until("the reason", async () => /cannot be reached/.test((await root.getByTestId("toast").allInnerTexts()).join()));
  await root.getByTestId("members").waitFor();
  await root.context().setOffline(false);
  await nav(root, "audit").click();
  await root.getByTestId("audit").waitFor();
  expect(errors.splice(0).filter((text) => !complaints.test(text))).toEqual([]);
});
