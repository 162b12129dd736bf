import { describe, expect, it } from "vitest";
import { parseInstant } from "@/time/instant";
import { readEnded } from "./ended";

describe("readEnded", () => {
  const at = parseInstant("2026-11-21T08:41:18.084249Z");

  it("reads when it ended, how, and whom to ask", () => {
    expect(readEnded("it was revoked at 2026-11-21T08:41:18.084249Z; ask Anna Keller of City News for a new one")).toEqual({
      how: "revoked", at, name: "Anna Keller", organization: "City News",
    });
    expect(readEnded("it was open until 2026-11-21T08:41:18.084249Z; ask tester of Main for a new one")?.how).toBe("expired");
  });

  it("reads nothing into other lines", () => {
    expect(readEnded("the share expired")).toBeUndefined();
    expect(readEnded("it was revoked at noon; ask tester of Main for a new one")).toBeUndefined();
  });
});
