// What goes wrong says so in one line that names the thing, and nothing that must be refused is read.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, temporaryFolder, waitFor } from "../support/process.ts";
import { Server, addChannel, email, longtake, password, type Channel } from "../support/server.ts";
import { makeFootage, startTransportStream, startWeb, type Source } from "../support/sources.ts";

type Problem = { type: string; status: number; detail?: string; errors?: { field: string; message: string }[] };
type Report = { ok: boolean; picture?: string; tracks: { kind: string; codec: string }[]; notes?: string[] };

const folder = temporaryFolder();
let server: Server;
let web: Source;
let radio: Source;
/** The "discard" port, where nobody has listened for decades; a port that was free a moment ago may be taken by another test. */
const closed = 9;

beforeAll(async () => {
  const www = join(folder.path, "www");
  mkdirSync(www, { recursive: true });
  writeFileSync(join(www, "page.html"), "<!doctype html><title>News</title><p>No stream here.</p>");
  const head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:1\n";
  writeFileSync(join(www, "thief.m3u8"), `${head}#EXTINF:2,\nfile:///etc/passwd\n#EXTINF:2,\nfile:///etc/passwd\n`);
  web = await startWeb(folder.path);
  radio = await startTransportStream("http", await makeFootage("radio.ts", { codec: "none", seconds: 8 }));
  server = await Server.start({ env: { LONGTAKE_INGEST_FIRST_RETRY_MS: "300" } });
});
afterAll(async () => {
  await server?.stop();
  await Promise.all([web, radio].map((source) => source?.stop()));
  folder.remove();
});

type Trial = [what: string, url: () => string, type: string, names: () => RegExp];
const closedPort = (): RegExp => new RegExp(`127\\.0\\.0\\.1:${closed}`);
const trials: Trial[] = [
  ["a closed port over HTTP", () => `http://127.0.0.1:${closed}/live.m3u8`, "source-refused", closedPort],
  ["a closed port over RTMP", () => `rtmp://127.0.0.1:${closed}/live/x`, "source-refused", closedPort],
  ["a closed port over RTSP", () => `rtsp://127.0.0.1:${closed}/x`, "source-refused", closedPort],
  ["an unknown host", () => "http://no-such-host.invalid/live.m3u8", "source-unknown-host", () => /no-such-host\.invalid/],
  ["an address the server does not have", () => `${web.url}/nothing.m3u8`, "source-not-found", () => /404|no such/],
  ["a web page", () => `${web.url}/page.html`, "source-not-a-stream", () => /page|stream/],
  ["ftp://", () => `ftp://127.0.0.1:${closed}/x`, "source-forbidden-address", () => /ftp/],
  ["file://", () => "file:///etc/passwd", "source-forbidden-address", () => /file/],
  ["a playlist that names a file of this machine", () => `${web.url}/thief.m3u8`, "source-forbidden-address", () => /file/],
];

describe("an address that cannot be recorded", () => {
  test.each(trials)("%s is refused by name", async (what, address, type, named) => {
    const [url, names] = [address(), named()];
    const answer = await server.call<Problem>("POST", "/sources/test", { source: { url } });
    expect([answer.status, answer.body.type], `${what}: ${JSON.stringify(answer.body)}`).toEqual([422, `urn:longtake:${type}`]);
    expect(answer.body.detail, what).toMatch(names);
    expect(answer.body.detail, what).toMatch(/^[^\n]+$/);
    expect(answer.body.detail, what).not.toMatch(/root:/);
    const told = await longtake(["channel", "test", url, "--data", server.data]);
    expect(told.code, what).toBe(1);
    expect(told.stderr, what).toMatch(/^longtake: [^\n]+\n$/);
    expect(told.stderr, what).toMatch(names);
    expect(told.stdout.toString(), what).toBe("");
  });

  test("a private address is refused unless it is allowed", async () => {
    const strict = await Server.start({ env: { LONGTAKE_INGEST_ALLOW_PRIVATE: "false" } });
    try {
      for (const host of ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.1.1"]) {
        const url = `http://${host}:${new URL(web.url).port}/page.html`;
        const answer = await strict.call<Problem>("POST", "/sources/test", { source: { url } });
        expect([answer.status, answer.body.type], `${url} ${JSON.stringify(answer.body)}`).toEqual([
          422, "urn:longtake:source-forbidden-address",
        ]);
        expect(answer.body.detail).toMatch(/^[^\n]*allow it with ingest\.allow_private$/);
      }
    } finally {
      await strict.stop();
    }
  });

  test("a password in an address is not repeated", async () => {
    const url = `http://desk:s3cret@127.0.0.1:${closed}/live.m3u8`;
    const answer = await server.call<Problem>("POST", "/sources/test", { source: { url } });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).not.toContain("s3cret");
    expect(server.output).not.toContain("s3cret");
  });

  test("a channel whose source refuses says why", async () => {
    const channel = await addChannel(server, "refused", `rtmp://127.0.0.1:${closed}/live/x`);
    const seen = await waitFor("the cause", async () => {
      const now = await server.ask<Channel & { cause?: string }>("GET", `/channels/${channel.id}`);
      return now.state !== "connecting" ? now : undefined;
    });
    expect(seen.state).toBe("reconnecting");
    expect(seen.cause).toMatch(/^[^\n]*refused[^\n]*$/);
  });
});

test("a stream of sound alone is one", async () => {
  const report = await server.ask<Report>("POST", "/sources/test", { source: { url: radio.url } });
  expect(report.ok).toBe(true);
  expect(report.tracks.map((track) => [track.kind, track.codec])).toEqual([["audio", "AAC"]]);
  expect(report.picture).toBeUndefined();
});

describe("a start that cannot be", () => {
  const oneLine = /^longtake: [^\n]+\n$/;

  test("port in use", async () => {
    const other = temporaryFolder();
    try {
      const ended = await longtake(["serve", "--data", other.path, "--listen", `127.0.0.1:${server.port}`]);
      expect(ended.code).toBe(1);
      const last = ended.stderr.trimEnd().split("\n").at(-1) ?? "";
      expect(last).toMatch(new RegExp(`^longtake: .*${server.port}`));
    } finally {
      other.remove();
    }
  });

  test("a data folder that cannot be made", async () => {
    const blocked = join(folder.path, "www", "page.html");
    const ended = await longtake(["serve", "--data", blocked, "--listen", `127.0.0.1:${await freePort()}`]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(oneLine);
    expect(ended.stderr).toContain(blocked);
    expect(ended.stderr).toContain("--data");
  });

  test("a data folder in use", async () => {
    const ended = await longtake(["serve", "--data", server.data, "--listen", `127.0.0.1:${await freePort()}`]);
    expect(ended.code).toBe(1);
    expect(ended.stderr.trimEnd().split("\n").at(-1)).toContain(server.data);
  });

  test("an unknown setting", async () => {
    const words = ["serve", "--data", join(folder.path, "d"), "--listen", `127.0.0.1:${await freePort()}`];
    const ended = await longtake([...words, "--set", "archive.foldr=x"]);
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toMatch(oneLine);
    expect(ended.stderr).toMatch(/archive\.foldr.*archive\.folder/);
  });
});

describe("a request that cannot be", () => {
  const bare = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${server.url}/api/v1${path}`, init);

  test("a wrong password and an unknown person get the same answer", async () => {
    const seen: unknown[] = [];
    for (const body of [{ email, password: "not this one" }, { email: "nobody@longtake.test", password }]) {
      const answer = await bare("/session", {
        method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", Origin: server.url },
      });
      expect(answer.headers.getSetCookie()).toEqual([]);
      seen.push([answer.status, await answer.json()]);
    }
    expect(seen[0]).toMatchObject([401, { type: "urn:longtake:bad-credentials", status: 401 }]);
    expect(seen[1]).toEqual(seen[0]);
  });

  test.each(["/me", "/channels", "/storage", "/channels/x/video.mp4?from=2026-11-20T06:00:00Z", "/events"])(
    "%s wants a session",
    async (path) => {
      const answer = await bare(path);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
      expect(await answer.json()).toMatchObject({ type: "urn:longtake:signed-out" });
    },
  );

  test("an unknown field is refused with the nearest name", async () => {
    const answer = await server.call<Problem>("POST", "/channels", {
      name: "typo", source: { url: "http://example.org/x.m3u8" }, segmentSecond: 60,
    });
    expect([answer.status, answer.body.type]).toEqual([400, "urn:longtake:invalid"]);
    expect(answer.body.errors?.[0]?.field).toBe("segmentSecond");
    expect(answer.body.errors?.[0]?.message).toContain("segmentSeconds");
  });

  test("an unknown query parameter too", async () => {
    const answer = await server.call<Problem>("GET", "/channels?limt=3");
    expect([answer.status, answer.body.errors?.[0]?.field]).toEqual([400, "limt"]);
    expect(answer.body.errors?.[0]?.message).toContain("limit");
  });
});
