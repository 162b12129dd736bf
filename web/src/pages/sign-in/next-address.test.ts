import { describe, expect, it } from "vitest";
import { nextAddress } from "./next-address";

describe("nextAddress", () => {
  it("follows an address of this site", () => {
    expect(nextAddress("/watch/7?at=2026-11-20T06:12:03Z")).toBe("/watch/7?at=2026-11-20T06:12:03Z");
  });

  it("leads nowhere else", () => {
    for (const elsewhere of ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", undefined, ["/a"]]) {
      expect(nextAddress(elsewhere)).toBe("/");
    }
  });
});
