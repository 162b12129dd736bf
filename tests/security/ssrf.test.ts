// Whom the server can be made to talk to: nobody it should not, by no spelling, redirect or playlist.

import { createServer, type Server as WebServer } from "node:http";
import { createServer as createTcp, type Server as TcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server, addChannel, type Channel } from "../support/server.ts";
import { waitFor } from "../support/process.ts";
import type { Problem } from "../support/visitor.ts";

let strict: Server; // sources at public addresses only
let open: Server; // private ones, too
let web: WebServer;
let inner: TcpServer; // what nobody may be led to: it counts who comes
let visitors = 0;
const asked: string[] = [];

const portOf = (server: WebServer | TcpServer): number => {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
};

const head = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:1\n";
const targets: Record<string, string> = {
  file: "file:///etc/passwd",
  gopher: "gopher://127.0.0.1:1/_x",
  data: "data:text/plain,x",
  concat: "concat:/etc/passwd|/etc/hostname",
  subfile: "subfile,,start,0,end,100,,:/etc/passwd",
  crypto: "crypto:/etc/passwd",
  tcp: "tcp://127.0.0.1:INNER",
  ftp: "ftp://127.0.0.1:INNER/x",
  dict: "dict://127.0.0.1:INNER/x",
  unix: "unix:/run/x.sock",
  pipe: "pipe:0",
};
const target = (name: string) => (targets[name] ?? "").replace("INNER", String(portOf(inner)));

beforeAll(async () => {
  inner = createTcp((socket) => {
    visitors += 1;
    socket.on("error", () => undefined).end();
  });
  await new Promise<void>((ready) => inner.listen(0, "127.0.0.1", ready));
  web = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://x");
    asked.push(url.pathname + url.search);
    const to = target(url.searchParams.get("to") ?? "");
    const playlist = (lines: string) => response.setHeader("Content-Type", "application/vnd.apple.mpegurl").end(lines);
    if (url.pathname === "/redirect") response.writeHead(302, { Location: to }).end();
    else if (url.pathname === "/round") response.writeHead(302, { Location: "/round" }).end();
    else if (url.pathname === "/segment.m3u8") playlist(`${head}#EXTINF:2,\n${to}\n#EXTINF:2,\n${to}\n`);
    else if (url.pathname === "/key.m3u8") playlist(`${head}#EXT-X-KEY:METHOD=AES-128,URI="${to}"\n#EXTINF:2,\na.ts\n#EXTINF:2,\nb.ts\n`);
    else if (url.pathname === "/map.m3u8") playlist(`${head}#EXT-X-MAP:URI="${to}"\n#EXTINF:2,\na.m4s\n#EXTINF:2,\nb.m4s\n`);
    else if (url.pathname === "/master.m3u8") playlist(`#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\n${to}\n`);
    else if (url.pathname === "/audio.m3u8") playlist(`#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="${to}"\n#EXT-X-STREAM-INF:BANDWIDTH=100000,AUDIO="a"\n${to}\n`);
    else if (url.pathname === "/hop.m3u8") playlist(`${head}#EXTINF:2,\n/redirect?to=${url.searchParams.get("to")}\n#EXTINF:2,\n/redirect?to=${url.searchParams.get("to")}\n`);
    else response.writeHead(404).end();
  });
  await new Promise<void>((ready) => web.listen(0, "127.0.0.1", ready));
  const env = { LONGTAKE_INGEST_OPEN_TIMEOUT_MS: "1500", LONGTAKE_INGEST_READ_TIMEOUT_MS: "1500", LONGTAKE_INGEST_FIRST_RETRY_MS: "300" };
  [strict, open] = await Promise.all([Server.start({ env: { ...env, LONGTAKE_INGEST_ALLOW_PRIVATE: "false" } }), Server.start({ env })]);
});
afterAll(async () => {
  await Promise.all([strict?.stop(), open?.stop()]);
  web.closeAllConnections();
  await new Promise((closed) => web.close(closed));
  await new Promise((closed) => inner.close(closed));
});

async function tried(server: Server, url: string): Promise<Problem> {
  // So many are tried at once; the next has to wait for its turn.
  const answer = await waitFor("a turn", async () => {
    const one = await server.call<Problem>("POST", "/sources/test", { source: { url } });
    return one.status === 429 ? undefined : one;
  }, { timeoutMs: 120_000 });
  expect([400, 422], `${url}: ${JSON.stringify(answer.body)}`).toContain(answer.status);
  expect(JSON.stringify(answer.body), url).not.toMatch(/root:|daemon:/);
  return answer.body;
}

describe("an address in a private range", () => {
  const hosts = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "[::1]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "0.0.0.0", "0", "[::]", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "[fe80::1]", "[fd00::1]",
    "[fe80::1%25lo]", "224.0.0.1", "255.255.255.255", "198.18.0.1", "１２７.0.0.1", "127。0。0。1",
  ];

  test.each(hosts)("%s is nobody's business, over any protocol", async (host) => {
    const before = [visitors, asked.length];
    for (const [scheme, port, path] of [["http", portOf(web), "/master.m3u8"], ["https", portOf(inner), "/x.ts"], ["rtsp", portOf(inner), "/x"], ["rtmp", portOf(inner), "/a/b"]] as const) {
      const body = await tried(strict, `${scheme}://${host}:${port}${path}`);
      expect(["urn:longtake:source-forbidden-address", "urn:longtake:source-bad-address", "urn:longtake:source-unknown-host", "urn:longtake:invalid"], `${scheme} ${host}: ${JSON.stringify(body)}`).toContain(body.type);
    }
    expect([visitors, asked.length], host).toEqual(before);
  });

  test("is not recorded either, whether it is new or put in later", async () => {
    const before = [visitors, asked.length];
    const made = await strict.call<Channel>("POST", "/channels", { name: "inside", source: { url: `http://127.0.0.1:${portOf(web)}/master.m3u8` } });
    if (made.status === 201) await waitFor("the channel to fail", async () => (await strict.ask<Channel>("GET", `/channels/${made.body.id}`)).state === "failed");
    else expect([400, 422]).toContain(made.status);
    const outside = await addChannel(strict, "outside", "http://no-such-host.invalid/a.ts", { start: false });
    const tag = (await strict.fetch(`/channels/${outside.id}`)).headers.get("etag") ?? "";
    const edited = await strict.fetch(`/channels/${outside.id}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/json", "If-Match": tag },
      body: JSON.stringify({ source: { url: `rtmp://127.0.0.1:${portOf(inner)}/a/b` } }),
    });
    expect([200, 400, 422]).toContain(edited.status);
    if (edited.status === 200) {
      await strict.ask("POST", `/channels/${outside.id}/actions/start`);
      await waitFor("the channel to fail", async () => (await strict.ask<Channel>("GET", `/channels/${outside.id}`)).state === "failed");
    }
    expect([visitors, asked.length]).toEqual(before);
  });
});

describe("another scheme", () => {
  test.each(Object.keys(targets))("%s is refused as an address", async (name) => {
    const body = await tried(open, target(name));
    expect(["urn:longtake:source-forbidden-address", "urn:longtake:source-bad-address", "urn:longtake:invalid"], JSON.stringify(body)).toContain(body.type);
  });

  const ways = ["redirect", "segment.m3u8", "key.m3u8", "map.m3u8", "master.m3u8", "audio.m3u8", "hop.m3u8"];
  test.concurrent.each(ways.flatMap((way) => Object.keys(targets).map((name) => [way, name] as const)))("by %s, %s leads nowhere", async (way, name) => {
    const body = await tried(open, `http://127.0.0.1:${portOf(web)}/${way}?to=${name}`);
    expect(body.type).toMatch(/^urn:longtake:source-/);
    expect(visitors, JSON.stringify(body)).toBe(0);
  });

  test("a redirect without end has one", async () => {
    const before = asked.length;
    await tried(open, `http://127.0.0.1:${portOf(web)}/round`);
    expect(asked.length - before).toBeLessThan(30);
  });
});
