import { describe, expect, it } from "vitest";
import { instant } from "@/time/instant";
import { codecNames, frameUrl, mediaUrl, readReply } from "./media-request";

const from = instant("2026-11-20T06:12:03.040123Z");
const to = instant("2026-11-20T06:12:07Z");
const base = instant("2026-11-19T18:00:00Z");
const answer = (status: number, headers: Record<string, string>, text: string) => ({
  status,
  headers: new Headers(headers),
  body: new TextEncoder().encode(text).slice().buffer,
});

describe("media requests", () => {
  it("say what is wanted, to the microsecond, and leave out what is usual", () => {
    const plain = { from, to, timebase: { base, compression: 1 }, tracks: "v" as const, mode: "all" as const, every: 1, init: true };
    expect(mediaUrl("/api/v1/channels/7", plain)).toBe(
      "/api/v1/channels/7/media.mp4?from=2026-11-20T06%3A12%3A03.040123Z&to=2026-11-20T06%3A12%3A07.000Z" +
        "&base=2026-11-19T18%3A00%3A00.000Z&tracks=v&init=1",
    );
    const fast = { ...plain, mode: "key" as const, every: 2, init: false, timebase: { base, compression: 8 } };
    expect(mediaUrl("/c", fast)).toContain("&frames=key&every=2&speed=8&init=0");
    expect(frameUrl("/c", from, "png")).toBe("/c/frame.png?at=2026-11-20T06%3A12%3A03.040123Z");
  });

  it("reads how far the media is complete", () => {
    const headers = {
      "Content-Type": 'video/mp4; codecs="avc1.64001f"',
      "Longtake-Covered-To": "2026-11-20T06:12:05.000001Z",
      "Longtake-Init": "a1",
    };
    const reply = readReply(answer(200, headers, "moof"), { to });
    expect(reply).toMatchObject({ status: "media", initId: "a1", coveredTo: instant("2026-11-20T06:12:05.000001Z") });
  });

  it("takes an empty answer for a gap up to what was asked", () => {
    const reply = readReply(answer(200, {}, ""), { to });
    expect(reply).toMatchObject({ status: "media", coveredTo: to });
    expect(reply).not.toHaveProperty("initId");
  });

  it("keeps the reason of a refusal", () => {
    const problem = JSON.stringify({ title: "Not found", detail: "no channel 7" });
    expect(readReply(answer(404, {}, problem), { to })).toEqual({ status: "refused", code: 404, message: "no channel 7" });
    expect(readReply(answer(502, {}, "<html>"), { to })).toEqual({ status: "refused", code: 502, message: "HTTP 502" });
  });
});

describe("codecNames", () => {
  it("says what people call them", () => {
    expect(codecNames('video/mp4; codecs="hvc1.1.6.L93.B0"')).toBe("HEVC (H.265)");
    expect(codecNames("avc1.64001f,mp4a.40.2")).toBe("H.264, AAC");
    expect(codecNames("av01.0.04M.08, opus")).toBe("AV1, Opus");
    expect(codecNames("xyz1")).toBe("xyz1");
  });
});
