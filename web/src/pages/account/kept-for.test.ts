import { describe, expect, it } from "vitest";
import { keptFor } from "./kept-for";

const t = (key: string, { count }: { count: number }) => (key === "privacy.days" ? `${count} days` : key);

describe("keptFor", () => {
  it("counts days where there is an end", () => {
    expect(keptFor({ kind: "sessions", days: 90 }, t)).toBe("90 days");
    expect(keptFor({ kind: "footage", days: 30 }, t)).toBe("30 days");
  });

  it("does not promise that the audit can be removed, or that footage waits for somebody to do it", () => {
    expect(keptFor({ kind: "audit" }, t)).toBe("privacy.forGood");
    expect(keptFor({ kind: "footage" }, t)).toBe("privacy.untilFull");
    expect(keptFor({ kind: "notes" }, t)).toBe("privacy.untilRemoved");
  });
});
