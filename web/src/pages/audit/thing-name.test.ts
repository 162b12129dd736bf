import { describe, expect, it } from "vitest";
import { thingName } from "./thing-name";

const t = (key: string) => (key === "audit.actor.erased" ? "persona borrada" : key);

describe("thingName", () => {
  it("is what the server calls it", () => {
    expect(thingName({ thing: "member", thingId: "5", thingName: "boris@news.example" }, t)).toBe("boris@news.example");
    expect(thingName({ thing: "channel", thingId: "4", thingName: "Channel 7" }, t)).toBe("Channel 7");
  });

  it("says of people that they were erased, and leaves other things their number", () => {
    expect(thingName({ thing: "person", thingId: "6" }, t)).toBe("persona borrada");
    expect(thingName({ thing: "channel", thingId: "4" }, t)).toBe("");
    expect(thingName({ thing: "session" }, t)).toBe("");
  });
});
