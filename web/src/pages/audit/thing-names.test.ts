import { describe, expect, it } from "vitest";
import type { AuditEntry } from "@/api/audit";
import { thingKey, thingNames } from "./thing-names";

const entry: AuditEntry = { id: "1", at: "2026-11-20T06:00:00Z", action: "session.sign_in", actor: { kind: "user", id: "4", name: "anna@news.example" }, remote: "192.0.2.7" };

describe("thingNames", () => {
  const names = thingNames({
    channels: undefined,
    members: [{ userId: "5", email: "boris@news.example", name: "Boris", role: "editor", superadmin: false, disabled: false, addressProven: true }],
    organizations: undefined,
    entries: [entry, { ...entry, id: "2", actor: { kind: "user", id: "6", name: "erased person", erased: true } }],
    erased: "persona borrada",
  });

  it("knows people by what they did and by what they are", () => {
    expect(names.get(thingKey({ thing: "person", thingId: "4" }))).toBe("anna@news.example");
    expect(names.get(thingKey({ thing: "member", thingId: "5" }))).toBe("boris@news.example");
    expect(names.get(thingKey({ thing: "person", thingId: "6" }))).toBe("persona borrada");
  });

  it("takes no number for another's", () => {
    expect(names.get(thingKey({ thing: "channel", thingId: "4" }))).toBeUndefined();
    expect(thingKey({ thing: "footage", thingId: "4" })).toBe(thingKey({ thing: "channel", thingId: "4" }));
    expect(thingKey({ thing: "share", thingId: "4" })).not.toBe(thingKey({ thing: "channel", thingId: "4" }));
  });
});
