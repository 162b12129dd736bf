import { describe, expect, it } from "vitest";
import type { Channel } from "@/api/client";
import { checkDraft, draftOf, toCreate, toEdit } from "./channel-draft";

const channel: Channel = {
  id: "7",
  name: "Channel 7",
  state: "recording",
  stateSince: "2026-11-20T06:12:03Z",
  source: { url: "rtsp://camera.example/1", kind: "rtsp", hasCredentials: true },
  segmentSeconds: 900,
  retention: { maxAgeHours: 36, maxBytes: null },
  audio: "convert",
  hasVideo: true,
  hasAudio: false,
  bytesRecorded: 0,
  version: 3,
  createdAt: "2026-11-20T06:12:03Z",
};

describe("channel draft", () => {
  it("sends nothing when nothing was changed", () => {
    expect(toEdit(draftOf(channel), channel)).toEqual({});
  });

  it("sends only what was changed", () => {
    const draft = { ...draftOf(channel), name: " Seven ", maxGigabytes: "1,5" };
    expect(toEdit(draft, channel)).toEqual({ name: "Seven", retention: { maxAgeHours: 36, maxBytes: 1_500_000_000 } });
    expect(toEdit({ ...draftOf(channel), maxAgeDays: "" }, channel)).toEqual({
      retention: { maxAgeHours: null, maxBytes: null },
    });
  });

  it("reads days and gigabytes, and shows them again as typed", () => {
    expect(draftOf(channel).maxAgeDays).toBe("1.5");
    const create = toCreate({ ...draftOf(undefined), name: "A", url: " srt://h:1 ", maxAgeDays: "2" });
    expect(create).toMatchObject({ source: { url: "srt://h:1" }, retention: { maxAgeHours: 48, maxBytes: null } });
  });

  it("names each field that cannot be sent", () => {
    expect(checkDraft(draftOf(channel))).toEqual({});
    expect(checkDraft({ ...draftOf(undefined), maxAgeDays: "0", maxGigabytes: "much" })).toEqual({
      name: "required",
      url: "required",
      maxAgeDays: "notNumber",
      maxGigabytes: "notNumber",
    });
  });
});
