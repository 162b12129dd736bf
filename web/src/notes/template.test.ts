import { describe, expect, it } from "vitest";
import type { NoteField, NoteTemplate } from "@/api/notes";
import { freeTags, misread, numberOf, optionOf, pressed, said, shownValues, templateFor, templatesFor, timesAsTyped, typedTimes, unmet } from "./template";

const field = (key: string, over: Partial<NoteField> = {}): NoteField => ({ key, label: key.toUpperCase(), kind: "text", required: false, options: [], ...over });
const template = (id: string, over: Partial<NoteTemplate> = {}): NoteTemplate => ({ id, name: id, fields: [], channelIds: [], isDefault: false, version: 1, ...over });

const topic = field("topic", { kind: "choice", required: true, options: [{ value: "War", hotkey: "w" }, { value: "Sport", hotkey: "s" }] });
const marks = field("marks", { kind: "tag", options: [{ value: "lie", hotkey: "l" }] });

describe("templateFor", () => {
  const all = [template("other"), template("default", { isDefault: true }), template("mine", { channelIds: ["7"] }), template("theirs", { channelIds: ["8"] })];
  it("opens the one for the channel, else the default, else none", () => {
    expect(templateFor("7", all)?.id).toBe("mine");
    expect(templateFor("9", all)?.id).toBe("default");
    expect(templateFor("9", [template("other")])).toBeUndefined();
    expect(templatesFor("7", all).map(({ id }) => id)).toEqual(["mine", "default", "other"]);
  });
});

describe("values", () => {
  it("names what is required and not there", () => {
    expect(unmet({}, [topic, marks])).toEqual(["topic"]);
    expect(unmet({ topic: " " }, [topic])).toEqual(["topic"]);
    expect(unmet({ topic: "War" }, [topic])).toEqual([]);
  });

  it("are numbers as people type them, and named where they are none", () => {
    expect(["2", " 2,50 ", "-0.5", "", "two", "1,2,3"].map(numberOf)).toEqual([2, 2.5, -0.5, undefined, "two", "1,2,3"]);
    const fields = [field("n", { kind: "number" }), field("when", { kind: "time-range" }), field("words")];
    expect(misread({ n: "two", when: timesAsTyped({ from: "6", to: "" }), words: "two" }, fields)).toEqual(["n", "when"]);
    expect(misread({ n: 2, when: { from: "a", to: "b" } }, fields)).toEqual([]);
    expect(typedTimes(timesAsTyped({ from: "6", to: "" }))).toEqual({ from: "6", to: "" });
  });

  it("press like buttons", () => {
    const hot = optionOf("l", [topic, marks]);
    expect(hot?.field.key).toBe("marks");
    expect(pressed({}, marks, "lie")).toEqual({ marks: ["lie"] });
    expect(pressed({ marks: ["lie"] }, marks, "lie")).toEqual({ marks: [] });
    expect(pressed({ topic: "War" }, topic, "Sport")).toEqual({ topic: "Sport" });
    expect(pressed({ topic: "War" }, topic, "War")).toEqual({ topic: undefined });
    expect(said({ a: "", b: [], c: 0, d: undefined })).toEqual({ c: 0 });
  });

  it("keep tags of fields out of the free ones", () => {
    expect(freeTags(["lie", "free"], [marks])).toEqual(["free"]);
  });

  it("are shown by the template's labels, and what it no longer knows by key", () => {
    const show = { person: (id: string) => `person ${id}`, time: (at: number) => `${at}`, number: (value: number) => value.toFixed(1) };
    const who = field("who", { kind: "person" });
    expect(shownValues({ gone: "x", who: "4", n: 2, topic: "War", when: { from: "1970-01-01T00:00:01Z", to: "1970-01-01T00:00:02Z" } }, template("t", { fields: [topic, who] }), show)).toEqual([
      { label: "TOPIC", text: "War" },
      { label: "WHO", text: "person 4" },
      { label: "gone", text: "x" },
      { label: "n", text: "2.0" },
      { label: "when", text: "1000 – 2000" },
    ]);
  });
});
