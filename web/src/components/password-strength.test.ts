import { describe, expect, it } from "vitest";
import { strengthOf } from "./password-strength";

describe("strengthOf", () => {
  it("refuses what the server refuses, counted in characters as there", () => {
    expect(strengthOf("Xk7#pQ2!z")).toBe(0);
    expect(strengthOf("коротк")).toBe(0);
  });

  it("sees through repetitions, rows and common words", () => {
    for (const weak of ["aaaaaaaaaaaaaaaa", "qwertyuiop123456", "password1234", "12345678901234567890", "abcabcabcabcabc", "Пароль123456"]) {
      expect(strengthOf(weak), weak).toBe(1);
    }
  });

  it("takes the person's own name and address for known", () => {
    const without = strengthOf("anna.keller.sofia");
    expect(strengthOf("anna.keller.sofia", ["Anna Keller", "sofia@news.example"])).toBe(1);
    expect(without).toBeGreaterThan(1);
  });

  it("praises length, in any script", () => {
    expect(strengthOf("correct horse battery staple")).toBe(4);
    expect(strengthOf("тихий вечер над рекой")).toBe(4);
    expect(strengthOf("v8#Kq2!tLz0@")).toBeGreaterThanOrEqual(3);
  });

  it("grows with the password", () => {
    const steps = ["mountain73", "mountain73 lake", "mountain73 lake over"].map((text) => strengthOf(text));
    expect(steps).toEqual([...steps].sort());
    expect(steps.at(-1)).toBe(4);
  });
});
