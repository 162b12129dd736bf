import { describe, expect, it } from "vitest";
import table from "../../../../src/api/trail_table.cpp?raw";
import { en } from "@/i18n/en";

/** Every action that the server's table of operations records. */
const actions = [...table.matchAll(/"(\/[^"]*)", "([a-z_]+)\.([a-z_]+)"/g)];

describe("the words of the audit", () => {
  it("has some for whatever is recorded", () => {
    expect(actions.length).toBeGreaterThan(40);
    const deeds: Record<string, Record<string, string>> = en.audit.deed;
    const missing = actions.filter(([, , thing, verb]) => !deeds[thing ?? ""]?.[verb ?? ""]).map(([, , thing, verb]) => `${thing}.${verb}`);
    expect(missing).toEqual([]);
  });
});
