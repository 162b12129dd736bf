// Clips for tools that ignore edit lists: their ends are encoded anew, everything between is the source's own.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Clip, askForClip, clipIs, cutClip, fileOf } from "../support/clips.ts";
import { type Address, complaintsOf, framesOf, probe } from "../support/media.ts";
import { must } from "../support/process.ts";
import { type Channel, Server, addChannel } from "../support/server.ts";
import { makeFootage } from "../support/sources.ts";
import { noon, numbers, part, startWithFootage } from "./imported.ts";
import { instant, second } from "./instants.ts";

type Problem = { type: string; detail: string; errors?: { field: string; message: string }[] };

let server: Server;
let channel: Channel;

beforeAll(async () => {
  ({ server, channel } = await startWithFootage());
});
afterAll(async () => {
  await server?.stop();
});

const between = (from: number, to: number, more = {}): object => part(channel, from, to, more);
/** A channel with the footage of files. */
async function imported(name: string, ...files: (readonly [file: string, at: number])[]): Promise<Channel> {
  const made = await addChannel(server, name, "http://127.0.0.1:9/none.m3u8", { start: false });
  await server.halt();
  for (const [file, at] of files) expect((await server.command(["import", name, file, "--at", instant(at)])).stderr).toBe("");
  await server.resume();
  return made;
}
/** The film as a tool that ignores edit lists reads it. */
const unedited = (clip: Clip): Address => ({ url: server.url + (clip.file ?? ""), headers: server.session, options: ["-ignore_editlist", "1"] });
/** What the coded pictures are, in the order of the file. */
async function hashesOf(clip: Clip): Promise<string[]> {
  const { url, headers = {} } = unedited(clip);
  const asked = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const out = await must("ffprobe", ["-v", "error", "-headers", asked, "-ignore_editlist", "1", "-select_streams", "v", "-show_entries", "packet=data_hash", "-show_data_hash", "md5", "-of", "csv=p=0", url]);
  return out.toString().trim().split("\n");
}

describe("for tools that ignore edit lists", () => {
  const encoded = (from: number, to: number, more: object = {}): Promise<Clip> => cutClip(server, between(from, to, { edges: "encode", ...more }));
  let keyframes: string[];
  beforeAll(async () => {
    // Pictures 50 to 99, between two keyframes.
    keyframes = await hashesOf(await cutClip(server, between(2, 4)));
    expect(keyframes).toHaveLength(50);
  });

  test.each([
    ["both ends between keyframes", 1.4, 5.2, [35, 130]],
    ["the end where no later picture is needed", 1.4, 5.12, [35, 128]],
    ["inside one group of pictures", 2.4, 3, [60, 75]],
    ["from a keyframe to between", 2, 3.2, [50, 80]],
    ["from between to a keyframe", 3.2, 4, [80, 100]],
    ["in the middle of a picture", 1.41, 4.03, [35, 101]],
  ] as const)("the first picture is the in-point, the last the out-point: %s", async (_, from, to, [first, end]) => {
    const clip = await encoded(from, to);
    expect(clip.edges).toBe("encode");
    const bytes = await fileOf(server, clip);
    expect(bytes.includes("elst")).toBe(false);
    expect(await framesOf(unedited(clip))).toEqual(numbers(first, end));
    expect(await framesOf(bytes), "nor for those who know them").toEqual(numbers(first, end));
    expect(await complaintsOf(unedited(clip))).toBe("");
    const { streams, packets = [] } = await probe(unedited(clip), { packets: true });
    const shownAt = packets.filter((packet) => packet.codec_type === "video").map((packet) => Number(packet.pts_time)).sort((a, b) => a - b);
    expect(shownAt[0]).toBe(0);
    // The picture that had begun before is shown for the rest of its time.
    const short = first / 25 < from ? from - first / 25 : 0;
    expect(shownAt.slice(1).map((at) => Math.round((at + short) * 1000))).toEqual(numbers(1, end - first).map((i) => i * 40));
    const [video, audio] = ["video", "audio"].map((kind) => streams.find((stream) => stream.codec_type === kind));
    expect(Number(audio?.start_time)).toBe(0);
    expect(Math.abs(Number(video?.duration) - (to - from))).toBeLessThan(0.04);
    expect(Math.abs(Number(audio?.duration) - (to - from))).toBeLessThan(0.022);
  });

  test("what lies between is the source's own bytes", async () => {
    const both = await hashesOf(await encoded(1.4, 5.2));
    expect(both).toHaveLength(95);
    expect(both.slice(15, 65)).toEqual(keyframes);
    expect(both.filter((hash) => !keyframes.includes(hash))).toHaveLength(45);
  });

  test("nothing is encoded where a keyframe lies already", async () => {
    const [clip, copied] = [await encoded(2, 5.12), await cutClip(server, between(2, 5.12))];
    expect(await hashesOf(clip)).toEqual(await hashesOf(copied));
    expect((await fileOf(server, copied)).includes("elst")).toBe(true);
    expect((await fileOf(server, clip)).includes("elst")).toBe(false);
    expect(await framesOf(unedited(clip))).toEqual(numbers(50, 128));
  });

  test("over a gap", async () => {
    const broken = await imported("Broken", [await makeFootage("import.mp4", { bframes: 2, seconds: 8 }), noon], [await makeFootage("import.mp4", { bframes: 2, seconds: 8 }), noon + 20 * second]);
    const clip = await encoded(6.4, 21.2, { channelId: broken.id });
    expect(await framesOf(unedited(clip))).toEqual([...numbers(160, 200), ...numbers(0, 30)]);
    expect(clip.missing).toHaveLength(1);
    expect(await complaintsOf(unedited(clip))).toBe("");
  });

  test("other codecs are refused by name", async () => {
    const hevc = await imported("HEVC", [await makeFootage("hevc.mp4", { codec: "hevc", seconds: 8 }), noon]);
    const asked = await askForClip(server, between(1.4, 3.2, { channelId: hevc.id, edges: "encode" }));
    const failed = await clipIs(server, asked.id, (clip) => clip.state === "failed");
    expect(failed.failure?.kind).toBe("edges-codec");
    expect(failed.failure?.detail).toContain("hevc");
    const wrong = await server.call<Problem>("POST", "/clips", between(1, 2, { edges: "blur" }));
    expect([wrong.status, wrong.body.errors?.[0]?.field]).toEqual([400, "edges"]);
  });
});

