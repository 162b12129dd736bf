// An office: a server, its superadmin's page, and people who come with browsers of their own.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { email, password, Server } from "../support/server.ts";
import { openBrowser, openContext, signIn } from "./browser.ts";

export const secret = "four words nobody chose";
export const phone = { viewport: { width: 375, height: 700 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const nav = (page: Page, name: string) => page.getByTestId(`nav-${name}`);

type Options = Parameters<typeof openContext>[2];
export type Opened = { readonly server: Server; readonly browser: Browser; readonly root: Page };

/** Opens it before the tests of a file, and closes it after them. What browsers complain of goes to `errors`. */
export function openAround(errors: string[], onOpened: (opened: Opened) => void) {
  let server: Server;
  let browser: Browser;

  /** Adds a person by the program's own command. */
  async function addPerson(name: string, role: string, organization = "main"): Promise<string> {
    const address = `${name}@longtake.test`;
    const words = ["user", "add", address, "--role", role, "--organization", organization, "--password-stdin"];
    const made = await server.command(words, secret);
    expect(made.code, made.stderr).toBe(0);
    return address;
  }

  async function openPage(options: Options = {}): Promise<Page> {
    return (await openContext(browser, errors, options)).newPage();
  }

  /** A browser of a person's own, signed in at the first page. */
  async function enter(address: string, secretOfTheirs = secret, options: Options = {}): Promise<Page> {
    const page = await openPage(options);
    await signIn(page, server.url, address, secretOfTheirs);
    return page;
  }

  beforeAll(async () => {
    server = await Server.start();
    browser = await openBrowser();
    onOpened({ server, browser, root: await enter(email, password) });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  afterEach(() => expect(errors.splice(0), "the browser's complaints").toEqual([]));
  return { addPerson, openPage, enter };
}
