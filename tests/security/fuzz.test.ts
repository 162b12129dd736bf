// The whole contract, asked with what its schemas allow and with what they do not: no 5xx, and every answer is one
// that is promised.

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fitting, nearly, odd } from "../support/arbitrary.ts";
import { breach, operations, resolve, type Operation, type Parameter } from "../support/openapi.ts";
import { makeFootage } from "../support/sources.ts";
import { Server, addChannel } from "../support/server.ts";
import { Visitor } from "../support/visitor.ts";

/** The same questions every time, unless told otherwise: what fails once fails again. */
const runs = Number(process.env["LONGTAKE_FUZZ_RUNS"] ?? 30);
const seed = Number(process.env["LONGTAKE_FUZZ_SEED"] ?? 20261121);
const password = "a patient fuzzing machine";

let server: Server;
/** Things that are there, by the name of the parameter that takes their id. */
const things: Record<string, string[]> = {};
let visitor: Visitor;
/** Nobody listens on the "discard" port. */
const closed = 9;

/** Asks whatever counts as a try: who fails too often has to wait, and the others should not. */
let prover: Visitor;
const proofs = new Set(["signIn", "changePassword", "beginSecondFactor", "confirmSecondFactor", "renewRecoveryCodes", "endSecondFactor", "resetPassword", "requestPasswordReset", "acceptInvitation", "openShared"]);

async function signIn(): Promise<void> {
  visitor = Visitor.of(server);
  if ((await visitor.signIn("fuzz@longtake.test", password)).status === 200) return;
  const made = await server.command(["user", "passwd", "fuzz@longtake.test", "--password-stdin"], password);
  if (made.code !== 0) throw new Error(made.stderr);
  visitor = Visitor.of(server);
  const answer = await visitor.signIn("fuzz@longtake.test", password);
  if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${JSON.stringify(answer.body)}`);
}

beforeAll(async () => {
  server = await Server.start({ env: { LONGTAKE_INGEST_OPEN_TIMEOUT_MS: "300", LONGTAKE_HTTP_TRUSTED_PROXIES: "127.0.0.1" } });
  for (const [email, role] of [["fuzz@longtake.test", "superadmin"], ["prover@longtake.test", "superadmin"], ["other@longtake.test", "editor"]] as const) {
    const made = await server.command(["user", "add", email, "--role", role, "--password-stdin"], password);
    if (made.code !== 0) throw new Error(made.stderr);
  }
  const channel = await addChannel(server, "fuzzed", `http://127.0.0.1:${closed}/a.ts`, { start: false });
  const footage = await makeFootage("fuzzed.mp4", { seconds: 8, size: "320x180", audio: "aac" });
  await server.halt();
  const imported = await server.command(["import", "fuzzed", footage, "--at", "2026-11-20T10:00:00Z"]);
  if (imported.code !== 0) throw new Error(imported.stderr);
  await server.resume();
  things["channelId"] = [channel.id];
  await signIn();
  prover = Visitor.of(server);
  expect((await prover.signIn("prover@longtake.test", password)).status).toBe(200);
  await gather();
});
afterAll(() => server?.stop());

/** Somebody else and what there is to be asked about. */
async function gather(): Promise<void> {
  const there = (await asked<{ organization: { id: string } }>("GET", "/me")).organization.id;
  things["organizationId"] = [there, (await asked<{ id: string }>("POST", "/organizations", { name: "Fuzzed", slug: "fuzzed" })).id];
  const { items } = await asked<{ items: { id: string; email: string }[] }>("GET", "/users");
  things["userId"] = items.filter((user) => user.email === "other@longtake.test").map((user) => user.id);
  things["invitationId"] = [(await asked<{ invitation: { id: string } }>("POST", `/organizations/${there}/invitations`, { email: "guest@longtake.test", role: "reader" })).invitation.id];
  const shared = { channelId: things["channelId"]?.[0], from: "2026-11-20T10:00:01Z", to: "2026-11-20T10:00:03Z" };
  things["shareId"] = [(await asked<{ share: { id: string } }>("POST", "/shares", shared)).share.id];
  things["templateId"] = [(await asked<{ id: string }>("POST", "/note-templates", { name: "Fuzzed", fields: [{ key: "topic", label: "Topic", kind: "choice", options: [{ value: "One" }] }] })).id];
  const note = { channelId: things["channelId"]?.[0], at: "2026-11-20T10:00:02Z", text: "fuzzed words" };
  things["noteId"] = [(await asked<{ id: string }>("POST", "/notes", note)).id];
}

async function asked<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await visitor.call<T>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A path parameter: of a thing that is there, of none, or nonsense. */
function pathValue(parameter: Parameter): fc.Arbitrary<string> {
  const known = things[parameter.name] ?? [];
  const text = odd.map((value) => (typeof value === "string" ? value : (JSON.stringify(value) ?? "x"))).filter((value) => value.length < 2000);
  const there = known.length ? [{ weight: 9, arbitrary: fc.constantFrom(...known) }] : [];
  return fc.oneof(
    ...there,
    { weight: known.length ? 1 : 9, arbitrary: fitting(parameter.schema).map(String) },
    { weight: 1, arbitrary: fc.constantFrom("999999", "-1", "0", "9".repeat(30), "x") },
    { weight: 1, arbitrary: text },
  );
}

function queryValue(parameter: Parameter): fc.Arbitrary<string> {
  const strange = odd.map((value) => (typeof value === "string" ? value : (JSON.stringify(value) ?? "")));
  return fc.oneof({ weight: 15, arbitrary: fitting(parameter.schema).map(String) }, { weight: 1, arbitrary: strange });
}

/** Each with one chance in three, unless it is required. */
function some(parameters: Parameter[]): fc.Arbitrary<[string, string][]> {
  const each = parameters.map((one) => {
    const given = queryValue(one).map((value): [string, string][] => [[one.name, value]]);
    return one.required ? fc.oneof({ weight: 19, arbitrary: given }, { weight: 1, arbitrary: fc.constant([]) }) : fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: given });
  });
  return fc.tuple(...each).map((lists) => lists.flat());
}

type Call = { path: string; query: [string, string][]; body: string | undefined; headers: Record<string, string> };

/** Sources that are asked for lie on this machine, and nobody listens there. */
function tame(one: Operation, body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const copy = { ...(body as Record<string, unknown>) };
  const source = copy["source"];
  if (typeof source === "object" && source !== null && !Array.isArray(source)) {
    const url = (source as Record<string, unknown>)["url"];
    if (typeof url === "string") copy["source"] = { ...source, url: url.length % 3 ? `http://127.0.0.1:${closed}/${encodeURIComponent(url.toWellFormed())}` : url };
  }
  if (one.id === "createChannel" && copy["start"] === undefined) copy["start"] = false;
  return copy;
}

function callOf(one: Operation): fc.Arbitrary<Call> {
  const inPath = one.parameters.filter((parameter) => parameter.in === "path");
  const inQuery = one.parameters.filter((parameter) => parameter.in === "query");
  const path = fc.record(Object.fromEntries(inPath.map((parameter) => [parameter.name, pathValue(parameter)])));
  const query = some(inQuery);
  const stray = fc.oneof({ weight: 15, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.tuple(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 })) });
  const body = one.body ? nearly(one.body).map((value) => tame(one, value)) : fc.constant(undefined);
  const type = fc.oneof({ weight: 12, arbitrary: fc.constant("application/json") }, { weight: 1, arbitrary: fc.constantFrom("text/plain", "application/x-www-form-urlencoded", "") });
  return fc.tuple(path, query, stray, body, type).map(([values, named, extra, content, contentType]) => ({
    path: one.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent((values[name] ?? "x").toWellFormed()) || "%20"),
    query: extra ? [...named, extra] : named,
    body: content === undefined ? undefined : JSON.stringify(content),
    headers: (content === undefined || !contentType ? {} : { "Content-Type": contentType }) as Record<string, string>,
  }));
}

/** What would sign the fuzzer out by itself is asked by somebody who may go. */
const ends = new Set(["signOut", "endMySessions"]);
/** Passwords cost time on purpose, and sources have to be waited for. */
const slow = new Set([...ends, "signIn", "testSource"]);

async function ask(one: Operation, call: Call): Promise<void> {
  if (ends.has(one.id)) await signIn();
  const query = new URLSearchParams(call.query.map(([name, value]): [string, string] => [name.toWellFormed(), value.toWellFormed()])).toString();
  const stop = new AbortController();
  const proving = proofs.has(one.id);
  const answer = await (proving ? prover : visitor).fetch(`/api/v1${call.path}${query ? `?${query}` : ""}`, {
    method: one.method,
    headers: proving ? { ...call.headers, "X-Forwarded-For": "192.0.2.1" } : call.headers,
    signal: stop.signal,
    ...(call.body === undefined ? {} : { body: call.body }),
  });
  const endless = answer.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const text = endless ? "" : await answer.text();
  if (endless) stop.abort();
  const promised = one.answers[String(answer.status)] !== undefined;
  expect(answer.status < 500 || promised, `${one.method} ${call.path} ${call.body ?? ""}: ${answer.status} ${text}`).toBe(true);
  expect(breach(one, { status: answer.status, headers: answer.headers, text: text })).toBe("");
  if (answer.status === 401 && !one.open && !proving) await signIn();
}

test("something is there to be asked", () => {
  expect(operations.length).toBeGreaterThan(40);
  expect(operations.every((one) => one.parameters.every((parameter) => resolve(parameter.schema) !== undefined))).toBe(true);
});

/** What takes things away comes last. */
const order = [...operations.filter((one) => one.method !== "DELETE"), ...operations.filter((one) => one.method === "DELETE")];

test.each(order.map((one) => [one.id, one] as const))("%s", async (_, one) => {
  await fc.assert(
    fc.asyncProperty(callOf(one), (call) => ask(one, call)),
    { numRuns: slow.has(one.id) ? Math.min(runs, 12) : runs, endOnFailure: true, seed },
  );
});

test("and it goes on as before", async () => {
  expect(server.exit).toBeUndefined();
  expect(server.output).not.toMatch(/request failed/);
  await signIn();
  expect((await visitor.call("GET", "/channels")).status).toBe(200);
});
