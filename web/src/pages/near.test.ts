import { describe, expect, it, vi } from "vitest";
import { epochMs } from "@/time/instant";
import { findNear, type NearQuery, windowOf } from "./near";

const hour = 3_600_000;
const window = { from: epochMs(4 * hour), to: epochMs(6 * hour) };

describe("windowOf", () => {
  it("is whole hours, so that it stays while the clock runs", () => {
    expect(windowOf({ from: epochMs(5 * hour + 1), to: epochMs(5 * hour + 2) })).toEqual({ from: 4 * hour, to: 6 * hour });
  });
});

describe("findNear", () => {
  const of = (...channels: string[]) => channels.map((channelId) => ({ channelId }));
  const pages = (...all: { channelId: string }[][]) =>
    vi.fn((query: NearQuery) => {
      const i = Number(query.cursor ?? 0);
      return Promise.resolve({ items: all[i] ?? [], next: i + 1 < all.length ? `${i + 1}` : null });
    });
  const wanted = () => true;

  it("asks for one channel alone, page after page", async () => {
    const page = pages(of("7"), of("7"));
    expect(await findNear({ channelIds: ["7"], window, page, wanted })).toHaveLength(2);
    const query = { from: "1970-01-01T04:00:00.000Z", to: "1970-01-01T06:00:00.000Z", limit: 200, channelId: "7" };
    expect(page.mock.calls).toEqual([[query], [{ ...query, cursor: "1" }]]);
  });

  it("asks for several as the organization's, and leaves the others out", async () => {
    const page = pages(of("7", "8", "9"));
    expect(await findNear({ channelIds: ["7", "9"], window, page, wanted })).toEqual(of("7", "9"));
    expect(page.mock.calls[0]?.[0]).not.toHaveProperty("channelId");
  });

  it("asks for nothing where there is no channel", async () => {
    const page = pages(of("7"));
    expect(await findNear({ channelIds: [], window, page, wanted })).toEqual([]);
    expect(page).not.toHaveBeenCalled();
  });

  it("ends with enough, or when nobody waits", async () => {
    const many = Array.from({ length: 9 }, () => of(...Array.from({ length: 200 }, () => "7")));
    expect(await findNear({ channelIds: ["7"], window, page: pages(...many), wanted })).toHaveLength(1000);
    expect(await findNear({ channelIds: ["7"], window, page: pages(...many), wanted: () => false })).toHaveLength(200);
  });
});
