import { describe, expect, it } from "vitest";
import { en } from "@/i18n/en";
import { actorName } from "./actor-name";

const t = (key: string) => en.audit.actor[key.replace("audit.actor.", "") as keyof typeof en.audit.actor];

describe("actorName", () => {
  it("takes nobody for the server's own words: a person may be called anything", () => {
    expect(actorName({ kind: "user", id: "4", name: "command line" }, t)).toBe("command line");
    expect(actorName({ kind: "token", id: "4", name: "anna@news.example" }, t)).toBe("anna@news.example");
  });

  it("says in the reader's language who has no name", () => {
    expect(actorName({ kind: "user", id: "4", name: "erased person", erased: true }, t)).toBe("erased person");
    expect(actorName({ kind: "command", name: "command line" }, t)).toBe("command line");
    for (const kind of ["share", "link"] as const) expect(actorName({ kind, name: "shared link" }, t)).toBe("shared link");
    expect(actorName({ kind: "nobody", name: "unknown" }, t)).toBe("unknown");
  });
});
