import { describe, expect, it } from "vitest";
import { askedAt, decodeMentions, encodeMentions, namesOf, partsOf, plainText, suggestions } from "./mentions";

const people = [{ id: "4", name: "Ann" }, { id: "12", name: "Ann Lee" }, { id: "5", name: "José Núñez" }, { id: "6", name: "Иван" }, { id: "7", name: "Иван" }];
const names = namesOf(people);

describe("mentions", () => {
  it("are numbers in what is sent, names in what is typed", () => {
    const typed = "@Ann Lee asked @Ann, @José Núñez. me@Annual";
    const sent = "<@12> asked <@4>, <@5>. me@Annual";
    expect(encodeMentions(typed, names)).toBe(sent);
    expect(decodeMentions(sent, names)).toBe(typed);
    expect(decodeMentions("<@99>", names)).toBe("<@99>");
  });

  it("tell people of one name apart", () => {
    expect(encodeMentions("@Иван 7", names)).toBe("<@7>");
  });

  it("are pieces of what is shown", () => {
    expect(partsOf("<@4> and <@99>", people)).toEqual([{ text: "@Ann", person: people[0] }, { text: " and <@99>" }]);
    expect(plainText("say <@5>", people)).toBe("say @José Núñez");
  });
});

describe("askedAt", () => {
  it("is what follows the last @ before the caret", () => {
    expect(askedAt("ask @Jo", 7)).toEqual({ from: 4, text: "Jo" });
    expect(askedAt("@", 1)).toEqual({ from: 0, text: "" });
    expect(askedAt("ask @Ann L", 10)).toEqual({ from: 4, text: "Ann L" });
    expect(askedAt("mail@host", 9)).toBeUndefined();
    expect(askedAt("ask @Ann Lee now", 16)).toBeUndefined();
  });

  it("finds names by any of their words, without accents", () => {
    expect(suggestions({ from: 0, text: "nun" }, names)).toEqual(["José Núñez"]);
    expect(suggestions({ from: 0, text: "an" }, names)).toEqual(["Ann", "Ann Lee"]);
    expect(suggestions(undefined, names)).toEqual([]);
  });
});
