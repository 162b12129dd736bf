import { describe, expect, it } from "vitest";
import type { Organization } from "@/api/people";
import { editOf, slugOf } from "./organization-draft";

const present: Organization = {
  id: "o", slug: "news", name: "News", kind: "desk", timeZone: "UTC", language: "en", members: 1, channels: 0,
  createdAt: "2026-11-20T06:00:00Z",
};

describe("slugOf", () => {
  it("keeps what an address may hold, from any of our languages", () => {
    expect(slugOf("City News 24")).toBe("city-news-24");
    expect(slugOf("Club de Pádel «La Peña»")).toBe("club-de-padel-la-pena");
    expect(slugOf("Новости Юга, щит")).toBe("novosti-yuga-schit");
    expect(slugOf("--- 東京 ---")).toBe("");
  });

  it("ends in no hyphen where it is cut", () => {
    expect(slugOf(`${"a".repeat(39)} b`)).toBe("a".repeat(39));
  });
});

describe("editOf", () => {
  it("sends only what differs", () => {
    expect(editOf(present, { name: " News ", slug: "news", timeZone: "UTC", language: "en" })).toEqual({});
    expect(editOf(present, { name: "Sport", slug: "news", timeZone: "Europe/Madrid", language: "es" })).toEqual({
      name: "Sport", timeZone: "Europe/Madrid", language: "es",
    });
  });
});
