// A signed address opens one view of one range of one channel, without a session, until it ends; nothing else.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countersOf } from "../support/media.ts";
import { run } from "../support/process.ts";
import { addChannel, type Channel, type Server } from "../support/server.ts";
import { footageEnd, noon, startWithFootage } from "./imported.ts";
import { frameLength, instant, second } from "./instants.ts";

type Link = { url: string; expiresAt: string };
type Problem = { type: string; detail: string };

let server: Server;
let channel: Channel;
let other: Channel;

beforeAll(async () => {
  ({ server, channel } = await startWithFootage());
  other = await addChannel(server, "Other", "http://127.0.0.1:9/o.m3u8");
});
afterAll(async () => {
  await server?.stop();
});

const makeLink = (view: string, from = noon, to = footageEnd, more: object = {}): Promise<Link> =>
  server.ask<Link>("POST", `/channels/${channel.id}/links`, { view, from: instant(from), to: instant(to), ...more });
/** As somebody who is not signed in. */
const open = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(url, server.url), { headers });
const refused = async (url: string, headers: Record<string, string> = {}): Promise<string> => {
  const answer = await open(url, headers);
  const problem = (await answer.json()) as Problem;
  return `${answer.status} ${problem.type.replace("urn:longtake:", "")}`;
};
const changed = (url: string, name: string, value: string): string => {
  const next = new URL(url, server.url);
  next.searchParams.set(name, value);
  return next.pathname + next.search;
};
/** A letter of the signature's last part made another one. */
const forged = (url: string): string => {
  const signature = new URL(url, server.url).searchParams.get("signature") ?? "";
  const letter = signature.at(-5) === "A" ? "B" : "A";
  return changed(url, "signature", signature.slice(0, -5) + letter + signature.slice(-4));
};
const linesOf = async (url: string): Promise<string[]> => {
  const answer = await open(url);
  expect(answer.status, url).toBe(200);
  return (await answer.text()).split("\n");
};

describe("a link to a film", () => {
  test("gives exactly its range, to the frame", async () => {
    const link = await makeLink("video.mp4", noon + second, noon + 3 * second);
    const answer = await open(link.url);
    expect(answer.status).toBe(200);
    const frames = (await countersOf(Buffer.from(await answer.arrayBuffer()))).map((counter) => counter.frame);
    expect(frames).toEqual([...Array(50).keys()].map((i) => 25 + i));
    const part = await open(link.url, { Range: "bytes=0-99" });
    expect([part.status, part.headers.get("content-length")]).toEqual([206, "100"]);
  });

  test("opens nothing when a letter of it is another", async () => {
    const { url } = await makeLink("video.mp4", noon + second, noon + 3 * second);
    const bad = "403 bad-link";
    expect(await refused(changed(url, "from", instant(noon)))).toBe(bad);
    expect(await refused(changed(url, "to", instant(footageEnd)))).toBe(bad);
    expect(await refused(changed(url, "to", "live"))).toBe(bad);
    expect(await refused(changed(url, "expires", "9999999999"))).toBe(bad);
    expect(await refused(changed(url, "expires", "99999999999999999999"))).toBe(bad);
    expect(await refused(forged(url))).toBe(bad);
    expect(await refused(changed(url, "signature", ""))).toBe(bad);
    expect(await refused(url.replace(`/channels/${channel.id}/`, `/channels/${other.id}/`))).toBe(bad);
    expect(await refused(url.replace("video.mp4", "hls/master.m3u8"))).toBe(bad);
    expect(await refused(url.replace("video.mp4?", "frame.jpg?at=2026-01-15T12:00:02Z&"))).toBe(bad);
    expect(await refused(url.replace("video.mp4", "media.mp4"))).toBe("401 signed-out");
    expect(await refused(`/api/v1/channels/${channel.id}?${url.split("?")[1]}`)).toBe("401 signed-out");
    expect((await open(`${url}&cut=exact&nothing=1`)).status).toBe(400);
    expect((await open(changed(url, "from", "2026-01-15T13:00:01+01:00"))).status, "the same instant").toBe(200);
  });

  test("is seen in the audit, when it was made and when it was used", async () => {
    const { url } = await makeLink("video.mp4", noon + 4 * second, noon + 5 * second);
    await (await open(url)).arrayBuffer();
    type Entry = { actor: { name: string }; after: Record<string, unknown> };
    const read = async (action: string): Promise<Entry[]> =>
      (await server.ask<{ items: Entry[] }>("GET", `/audit?action=${action}`)).items;
    expect((await read("link.create"))[0]?.after).toMatchObject({ view: "video.mp4", from: "2026-01-15T12:00:04Z" });
    const me = await server.ask<{ id: string }>("GET", "/me");
    const viewed = (await read("footage.view")).find((entry) => entry.actor.name === "shared link");
    expect(viewed?.after).toMatchObject({ view: "video.mp4", linkMadeBy: me.id });
  });
});

describe("a link to a picture", () => {
  test("shows pictures of its range alone", async () => {
    const { url } = await makeLink("frame.jpg", noon + second, noon + 2 * second);
    const at = (time: number): string => changed(url, "at", instant(time));
    for (const address of [url, at(noon + second + 5 * frameLength), at(noon + 2 * second - 1)]) {
      const answer = await open(address);
      expect([answer.status, answer.headers.get("content-type")], address).toEqual([200, "image/jpeg"]);
    }
    for (const address of [at(noon + 2 * second), at(noon), changed(url, "at", "live"), url.replace(/at=[^&]*&/, "")])
      expect(await refused(address)).toBe("403 bad-link");
    expect(await refused(url.replace("frame.jpg", "frame.png"))).toBe("403 bad-link");
  });
});

describe("a link to HLS", () => {
  test("plays in a player that knows nothing of sessions", async () => {
    const { url } = await makeLink("hls/master.m3u8", noon + 2 * second, noon + 6 * second);
    const read = await run("ffmpeg", ["-v", "error", "-i", `${server.url}${url}`, "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"]);
    expect(read.stderr).toBe("");
    const pictures = read.stdout.toString().split("\n").filter((line) => /^\d/.test(line));
    expect(pictures.length).toBeGreaterThanOrEqual(100);
    expect(pictures.length, "not the whole footage").toBeLessThan(200);
  });

  test("is carried on to what playlists name, and opens no other bytes", async () => {
    const { url } = await makeLink("hls/master.m3u8", noon + 2 * second, noon + 4 * second);
    const master = await linesOf(url);
    const media = new URL(master.find((line) => line.startsWith("media.m3u8")) ?? "", new URL(url, server.url));
    const playlist = await linesOf(media.pathname + media.search);
    const entry = playlist.find((line) => line.startsWith("segments/")) ?? "";
    const segment = new URL(entry, media);
    const [size, offset] = (/#EXT-X-BYTERANGE:(\d+)@(\d+)/.exec(playlist.join("\n")) ?? []).slice(1).map(Number) as [number, number];
    const address = segment.pathname + segment.search;
    const get = (first: number, last: number | ""): Promise<Response> => open(address, { Range: `bytes=${first}-${last}` });
    const bytes = await get(offset, offset + size - 1);
    expect([bytes.status, bytes.headers.get("content-length")]).toEqual([206, String(size)]);
    expect((await get(0, 99)).status, "the header").toBe(206);
    const rest = await get(offset, "");
    expect(rest.status).toBe(206);
    const whole = Number((await server.fetch(segment.pathname.replace("/api/v1", ""), { method: "HEAD" })).headers.get("content-length"));
    expect(offset + Number(rest.headers.get("content-length")), "to the end of the link's range").toBeLessThan(whole);
    expect((await get(offset - 1, offset + size - 1)).status, "before the range").toBe(403);
    expect((await get(whole - 100, whole - 1)).status, "after it").toBe(416);
    expect((await open(address)).status, "the whole file").toBe(403);
    expect((await open(address, { Range: `bytes=${offset}-`, "If-Range": '"x"' })).status).toBe(403);
    expect((await open(address, { Range: `bytes=0-1,${offset}-` })).status, "several ranges are answered whole").toBe(403);
    expect(await refused(forged(address))).toBe("403 bad-link");
    expect(await refused(changed(address, "from", instant(noon)))).toBe("403 bad-link");
    expect(await refused(segment.pathname)).toBe("401 signed-out");
    expect((await open(address.replace(/segments\/\d+/, "segments/999999"), { Range: "bytes=0-9" })).status).toBe(404);
  });
});

describe("making one", () => {
  test("needs a view, a range and a life within bounds", async () => {
    const bad = await server.call<{ errors: { field: string }[] }>("POST", `/channels/${channel.id}/links`, {
      view: "media.mp4", from: "noon", to: 7, expiresInSeconds: 2_592_001,
    });
    expect(bad.status).toBe(400);
    expect([...new Set(bad.body.errors.map((error) => error.field))].sort()).toEqual(["expiresInSeconds", "from", "to", "view"]);
    const backward = await server.call("POST", `/channels/${channel.id}/links`, { view: "video.mp4", from: instant(noon), to: instant(noon) });
    expect(backward.status).toBe(400);
    expect((await server.call("POST", "/channels/999/links", { view: "video.mp4", from: instant(noon), to: instant(footageEnd) })).status).toBe(404);
  });

  test("tells when it ends", async () => {
    const before = Date.now();
    const ends = Date.parse((await makeLink("video.mp4", noon, footageEnd, { expiresInSeconds: 60 })).expiresAt);
    expect(ends).toBeGreaterThan(before + 58_000);
    expect(ends).toBeLessThanOrEqual(Date.now() + 60_000);
  });
});

describe("the keys", () => {
  test("a new one breaks no open link, also over a restart; ending them does", async () => {
    const { url } = await makeLink("video.mp4", noon, noon + second);
    expect((await server.call("POST", "/signing-keys", {})).status).toBe(204);
    expect((await open(url)).status).toBe(200);
    const next = (await makeLink("video.mp4", noon, noon + second)).url;
    await server.halt();
    await server.resume();
    expect((await open(url)).status).toBe(200);
    expect((await open(next)).status).toBe(200);
    expect((await server.call("POST", "/signing-keys", { endOpenLinks: true })).status).toBe(204);
    expect(await refused(url)).toBe("403 bad-link");
    expect(await refused(next)).toBe("403 bad-link");
    expect((await open((await makeLink("video.mp4", noon, noon + second)).url)).status).toBe(200);
  });

  test("rest sealed", async () => {
    const rows = await run("sqlite3", [`${server.data}/longtake.db`, "select secret_sealed from signing_keys"]);
    for (const row of rows.stdout.toString().trim().split("\n")) expect(row).toMatch(/^v1:/);
  });
});
