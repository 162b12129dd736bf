import { describe, expect, it } from "vitest";
import { factName, factValue } from "./fact-words";

const known: Record<string, string> = {
  "audit.fact.role": "Rol", "audit.yes": "sí", "audit.no": "no", "audit.notSet": "sin límite", "role.editor": "Redactora", "scope.watch": "ver",
};
const words = { t: (key: string) => known[key] ?? `?${key}`, te: (key: string) => key in known, locale: "es" };

describe("a fact of the audit", () => {
  it("is called as people call it, or as the server does", () => {
    expect(factName("role", words)).toBe("Rol");
    expect(factName("somethingNew", words)).toBe("somethingNew");
  });

  it("is said in the reader's words and time", () => {
    expect(factValue("role", "editor", words)).toBe("Redactora");
    expect(factValue("hasPin", true, words)).toBe("sí");
    expect(factValue("maxAgeHours", null, words)).toBe("sin límite");
    expect(factValue("scopes", "watch fly", words)).toBe("ver, fly");
    expect(factValue("channels", [1, 2], words)).toBe("1, 2");
    expect(factValue("expiresAt", "2026-11-29T11:11:20.696703Z", words)).not.toMatch(/T|Z|696/);
    expect(factValue("title", "2026-11-29 plan", words)).toBe("2026-11-29 plan");
  });
});
