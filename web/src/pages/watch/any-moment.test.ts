import { describe, expect, it } from "vitest";
import { epochMs } from "@/time/instant";
import { parseAnyMoment } from "./any-moment";

// The test runner sets TZ=Europe/Madrid.
const local = (text: string) => epochMs(new Date(text).getTime());
const now = local("2026-11-20T14:00:00");
const context = { now, near: now };
const names = ["Channel 1", "Channel 7", "Channel 12", "City News", "City News HD", "Первый канал", "Télé Sur", "Court 2", "24 horas"];
const channels = names.map((name, i) => ({ id: String(i + 1), name }));
const parse = (text: string) => parseAnyMoment(text, channels, context);
const ready = (name: string | undefined, at: string | undefined) => ({
  names: name === undefined ? [] : [name],
  at: at === undefined ? undefined : local(at),
});
function said(text: string) {
  const answer = parse(text);
  if (answer.status === "refused") return answer.reason;
  return {
    names: answer.channels.slice(0, 1).map(({ name }) => name),
    at: answer.moment?.status === "ready" ? answer.moment.at : undefined,
  };
}

describe("parseAnyMoment", () => {
  it("takes a channel and a time, in either order", () => {
    expect(said("channel 7 06:12")).toEqual(ready("Channel 7", "2026-11-20T06:12:00"));
    expect(said("7 06:12")).toEqual(ready("Channel 7", "2026-11-20T06:12:00"));
    expect(said("06:12 channel 7")).toEqual(ready("Channel 7", "2026-11-20T06:12:00"));
    expect(said("channel 1 06:12:03.5")).toEqual(ready("Channel 1", "2026-11-20T06:12:03.5"));
  });

  it("takes names, short names and names without accents", () => {
    expect(said("city news hd yesterday 18:40")).toEqual(ready("City News HD", "2026-11-19T18:40:00"));
    expect(said("city news yesterday 18:40")).toEqual(ready("City News", "2026-11-19T18:40:00"));
    expect(said("tele 20.11 09:00")).toEqual(ready("Télé Sur", "2026-11-20T09:00:00"));
    expect(said("court 2 yesterday 18:40")).toEqual(ready("Court 2", "2026-11-19T18:40:00"));
    expect(said("24 horas 13:00")).toEqual(ready("24 horas", "2026-11-20T13:00:00"));
  });

  it("understands Spanish and Russian", () => {
    expect(said("canal 7 ayer 18:40")).toEqual(ready("Channel 7", "2026-11-19T18:40:00"));
    expect(said("pista 2 hoy 06:12")).toEqual(ready("Court 2", "2026-11-20T06:12:00"));
    expect(said("первый канал вчера 18:40")).toEqual(ready("Первый канал", "2026-11-19T18:40:00"));
    expect(said("канал 7 вчера 18:40")).toEqual(ready("Channel 7", "2026-11-19T18:40:00"));
  });

  it("takes a moment alone, a channel alone, live and offsets", () => {
    expect(said("06:12")).toEqual(ready(undefined, "2026-11-20T06:12:00"));
    expect(said("city news hd")).toEqual(ready("City News HD", undefined));
    expect(parse("7 live")).toMatchObject({ status: "ready", moment: { status: "live" } });
    expect(said("channel 7 -5m")).toEqual({ names: ["Channel 7"], at: now - 300_000 });
  });

  it("offers every channel that fits, the nearest name first", () => {
    const answer = parse("city 06:12");
    expect(answer.status === "ready" && answer.channels.map(({ name }) => name)).toEqual(["City News", "City News HD"]);
    const numbers = parse("channel 1");
    expect(numbers.status === "ready" && numbers.channels.map(({ name }) => name)).toEqual(["Channel 1"]);
  });

  it("refuses what it does not understand", () => {
    expect(said("")).toBe("not-understood");
    expect(said("nothing 06:12")).toBe("not-understood");
    expect(said("channel 99 06:12")).toBe("not-understood");
    expect(said("channel 7 25:00")).toBe("not-understood");
    expect(said("channel 7 29.03.2026 02:30")).toBe("no-such-time");
  });
});
