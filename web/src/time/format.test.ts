import { describe, expect, it } from "vitest";
import { fileName, fileStamp, formatBitRate, formatBytes, formatChannels, formatFrameRate, formatSampleRate, formatSpan, formatTime } from "./format";
import { epochMs } from "./instant";

const at = epochMs(new Date("2026-11-20T06:12:03.040").getTime());

describe("format", () => {
  it("writes times of day with 24 hours and a point in every language", () => {
    for (const locale of ["en", "es", "ru"]) {
      expect(formatTime(at, locale, "millis")).toBe("06:12:03.040");
      expect(formatTime(at, locale)).toBe("06:12:03");
      expect(formatTime(at, locale, "minutes")).toBe("06:12");
    }
  });

  it("writes spans as long as needed", () => {
    expect(formatSpan(8_000, "en")).toBe("0:08");
    expect(formatSpan(725_000, "en")).toBe("12:05");
    expect(formatSpan(3_725_000, "ru")).toBe("1:02:05");
    const days = ((3 * 24 + 4) * 3600 + 12 * 60 + 10) * 1000;
    for (const [locale, day] of [["en", "d"], ["es", "d"], ["ru", "д"]] as const) {
      expect(formatSpan(days, locale)).toBe(`3\u00a0${day}\u00a004:12:10`);
      expect(formatSpan(86_399_000, locale)).toBe("23:59:59");
    }
    expect(formatSpan(-5, "en")).toBe("0:00");
  });

  it("writes sizes and rates", () => {
    expect(formatBytes(1_450_000_000, "en")).toBe("1.5 GB");
    expect(formatBytes(532, "en")).toBe("532 bytes");
    expect(formatBitRate(2_130_000, "en")).toBe("2.1 Mbit/s");
    expect(formatBitRate(2_130_000, "ru")).toBe("2,1 Мбит/с");
    expect(formatBitRate(128_000, "en")).toBe("128 kbit/s");
    expect(formatFrameRate(29.97, "es")).toBe("29,97 fps");
    expect(formatSampleRate(44_100, "ru")).toBe("44,1 кГц");
    expect(formatChannels(2, "en")).toBe("2 ch");
  });

  it("names files so that any disk takes them", () => {
    expect(fileStamp(at)).toBe("2026-11-20_06-12-03.040");
    expect(fileName("Первый / HD: “news”", fileStamp(at), "png")).toBe("Первый - HD- -news_2026-11-20_06-12-03.040.png");
    expect(fileName("../..", fileStamp(at), "png")).toBe("channel_2026-11-20_06-12-03.040.png");
  });
});
