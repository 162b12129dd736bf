import { describe, expect, it } from "vitest";
import type { Channel, Timeline } from "@/api/client";
import { recordingOf } from "./recording";
import { instant } from "@/time/instant";

const channel: Channel = {
  id: "7",
  name: "Seven",
  state: "recording",
  stateSince: "2026-11-20T06:00:00Z",
  source: { url: "rtsp://h/1", kind: "rtsp", hasCredentials: false },
  segmentSeconds: 900,
  retention: { maxAgeHours: null, maxBytes: null },
  audio: "convert",
  hasVideo: true,
  hasAudio: true,
  recordedTo: "2026-11-20T06:10:10Z",
  bytesRecorded: 1,
  version: 1,
  createdAt: "2026-11-20T06:00:00Z",
};
const timeline: Timeline = {
  from: "2026-11-20T06:00:00Z",
  to: "2026-11-20T06:10:00Z",
  spans: [{ from: "2026-11-20T06:00:01Z", to: "2026-11-20T06:10:00Z", runId: "1" }],
  gaps: [],
};

describe("recordingOf", () => {
  it("lets the last span grow while the channel records", () => {
    const recording = recordingOf(channel, timeline);
    expect(recording.edge).toBe(instant("2026-11-20T06:10:10Z"));
    expect(recording.live).toBe(true);
    expect(recording).not.toHaveProperty("lost");
  });

  it("does not grow over a gap it has not heard of", () => {
    const back = { ...channel, stateSince: "2026-11-20T06:10:05Z" };
    expect(recordingOf(back, timeline).edge).toBe(instant("2026-11-20T06:10:00Z"));
    const stopped = { ...channel, state: "stopped" as const };
    expect(recordingOf(stopped, timeline)).toMatchObject({ edge: instant("2026-11-20T06:10:00Z"), live: false });
  });

  it("expects picture and sound where the channel does not say", () => {
    const silent = { ...channel, hasVideo: false, hasAudio: false };
    expect(recordingOf(silent, timeline)).toMatchObject({ hasVideo: true, hasAudio: true });
    const radio = { ...silent, hasAudio: true, codecs: "mp4a.40.2" };
    expect(recordingOf(radio, timeline)).toMatchObject({ hasVideo: false, hasAudio: true });
  });

  it("names a lost source", () => {
    const lost = { ...channel, state: "reconnecting" as const, cause: "x refuses", causeKind: "source-refused" as const };
    expect(recordingOf(lost, timeline)).toMatchObject({
      live: true,
      lost: { since: instant("2026-11-20T06:00:00Z"), cause: "source-refused", detail: "x refuses" },
    });
  });
});
