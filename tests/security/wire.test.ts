// Requests that are too large, too slow, too many or not what they seem.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder, waitFor } from "../support/process.ts";
import { exchange, open, untilClosed } from "../support/raw.ts";
import { Server, addChannel, type Channel } from "../support/server.ts";
import { makeFootage } from "../support/sources.ts";

const place = temporaryFolder();
let server: Server;
let channel: Channel;
const secret = "nobody may read this";

beforeAll(async () => {
  const page = join(place.path, "page");
  mkdirSync(page);
  writeFileSync(join(page, "index.html"), "<!doctype html><title>Longtake</title>");
  writeFileSync(join(place.path, "secret.txt"), secret);
  server = await Server.start({ env: { LONGTAKE_WEB: page, LONGTAKE_HTTP_HEADER_TIMEOUT_MS: "1000", LONGTAKE_HTTP_BODY_TIMEOUT_MS: "1000", LONGTAKE_HTTP_STALL_TIMEOUT_MS: "1000" } });
  channel = await addChannel(server, 'a"; filename=evil.exe; b=\\é;X-Evil: 1', "http://127.0.0.1:9/a.ts", { start: false });
  const footage = await makeFootage("large.mp4", { seconds: 40, size: "1280x720", bitrate: "8M", audio: "aac" });
  await server.halt();
  const imported = await server.command(["import", channel.id, footage, "--at", "2026-11-20T10:00:00Z"]);
  if (imported.code !== 0) throw new Error(imported.stderr);
  await server.resume();
});
afterAll(async () => {
  await server?.stop();
  place.remove();
});

const session = () => `Cookie: ${server.session["Cookie"]}\r\nOrigin: ${server.url}\r\n`;
const head = (line: string, more = "") => `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\n${more}\r\n`;
/** The only request of its connection, which the server closes behind the answer. */
const only = (line: string, more = "") => head(line, `Connection: close\r\n${more}`);
const alive = async () => expect((await server.call("GET", "/me")).status).toBe(200);

describe("too large", () => {
  const json = "Content-Type: application/json\r\n";
  test.each([
    ["an address", () => only(`GET /${"a".repeat(9000)}`), [414]],
    ["a query", () => only(`GET /api/v1/channels?cursor=${"a".repeat(9000)}`), [414]],
    ["a request line without end", () => `GET /${"a".repeat(100_000)}`, [414, 431]],
    ["a header field", () => only("GET /api/v1/me", `X-Long: ${"a".repeat(17_000)}\r\n`), [431]],
    ["many header fields", () => only("GET /api/v1/me", Array.from({ length: 3000 }, (_, i) => `X-${i}: a\r\n`).join("")), [431]],
    ["a cookie", () => only("GET /api/v1/me", `Cookie: longtake_session=${"a".repeat(17_000)}\r\n`), [431]],
    ["a body, as its length says", () => only("POST /api/v1/channels", `${session()}${json}Content-Length: 999999999999\r\n`), [413]],
    ["a body in chunks", () => `${only("POST /api/v1/channels", `${session()}${json}Transfer-Encoding: chunked\r\n`)}${`10000\r\n${"a".repeat(65_536)}\r\n`.repeat(20)}0\r\n\r\n`, [413]],
    ["a chunk size", () => `${only("POST /api/v1/channels", `${session()}${json}Transfer-Encoding: chunked\r\n`)}ffffffffffffffff\r\n`, [400, 413]],
    ["a body nobody asked for", () => only("GET /api/v1/me", `Content-Length: 99999999\r\n`), [413]],
  ] as const)("%s is refused", async (_, bytes, statuses) => {
    const answer = await exchange(server.port, bytes());
    expect(statuses, answer.head).toContain(answer.status);
    await alive();
  });

  test.each(["/session", "/password-resets", "/password-resets/none", "/invitations/none", "/shared/none"])("a body of a stranger for %s is refused beyond 16 KiB", async (path) => {
    const post = (bytes: number) => fetch(`${server.url}/api/v1${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: `{"${"a".repeat(bytes)}":1}` });
    expect((await post(16_384)).status).toBe(413);
    const fits = await post(16_000);
    expect(fits.status).toBeLessThan(413);
    expect((await fits.text()).length).toBeLessThan(1000);
  });

  test("a JSON of many levels, a text of many letters and a list of many things are refused", async () => {
    const post = (body: string) => server.fetch("/channels", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    const source = '"source":{"url":"http://127.0.0.1:9/a.ts"}';
    for (const body of [`${"[".repeat(100_000)}`, `{"name":${'{"a":'.repeat(5000)}1${"}".repeat(5000)},${source}}`, `{"name":"${"a".repeat(101)}",${source}}`, `{"name":"x","source":{"url":"http://${"a".repeat(2000)}"}}`, `{"name":["${"a".repeat(1000)}"],${source}}`]) {
      const answer = await post(body);
      expect(answer.status, body.slice(0, 60)).toBe(400);
      expect((await answer.text()).length).toBeLessThan(4000);
    }
    const big = await post(`{"name":"x",${source},"x":"${"a".repeat(1_100_000)}"}`);
    expect(big.status).toBe(413);
    const password = await server.call("POST", "/session", { email: "a@b.test", password: "a".repeat(1025) });
    expect(password.status).toBe(400);
  });
});

describe("not what it seems", () => {
  const body = "0\r\n\r\n";
  const next = head("GET /api/v1/smuggled");
  test.each([
    ["a length and chunks", head("POST /api/v1/session", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n") + body + next],
    ["two lengths", head("POST /api/v1/session", "Content-Length: 0\r\nContent-Length: 5\r\n") + next],
    ["a length with a sign", head("POST /api/v1/session", "Content-Length: +5\r\n") + next],
    ["a length that is no number", head("POST /api/v1/session", "Content-Length: 0x5\r\n") + next],
    ["chunks that are not the last coding", head("POST /api/v1/session", "Transfer-Encoding: chunked, identity\r\n") + body + next],
    ["a coding that only looks like chunks", head("POST /api/v1/session", "Transfer-Encoding: xchunked\r\n") + body + next],
    ["a space before the colon", head("POST /api/v1/session", "Content-Length : 5\r\n") + next],

    ["NUL in a header", head("GET /api/v1/me", "X-A: \0\r\n")],
    ["a bare CR in a header", head("GET /api/v1/me", "X-A: 1\rX-B: 2\r\n")],
    ["chunks over another coding", head("POST /api/v1/session", "Transfer-Encoding: gzip, chunked\r\n") + body + next],
    ["chunks of HTTP/1.0", `POST /api/v1/session HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n${body}${next}`],
    ["no Host", "GET /api/v1/me HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["HTTP/9.9", "GET /api/v1/me HTTP/9.9\r\nHost: a\r\n\r\n"],
    ["TLS", Buffer.from("16030100a5010000a10303", "hex").toString("latin1") + "\r\n\r\n"],
  ])("%s is one refusal and the end", async (_, bytes) => {
    const answer = await exchange(server.port, Buffer.from(bytes, "latin1"));
    const statuses = `${answer.head}\r\n\r\n${answer.text}`.match(/HTTP\/1\.1 \d{3}/g) ?? [];
    expect(statuses.length, answer.head + answer.text).toBeLessThanOrEqual(1);
    expect([0, 400, 501, 505], answer.head).toContain(answer.status);
    expect(answer.closed).toBe(true);
    await alive();
  });

  test("a name has no line breaks, and makes no other file name", async () => {
    const broken = await server.call("POST", "/channels", { name: "a\r\nX-Evil: 1", source: { url: "http://127.0.0.1:9/a.ts" } });
    expect(broken.status).toBe(400);
    expect((await server.ask<Channel>("GET", `/channels/${channel.id}`)).name).toBe(channel.name);
    const evil = encodeURIComponent('a"; filename=evil.exe\r\nX-Evil: 1\r\n\r\n<script>.mp4');
    const path = `/channels/${channel.id}/video.mp4?from=2026-11-20T10:00:01Z&to=2026-11-20T10:00:03Z&download=${evil}`;
    const answer = await exchange(server.port, only(`HEAD /api/v1${path}`, session()));
    expect(answer.status, answer.head).toBe(200);
    const disposition = answer.head.match(/^content-disposition: ([^\r\n]+)$/im)?.[1] ?? "";
    expect(disposition).toMatch(/^attachment; filename="[\w. -]+\.mp4"; filename\*=UTF-8''[\w.%-]+$/);
    expect(answer.head).not.toMatch(/^x-evil/im);
  });

  test.each([
    "/%0d%0aX-Evil:%201", "/api/v1/openid/%0d%0aX-Evil:1/start", "/api/v1/channels?cursor=%0d%0aX-Evil:1", "/?%0d%0aX-Evil:1",
    "/api/v1/openid/x/callback?code=1&state=%0d%0aSet-Cookie:a=b",
  ])("%s begins no header", async (path) => {
    const answer = await exchange(server.port, only(`GET ${path}`, session()));
    expect(answer.head).toMatch(/^HTTP\/1\.1 [2-4]\d\d/);
    expect(answer.head).not.toMatch(/^(x-evil|set-cookie)/im);
  });
});

describe("a path that climbs", () => {
  const climbs = [
    "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/%2e%2e%2fsecret.txt", "/..\\secret.txt", "/%2e%2e%5csecret.txt", "/assets/../../secret.txt",
    "/.%2e/secret.txt", "//secret.txt", "/%c0%ae%c0%ae/secret.txt", "/%252e%252e/secret.txt", "/....//secret.txt", "/secret.txt%00.html", "/%00", "/./../secret.txt", "/..;/secret.txt",
  ];
  test.each(climbs)("%s reads nothing", async (path) => {
    const answer = await exchange(server.port, only(`GET ${path}`));
    expect(answer.head + answer.text).not.toContain(secret);
    expect(answer.status, answer.head).toBeLessThan(500);
  });

  test.each(["..%2f..%2flongtake.db", "%2e%2e", "..", "video.mp4%00", "x/../../secret.key", "..\\..\\secret.key", "%2fetc%2fpasswd", "a".repeat(3000)])(
    "nor in a playlist's child: %s",
    async (child) => {
      const answer = await exchange(server.port, only(`GET /api/v1/channels/${channel.id}/hls/${child}?from=2026-11-20T10:00:01Z&to=2026-11-20T10:00:03Z`, session()));
      expect([400, 404], answer.head).toContain(answer.status);
      expect(answer.text).not.toMatch(/root:|SQLite/);
    },
  );

  test.each(["1%2f..%2f2", "..", "1;drop", "%2e%2e%2f", "1%00", "-1", "99999999999999999999"])("nor in an id: %s", async (id) => {
    const answer = await exchange(server.port, only(`GET /api/v1/channels/${id}`, session()));
    expect([400, 404], answer.head).toContain(answer.status);
  });
});

describe("too slow", () => {
  test("a header that drips is cut, and everybody else is answered meanwhile", async () => {
    const sockets = await Promise.all(Array.from({ length: 50 }, () => open(server.port)));
    const ends = sockets.map(untilClosed);
    const drips = setInterval(() => sockets.forEach((socket) => socket.writable && socket.write("X-A: b\r\n")), 100);
    sockets.forEach((socket) => socket.write("GET /api/v1/me HTTP/1.1\r\nHost: a\r\n"));
    await alive();
    const answers = await Promise.all(ends);
    clearInterval(drips);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("a body that drips is cut", async () => {
    const socket = await open(server.port);
    const end = untilClosed(socket);
    const drips = setInterval(() => socket.writable && socket.write("a"), 100);
    socket.write(head("POST /api/v1/session", "Content-Type: application/json\r\nContent-Length: 1000\r\n"));
    expect(await end).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(drips);
    await alive();
  });

  test("a reader that takes nothing is cut", async () => {
    const socket = await open(server.port);
    socket.pause();
    let closed = false;
    socket.on("close", () => (closed = true));
    socket.write(head(`GET /api/v1/channels/${channel.id}/video.mp4?from=2026-11-20T10:00:00Z&to=2026-11-20T10:00:40Z`, session()));
    await waitFor("the answer to wait for its reader", () => waiting(server.port));
    await alive();
    // What it has buffered is read only now: the end must have come from the server long before the film's.
    await waitFor("the server to give up", () => !waiting(server.port), { timeoutMs: 20_000 });
    let bytes = 0;
    socket.on("data", (piece: Buffer) => (bytes += piece.length));
    socket.resume();
    await waitFor("the connection to end", () => closed);
    expect(bytes).toBeLessThan(30_000_000);
    await alive();
  });
});

/**
 * A connection of the server waits for its reader, as the system's table tells: local port in hex, state 01
 * (established), and a queue of unsent bytes.
 */
function waiting(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").map((line) => line.trim().split(/\s+/));
  return lines.some((words) => words[1] === `0100007F:${hex}` && words[3] === "01" && !/^0*:/.test(words[4] ?? ":"));
}

test("1,000 idle connections hold up nobody and cost little", async () => {
  const status = (name: string) => Number(readFileSync(`/proc/${server.pid}/status`, "utf8").match(new RegExp(`^${name}:\\s+(\\d+)`, "m"))?.[1]);
  const [memory, threads] = [status("VmRSS"), status("Threads")];
  const idle: Socket[] = [];
  for (let i = 0; i < 20; ++i) idle.push(...(await Promise.all(Array.from({ length: 50 }, () => open(server.port)))));
  // Half have asked something before; half never do.
  // Fifty at a time: how many may wait at once for an answer is another limit.
  for (let i = 0; i < 500; i += 50) {
    const asking = idle.slice(i, i + 50);
    const answered = asking.map((socket) => new Promise<string>((heard) => socket.once("data", (piece: Buffer) => heard(piece.toString("latin1")))));
    for (const socket of asking) socket.write(head("GET /api/v1/sign-in-options"));
    for (const answer of await Promise.all(answered)) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  }
  await alive();
  expect(idle.filter((socket) => !socket.destroyed)).toHaveLength(1000);
  expect(status("Threads")).toBe(threads);
  expect(status("VmRSS") - memory).toBeLessThan(100_000);
  expect(readdirSync(`/proc/${server.pid}/fd`).length).toBeGreaterThan(1000);
  for (const socket of idle) socket.destroy();
  await waitFor("the server to let go of them", () => readdirSync(`/proc/${server.pid}/fd`).length < 500);
  await alive();
});

test("and nothing of it is the server's mistake", () => {
  expect(server.exit).toBeUndefined();
  expect(server.output).not.toMatch(/request failed|ended by an exception/);
});
