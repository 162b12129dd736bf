// The key file is changed without losing a secret, wherever the change is interrupted.

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, statSync, watch, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { binary, ours, type Channel, type Server } from "../support/server.ts";
import { run } from "../support/process.ts";
import { noon, startWithFootage } from "./imported.ts";
import { instant, second } from "./instants.ts";

let server: Server;
let link: string;

const keyFile = (): string => join(server.data, "secret.key");
const oldKey = (): string => `${keyFile()}.old`;
const rotate = () => server.command(["secrets", "rotate"]);
const sealed = async (): Promise<string[]> => {
  const words = "select source_sealed from channels union all select secret_sealed from signing_keys";
  return (await run("sqlite3", [join(server.data, "longtake.db"), words])).stdout.toString().trim().split("\n");
};
/** What can only be answered when every secret opens. */
const everythingOpens = async (): Promise<void> => {
  const listed = await server.command(["channel", "list", "--json"]);
  expect(listed.stderr).toBe("");
  expect(JSON.parse(listed.stdout.toString())).toHaveLength(1);
  await server.resume();
  expect((await fetch(server.url + link)).status, "a link signed before").toBe(200);
  await server.halt();
};

beforeAll(async () => {
  let channel: Channel;
  ({ server, channel } = await startWithFootage());
  const body = { view: "video.mp4", from: instant(noon), to: instant(noon + second) };
  link = (await server.ask<{ url: string }>("POST", `/channels/${channel.id}/links`, body)).url;
});
afterAll(async () => {
  await server?.stop();
});

test("is refused beside a running server, whose secrets stay", async () => {
  const before = readFileSync(keyFile());
  expect(await rotate()).toMatchObject({ code: 1, stderr: expect.stringMatching(/in use by another server/) });
  expect(readFileSync(keyFile())).toEqual(before);
  expect((await fetch(server.url + link)).status).toBe(200);
  await server.halt();
});

test("makes a new key and seals everything anew", async () => {
  const [key, texts] = [readFileSync(keyFile()), await sealed()];
  const done = await rotate();
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout.toString()).toMatch(/^sealed 2 secrets anew; back up .*secret\.key now\n$/);
  expect(readFileSync(keyFile())).not.toEqual(key);
  expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
  expect(existsSync(oldKey())).toBe(false);
  for (const text of await sealed()) expect(texts).not.toContain(text);
  await everythingOpens();
  await server.resume();
  const { items } = await server.ask<{ items: { actor: { name: string } }[] }>("GET", "/audit?action=secrets.rotate");
  expect(items.map((entry) => entry.actor.name)).toEqual(["command line"]);
  await server.halt();
});

test("goes on after a crash before the new key, and after it", async () => {
  copyFileSync(keyFile(), oldKey());
  await everythingOpens();
  writeFileSync(keyFile(), `${randomBytes(32).toString("base64url")}\n`);
  await everythingOpens();
  const [key, texts] = [readFileSync(keyFile()), await sealed()];
  expect((await rotate()).code).toBe(0);
  expect(readFileSync(keyFile()), "the change that was begun is ended").toEqual(key);
  expect(existsSync(oldKey())).toBe(false);
  for (const text of await sealed()) expect(texts).not.toContain(text);
  await everythingOpens();
});

/** Changes the key and is killed when `arm` says so, unless it ends before; gives how it ended. */
async function rotateUntil(arm: (kill: () => void) => () => void): Promise<number | string> {
  const child = spawn(binary(), ["secrets", "rotate", "--data", server.data], { stdio: "ignore", env: { ...process.env, ...ours } });
  const disarm = arm(() => child.kill("SIGKILL"));
  const ended = await new Promise<number | string>((over) => child.once("close", (code, signal) => over(code ?? signal ?? "gone")));
  disarm();
  const listed = await server.command(["channel", "list", "--json"]);
  expect([listed.code, listed.stderr], `ended by ${ended}`).toEqual([0, ""]);
  return ended;
}

test("loses nothing when it is killed at any moment", async () => {
  const ends: (number | string)[] = [];
  for (let pause = 1; ends.at(-1) !== 0 && pause < 60_000; pause = Math.ceil(pause * 1.2)) {
    const after = (kill: () => void) => {
      const timer = setTimeout(kill, pause);
      return () => clearTimeout(timer);
    };
    ends.push(await rotateUntil(after));
    expect([0, "SIGKILL"]).toContain(ends.at(-1));
  }
  expect(ends[0], "killed before it began").toBe("SIGKILL");
  expect(ends.at(-1), "given time enough").toBe(0);
  // And where it hurts: as soon as the old key is put aside, and as soon as the new one is in its place.
  for (const file of ["secret.key.old", "secret.key"]) {
    const when = (kill: () => void) => {
      const seen = watch(server.data, (_, name) => name === file && kill());
      return () => seen.close();
    };
    let cut = false;
    for (let turn = 0; turn < 50 && !cut; ++turn) cut = (await rotateUntil(when)) === "SIGKILL" && existsSync(oldKey());
    expect(cut, `killed when ${file} was there`).toBe(true);
  }
  expect((await rotate()).code).toBe(0);
  expect(existsSync(oldKey())).toBe(false);
  await everythingOpens();
});
