import { describe, expect, it } from "vitest";
import { factsOf, filterOf, fromAddress, NOTHING_ASKED, toAddress } from "./audit-filter";

describe("filterOf", () => {
  it("asks for everything when nothing is chosen", () => {
    expect(filterOf(NOTHING_ASKED)).toEqual({});
  });

  it("reads local times, and takes the whole last minute", () => {
    expect(filterOf({ ...NOTHING_ASKED, from: "2026-11-20T12:00", to: "2026-11-20T12:30" })).toEqual({
      from: "2026-11-20T11:00:00.000Z",
      to: "2026-11-20T11:31:00.000Z",
    });
  });

  it("asks for the beginning of actions, and for one person or thing", () => {
    expect(filterOf({ ...NOTHING_ASKED, group: "share", organizationId: "news", actorId: "anna" })).toEqual({
      action: "share.", organizationId: "news", actorId: "anna",
    });
  });
});

describe("the address", () => {
  it("keeps what is asked, and nothing of what is not", () => {
    const asked = { ...NOTHING_ASKED, from: "2026-11-20T12:00", group: "share" as const, thing: "channel", thingId: "17" };
    expect(toAddress(asked)).toEqual({ from: "2026-11-20T12:00", group: "share", thing: "channel", thingId: "17" });
    expect(fromAddress(toAddress(asked))).toEqual(asked);
    expect(fromAddress({ group: "nonsense", actorId: ["1", "2"] })).toEqual(NOTHING_ASKED);
  });
});

describe("factsOf", () => {
  it("flattens what changed", () => {
    expect(factsOf({ name: "Seven", source: { url: "rtsp://a" }, scopes: ["watch", "share"], retention: null })).toEqual([
      { name: "name", value: "Seven" },
      { name: "source.url", value: "rtsp://a" },
      { name: "scopes", value: ["watch", "share"] },
      { name: "retention", value: null },
    ]);
    expect(factsOf(undefined)).toEqual([]);
  });
});
