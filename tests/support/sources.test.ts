import { beforeAll, describe, expect, test } from "vitest";
import { countersOf, type Input } from "./media.ts";
import { must } from "./process.ts";
import { makeFootage, startHls, startRtmp, startRtsp, startTransportStream, startWeb, type Source } from "./sources.ts";
import { temporaryFolder } from "./process.ts";

const frames = 200; // of the 8 s clip
const watched = 230; // more than one turn of the loop

/** Pictures must follow one another without a break over the loop's seam. */
async function expectUnbroken(input: Input): Promise<void> {
  const counters = await countersOf(input, watched);
  expect(counters).toHaveLength(watched);
  const first = counters[0]?.frame ?? -1;
  expect(counters.map((counter) => counter.frame)).toEqual(
    [...Array(watched).keys()].map((i) => (first + i) % frames),
  );
}

describe.concurrent("live sources loop without a seam", () => {
  let plain = "";
  let reordered = "";
  beforeAll(async () => {
    plain = await makeFootage("source.mp4", { channel: 3, seconds: 8 });
    reordered = await makeFootage("source-b.mp4", { channel: 4, seconds: 8, bframes: 2 });
  });

  async function watch(source: Promise<Source>, address: (url: string) => string = (url) => url): Promise<void> {
    const started = await source;
    try {
      await expectUnbroken(address(started.url));
    } finally {
      await started.stop();
    }
    expect(started.process.exit?.signal ?? started.process.exit?.code).not.toBe("SIGKILL");
  }

  test("HLS of transport streams", () => watch(startHls(reordered, { pdt: true })));
  test("HLS of fragmented MP4", () => watch(startHls(plain, { fmp4: true })));
  test("RTMP", () => watch(startRtmp(plain)));
  test("RTSP", () => watch(startRtsp({ one: plain }), (url) => `${url}/one`));
  test("MPEG-TS over HTTP", () => watch(startTransportStream("http", reordered)));
  test("SRT", () => watch(startTransportStream("srt", plain)));
});

test("RTSP asks for the login it was given", async () => {
  const clip = await makeFootage("source.mp4", { channel: 3, seconds: 8 });
  const source = await startRtsp({ one: clip }, { login: "desk:secret" });
  try {
    const read = (url: string) => must("ffprobe", ["-v", "error", "-rtsp_transport", "tcp", `${url}/one`]);
    await expect(read(source.url)).rejects.toThrow("401");
    await read(source.url.replace("rtsp://", "rtsp://desk:secret@"));
  } finally {
    await source.stop();
  }
});

test("a source says why it cannot start", async () => {
  const folder = temporaryFolder();
  const web = await startWeb(folder.path);
  try {
    await expect(startWeb(folder.path, { port: Number(new URL(web.url).port) })).rejects.toThrow(/port \d+ is taken/);
  } finally {
    await web.stop();
    folder.remove();
  }
});
