import { describe, expect, it } from "vitest";
import { en } from "./en";
import { es } from "./es";
import { preferredLocale } from "./index";
import { russianPlural } from "./plural";
import { ru } from "./ru";

function leaves(tree: object, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[path + key, value]] : leaves(value as object, `${path}${key}.`),
  );
}
const holes = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();

describe("translations", () => {
  const english = new Map(leaves(en));
  for (const [name, messages] of Object.entries({ es, ru })) {
    it(`${name} says everything, with the same placeholders`, () => {
      const translated = new Map(leaves(messages));
      expect([...translated.keys()].sort()).toEqual([...english.keys()].sort());
      for (const [key, text] of english) {
        expect(translated.get(key)?.trim(), key).not.toBe("");
        expect(holes(translated.get(key) ?? ""), key).toBe(holes(text));
      }
    });
  }

  it("has three forms where Russian counts", () => {
    for (const [key, text] of english) {
      if (text.includes(" | ")) expect(new Map(leaves(ru)).get(key)?.split(" | "), key).toHaveLength(3);
    }
  });
});

describe("texts", () => {
  const rooms = import.meta.glob<string>(["../**/*.{ts,vue}", "!../i18n/**", "!../**/*.test.ts", "!../api/schema.ts"], { query: "?raw", import: "default", eager: true });
  const code = Object.values(rooms).join("\n");

  it("are all said somewhere: by their whole key, or by a key that ends in what is known only then", () => {
    const whole = new Set([...code.matchAll(/["'`]([\w-]+(?:\.[\w-]+)+)["'`]/g)].map(([, key]) => key));
    const begun = [...code.matchAll(/`([\w-]+(?:\.[\w-]+)*\.)\$\{/g)].map(([, beginning = ""]) => beginning);
    expect(whole.size).toBeGreaterThan(100);
    const dead = leaves(en).map(([key]) => key).filter((key) => !whole.has(key) && !begun.some((beginning) => key.startsWith(beginning)));
    expect(dead).toEqual([]);
  });
});

describe("russianPlural", () => {
  it("chooses one, few, many", () => {
    const form = (n: number) => ["one", "few", "many"][russianPlural(n)];
    expect([1, 21, 101].map(form)).toEqual(["one", "one", "one"]);
    expect([2, 4, 22, 1.5].map(form)).toEqual(["few", "few", "few", "few"]);
    expect([0, 5, 11, 12, 14, 20, 111].map(form)).toEqual(Array(7).fill("many"));
  });
});

describe("preferredLocale", () => {
  it("takes the first language that is offered", () => {
    expect(preferredLocale(["de-DE", "ru-RU", "es"])).toBe("ru");
    expect(preferredLocale(["de"])).toBe("en");
  });
});
