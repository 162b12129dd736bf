import { describe, expect, it } from "vitest";
import { fromAddress, NOTHING_ASKED, queryOf, toAddress } from "./note-filter";

describe("the filter of notes", () => {
  it("asks for nothing that was not said", () => {
    expect(queryOf(NOTHING_ASKED)).toEqual({});
    expect(queryOf({ ...NOTHING_ASKED, search: " goal ", mentions: true })).toEqual({ search: "goal", mentions: "me" });
  });

  it("takes in the last minute that is named, and no time that is none", () => {
    const { from, to } = queryOf({ ...NOTHING_ASKED, from: "2026-11-21T10:00", to: "2026-11-21T10:00" });
    expect(Date.parse(to ?? "") - Date.parse(from ?? "")).toBe(60_000);
    expect(queryOf({ ...NOTHING_ASKED, from: "soon" })).toEqual({});
  });

  it("stands in the address", () => {
    const asked = { ...NOTHING_ASKED, search: "гол", tag: "a b", mentions: true };
    expect(fromAddress(toAddress(asked))).toEqual(asked);
    expect(fromAddress({})).toEqual(NOTHING_ASKED);
  });
});
