// Nobody reaches another organization: every id the contract takes, in path, query and body, is asked with things
// of somebody else's by people who may do all of it at home.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operation, operations, resolve, type Operation, type Schema } from "../support/openapi.ts";
import { Browser, addPerson, superadmin, type Me, type Organization } from "../support/people.ts";
import { makeFootage } from "../support/sources.ts";
import { Server, addChannel } from "../support/server.ts";

/** Stands in every name that the other organization has; no answer to a stranger may hold it. */
const mark = "zanzibar";
const from = "2026-11-20T10:00:01Z";
const to = "2026-11-20T10:00:03Z";

let server: Server;
let root: Browser;
/** Leads an organization of their own. */
let stranger: Browser;
/** The same person's program, with all that they may. */
let program: Browser;
/** Of the organization that is none of theirs, by the name of the parameter or field that takes it. */
const foreign: Record<string, string> = {};
/** Of their own: what makes the rest of a request right. */
const own: Record<string, string> = {};

/** One of each thing there is in an organization, made by who leads it. */
async function furnish(leader: Browser, name: string, ids: Record<string, string>): Promise<void> {
  const me = await leader.ask<Me>("GET", "/me");
  ids["organizationId"] = me.organization.id;
  ids["userId"] = me.id;
  ids["actorId"] = me.id;
  const there = `/organizations/${me.organization.id}`;
  ids["invitationId"] = (await leader.ask<{ invitation: { id: string } }>("POST", `${there}/invitations`, { email: `${name}-guest@longtake.test`, role: "reader" })).invitation.id;
  ids["sessionId"] = (await leader.ask<{ items: [{ id: string }] }>("GET", "/me/sessions")).items[0].id;
  ids["tokenId"] = (await leader.ask<{ token: { id: string } }>("POST", "/tokens", { name: `${name} token`, scopes: ["watch"] })).token.id;
  ids["layoutId"] = (await leader.ask<{ id: string }>("POST", "/layouts", { name: `${name} layout`, grid: 1, channels: [ids["channelId"]] })).id;
  // There is nothing to take a picture of in every organization.
  ids["screenshotId"] = (await leader.call<{ id?: string }>("POST", "/screenshots", { channelId: ids["channelId"], at: from })).body.id ?? "1";
  ids["clipId"] = (await leader.ask<{ items: [{ id: string }] }>("POST", "/clips", { channelId: ids["channelId"], from, to, title: `${name} clip` })).items[0].id;
  const shared = { channelId: ids["channelId"], from, to, title: `${name} share` };
  ids["shareId"] = (await leader.ask<{ share: { id: string } }>("POST", "/shares", shared)).share.id;
  ids["templateId"] = (await leader.ask<{ id: string }>("POST", "/note-templates", { name: `${name} template`, fields: [{ key: "topic", label: `${name} topic`, kind: "text" }] })).id;
  const note = { channelId: ids["channelId"], templateId: ids["templateId"], at: from, text: `${name} note`, tags: [`${name} tag`] };
  ids["noteId"] = (await leader.ask<{ id: string }>("POST", "/notes", note)).id;
}

beforeAll(async () => {
  server = await Server.start({ env: { LONGTAKE_INGEST_OPEN_TIMEOUT_MS: "300" } });
  const channel = await addChannel(server, `${mark} channel`, "http://127.0.0.1:9/a.ts", { start: false });
  foreign["channelId"] = channel.id;
  const footage = await makeFootage("fuzzed.mp4", { seconds: 8, size: "320x180", audio: "aac" });
  await server.halt();
  const imported = await server.command(["import", `${mark} channel`, footage, "--at", "2026-11-20T10:00:00Z"]);
  if (imported.code !== 0) throw new Error(imported.stderr);
  await server.resume();
  root = await superadmin(server);
  await root.ask<Organization>("POST", "/organizations", { name: "Elsewhere", slug: "elsewhere" });
  const leader = await addPerson(server, `${mark}-leader`, "manager");
  const main = (await leader.ask<Me>("GET", "/me")).organization.id;
  await root.ask("PATCH", `/organizations/${main}`, { name: `${mark} desk` });
  await furnish(leader, mark, foreign);
  stranger = await addPerson(server, "stranger", "manager", "elsewhere");
  own["channelId"] = (await stranger.ask<{ id: string }>("POST", "/channels", { name: "own", source: { url: "http://127.0.0.1:9/b.ts" }, start: false })).id;
  await furnish(stranger, "stranger", own);
  const token = await server.command(["token", "add", "--user", "stranger@longtake.test", "--name", "all"]);
  program = new Browser(server, token.stdout.toString().trim());
});
afterAll(() => server?.stop());

const word: Record<string, string> = { format: "jpg", child: "video.m3u8", provider: "x", token: "x".repeat(43) };

function pathOf(one: Operation, ids: Record<string, string>): string {
  return one.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? word[name] ?? "1");
}

function textOf(schema: Schema, name: string): string {
  if (schema.format === "date-time") return name === "to" ? to : from;
  if (name === "email") return "somebody@longtake.test";
  if (name === "url") return "http://127.0.0.1:9/c.ts";
  return name === "slug" ? "taken-over" : "taken over entirely".slice(0, schema.maxLength ?? 100);
}

/** A body that is right, but for ids that may be somebody else's. */
function bodyOf(schema: Schema, ids: Record<string, string>): unknown {
  const value = (raw: Schema, name: string): unknown => {
    const one = resolve(raw);
    if (/Id$/.test(name)) return ids[name] ?? "1";
    if (one.enum) return one.enum.find((choice) => choice !== "superadmin");
    const type = Array.isArray(one.type) ? one.type[0] : one.type;
    if (type === "object") return bodyOf(one, ids);
    if (type === "array") return [value(one.items ?? {}, name)];
    if (type === "integer" || type === "number") return Math.max(one.minimum ?? 0, 3600 <= (one.maximum ?? 3600) ? 3600 : (one.maximum ?? 0));
    if (type === "boolean") return false;
    return textOf(one, name);
  };
  const { properties = {}, required = [] } = resolve(schema);
  const wanted = Object.keys(properties).filter((name) => required.includes(name) || /Id$/.test(name));
  if (wanted.length === 0) wanted.push(...Object.keys(properties).slice(0, 1));
  return Object.fromEntries(wanted.map((name) => [name, value(properties[name] ?? {}, name)]));
}

function queryOf(one: Operation, ids: Record<string, string>): string {
  const query = new URLSearchParams();
  for (const parameter of one.parameters.filter((each) => each.in === "query")) {
    const schema = resolve(parameter.schema);
    if (/Id$/.test(parameter.name)) query.set(parameter.name, ids[parameter.name] ?? "1");
    else if (parameter.required || parameter.name === "to") query.set(parameter.name, schema.type === "integer" ? String(Math.max(schema.minimum ?? 0, 1000)) : textOf({ ...schema, format: "date-time" }, parameter.name));
  }
  const text = query.toString();
  return text && `?${text}`;
}

async function ask(browser: Browser, one: Operation, ids: Record<string, string>): Promise<{ status: number; text: string }> {
  const guarded = one.parameters.some((each) => each.name === "If-Match");
  const headers: Record<string, string> = { ...(guarded ? { "If-Match": '"1"' } : {}), ...(one.body ? { "Content-Type": "application/json" } : {}) };
  const stop = new AbortController();
  const answer = await browser.fetch(pathOf(one, ids) + queryOf(one, ids), { method: one.method, headers, signal: stop.signal, ...(one.body ? { body: JSON.stringify(bodyOf(one.body, ids)) } : {}) });
  if (answer.headers.get("content-type")?.startsWith("text/event-stream")) {
    stop.abort();
    return { status: answer.status, text: "" };
  }
  return { status: answer.status, text: Buffer.from(await answer.arrayBuffer()).toString("latin1") };
}

/** Things of an organization: in the path, but links that carry their own right. */
const ofTheirs = (one: Operation) => /\{\w+Id\}/.test(one.path);
const hasIdInBody = (one: Operation) => one.body !== undefined && Object.keys(resolve(one.body).properties ?? {}).some((name) => /Id$/.test(name));
const hasIdInQuery = (one: Operation) => one.parameters.some((each) => each.in === "query" && /Id$/.test(each.name));

/** All that can be seen of the other organization by who sees everything. */
async function everything(): Promise<string> {
  const main = foreign["organizationId"] ?? "";
  const lists = ["/channels", `/channels/${foreign["channelId"]}`, `/organizations/${main}`, `/organizations/${main}/members`, `/organizations/${main}/invitations`, "/shares", "/tokens", "/users"];
  const seen = await Promise.all(lists.map((path) => root.call<Record<string, unknown>>("GET", path)));
  return JSON.stringify(seen.map((answer) => answer.body), (key, value: unknown) => (["lastSeenAt", "lastUsedAt", "stateSince", "views"].includes(key) ? undefined : value));
}

/** 404, never 403, for what is another organization's; 403 when the operation itself is beyond this person. */
async function refusal(one: Operation): Promise<number[]> {
  const atHome = await ask(stranger, { ...one, method: one.method === "DELETE" ? "OPTIONS" : one.method }, own);
  return atHome.status === 403 || one.parameters.some((each) => each.name === "sessionId" || each.name === "userId") ? [403, 404] : [404];
}

describe("by path", () => {
  test.each(operations.filter(ofTheirs).map((one) => [one.id, one] as const))("%s", async (_, one) => {
    const allowed = await refusal(one);
    const before = await everything();
    for (const browser of [stranger, program]) {
      const answer = await ask(browser, one, foreign);
      expect(allowed, `${one.id}: ${answer.status} ${answer.text.slice(0, 300)}`).toContain(answer.status);
      expect(answer.text, one.id).not.toContain(mark);
    }
    // Ids of both: the path's first is their own, what lies in it is not.
    if (one.path.includes("{organizationId}") && /\{(userId|invitationId)\}/.test(one.path)) {
      const mixed = await ask(stranger, one, { ...foreign, organizationId: own["organizationId"] ?? "" });
      expect([404, 400], `${one.id} mixed: ${mixed.status} ${mixed.text.slice(0, 300)}`).toContain(mixed.status);
    }
    expect(await everything(), `${one.id} changed something`).toBe(before);
  });
});

describe("by body and query", () => {
  test.each(operations.filter((one) => hasIdInBody(one) || hasIdInQuery(one)).map((one) => [one.id, one] as const))("%s", async (_, one) => {
    const before = await everything();
    // The path is their own, so that only what the body or query names is not.
    const path = pathOf(one, own);
    for (const browser of [stranger, program]) {
      const answer = await ask(browser, { ...one, path }, foreign);
      if (one.method === "GET") expect(answer.status, one.id).toBeLessThan(500);
      else expect([400, 403, 404, 422], `${one.id}: ${answer.status} ${answer.text.slice(0, 300)}`).toContain(answer.status);
      expect(answer.text, one.id).not.toContain(mark);
    }
    expect(await everything(), `${one.id} changed something`).toBe(before);
  });
});

describe("by asking for everything", () => {
  test.each(operations.filter((one) => one.method === "GET").map((one) => [one.id, one] as const))("%s", async (_, one) => {
    for (const browser of [stranger, program]) {
      const answer = await ask(browser, one, own);
      expect(answer.text, `${one.id} ${answer.status}`).not.toContain(mark);
    }
  });

  test("nor do events tell", async () => {
    const stop = new AbortController();
    const answer = await stranger.fetch("/events", { signal: stop.signal });
    const reader = answer.body?.getReader();
    const heard: string[] = [];
    const listening = (async () => {
      for (;;) {
        const piece = await reader?.read();
        if (!piece || piece.done) return;
        heard.push(Buffer.from(piece.value).toString());
        if (heard.join("").includes("heard at home")) return;
      }
    })().catch(() => undefined);
    await root.ask("PATCH", `/channels/${foreign["channelId"]}`, { name: `${mark} renamed` });
    await stranger.ask("PATCH", `/channels/${own["channelId"]}`, { name: "heard at home" });
    await listening;
    stop.abort();
    expect(heard.join("")).toContain("heard at home");
    expect(heard.join("")).not.toContain(mark);
  });
});

test("what was asked of others answers at home", async () => {
  for (const id of ["getChannel", "getTimeline", "getOrganization", "listMembers", "listInvitations"]) {
    expect((await ask(stranger, operation(id), own)).status, id).toBe(200);
  }
});
