import { describe, expect, it } from "vitest";
import { type Asked, factsOf, filterOf } from "./audit-filter";

const nothing: Asked = { from: "", to: "", group: "", organizationId: "" };

describe("filterOf", () => {
  it("asks for everything when nothing is chosen", () => {
    expect(filterOf(nothing, {})).toEqual({});
  });

  it("reads local times, and takes the whole last minute", () => {
    expect(filterOf({ ...nothing, from: "2026-11-20T12:00", to: "2026-11-20T12:30" }, {})).toEqual({
      from: "2026-11-20T11:00:00.000Z",
      to: "2026-11-20T11:31:00.000Z",
    });
  });

  it("asks for the beginning of actions, and for one person or thing", () => {
    expect(filterOf({ ...nothing, group: "share", organizationId: "news" }, { actorId: "anna" })).toEqual({
      action: "share.", organizationId: "news", actorId: "anna",
    });
  });
});

describe("factsOf", () => {
  it("flattens what changed", () => {
    expect(factsOf({ name: "Seven", source: { url: "rtsp://a" }, scopes: ["watch", "share"], retention: null })).toEqual([
      { name: "name", value: "Seven" },
      { name: "source.url", value: "rtsp://a" },
      { name: "scopes", value: "watch, share" },
      { name: "retention", value: "null" },
    ]);
    expect(factsOf(undefined)).toEqual([]);
  });
});
