import { describe, expect, it } from "vitest";
import { epochMs, type Range } from "@/time/instant";
import { askUntil, extended, faceOf, type FaceQuestion, jumpFrom, type Recording } from "./face";

const r = (from: number, to: number): Range => ({ from: epochMs(from), to: epochMs(to) });
const recording: Recording = {
  spans: [r(1000, 2000), r(5000, 9000)],
  gaps: [{ ...r(2000, 5000), cause: "source_lost", detail: "connection refused" }],
  edge: epochMs(9000),
  live: true,
  hasVideo: true,
  hasAudio: true,
  gopMs: 2000,
  frameRate: 25,
  pixels: 1,
  bitRate: 1,
};
const question = (over: Partial<FaceQuestion>): FaceQuestion => ({
  at: epochMs(1500),
  recording,
  stream: { status: "working" },
  mode: "all",
  playing: true,
  showing: true,
  ...over,
});

describe("faceOf", () => {
  it("says what is shown", () => {
    expect(faceOf(question({})).kind).toBe("playing");
    expect(faceOf(question({ mode: "key" })).kind).toBe("keyframes");
    expect(faceOf(question({ playing: false })).kind).toBe("paused");
    expect(faceOf(question({ showing: false })).kind).toBe("loading");
  });

  it("names the gap and when it ends, however loaded the tile is", () => {
    expect(faceOf(question({ at: epochMs(3000), showing: false }))).toEqual({
      kind: "gap",
      cause: "source_lost",
      detail: "connection refused",
      from: 2000,
      until: 5000,
    });
  });

  it("waits at the edge while the channel records, and says so when the source is lost", () => {
    const at = epochMs(9000);
    expect(faceOf(question({ at, showing: false })).kind).toBe("loading");
    const lost = { since: epochMs(8900), cause: "source-timeout", detail: "timed out" };
    const losing = { ...recording, lost };
    expect(faceOf(question({ at, recording: losing }))).toEqual({ kind: "lost", ...lost });
    expect(faceOf(question({ at: epochMs(8900), recording: losing })).kind).toBe("lost");
    expect(faceOf(question({ at: epochMs(8900), recording: losing, playing: false })).kind).toBe("paused");
  });

  it("tells of a stopped channel the same between two answers about its end", () => {
    const stopped = { ...recording, live: false, gaps: [...recording.gaps, { ...r(9000, 12_000), cause: "stopped", detail: "" }] };
    const gap = { kind: "gap", cause: "stopped", detail: "", from: 9000 };
    for (const at of [11_000, 12_000, 22_000]) expect(faceOf(question({ at: epochMs(at), recording: stopped }))).toEqual(gap);
  });

  it("says that nothing is recorded before the first and after the last span", () => {
    expect(faceOf(question({ at: epochMs(500) }))).toEqual({ kind: "not-recorded", next: 1000 });
    const stopped = { ...recording, live: false };
    expect(faceOf(question({ at: epochMs(9500), recording: stopped }))).toEqual({ kind: "not-recorded", previous: 9000 });
  });

  it("puts failures first, but not a retry that nobody notices", () => {
    expect(faceOf(question({ stream: { status: "unsupported", codec: "HEVC" } })).kind).toBe("unsupported");
    expect(faceOf(question({ stream: { status: "refused", code: 403, message: "" } })).kind).toBe("not-permitted");
    const stream = { status: "retrying" as const, message: "network" };
    expect(faceOf(question({ stream })).kind).toBe("playing");
    expect(faceOf(question({ stream, showing: false })).kind).toBe("retrying");
  });
});

describe("extended", () => {
  it("trusts media that came before the news, while the channel records", () => {
    expect(extended(recording, epochMs(9500))).toMatchObject({ edge: 9500, spans: [r(1000, 2000), r(5000, 9500)] });
    expect(extended(recording, epochMs(8000))).toBe(recording);
    const stopped = { ...recording, live: false };
    expect(extended(stopped, epochMs(9500))).toBe(stopped);
  });
});

describe("askUntil", () => {
  it("is now while more is expected, and never before what is known", () => {
    expect(askUntil(recording, epochMs(9900))).toBe(9900);
    expect(askUntil(recording, epochMs(8000))).toBe(9000);
    expect(askUntil({ ...recording, live: false }, epochMs(9900))).toBe(9000);
    const lost = { since: epochMs(9000), cause: "source-refused", detail: "refused" };
    expect(askUntil({ ...recording, lost }, epochMs(9900))).toBe(9000);
  });
});

describe("jumpFrom", () => {
  it("jumps forward to the next span and names the gap", () => {
    expect(jumpFrom(epochMs(3000), 1, recording)).toEqual({ to: 5000, gap: recording.gaps[0] });
    expect(jumpFrom(epochMs(9500), 1, recording)).toBeUndefined();
  });

  it("jumps backward to the last frame of the span before", () => {
    expect(jumpFrom(epochMs(3000), -1, recording)?.to).toBe(1960);
    expect(jumpFrom(epochMs(500), -1, recording)).toBeUndefined();
  });

  it("stays where there is a recording", () => {
    expect(jumpFrom(epochMs(1500), 1, recording)).toBeUndefined();
  });
});
