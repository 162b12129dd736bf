import { describe, expect, it } from "vitest";
import { bodyOf, draftOf, keyOf, moved, newField, optionsOf } from "./template-draft";

describe("a template as it is edited", () => {
  it("makes keys of labels in any language, each once", () => {
    expect(keyOf("Тон ведущего", new Set())).toBe("ton_veduschego");
    expect(keyOf("¿Quién habló?", new Set())).toBe("quien_hablo");
    expect(keyOf("2. Topic", new Set(["topic"]))).toBe("topic_2");
    expect(keyOf("…", new Set())).toBe("field");
  });

  it("reads options and their keys from lines", () => {
    expect(optionsOf("Goal = G\n\n  Foul \na=b\n=x")).toEqual([{ value: "Goal", hotkey: "g" }, { value: "Foul" }, { value: "a", hotkey: "b" }, { value: "=x" }]);
  });

  it("comes back as it was", () => {
    const template = { id: "1", name: "Form", isDefault: true, channelIds: ["7"], version: 2, fields: [{ key: "t", label: "T", kind: "tag" as const, required: true, options: [{ value: "lie", hotkey: "l" }] }] };
    expect(bodyOf(draftOf(template))).toEqual({ name: "Form", isDefault: true, channelIds: ["7"], fields: template.fields });
    const draft = draftOf(undefined);
    draft.fields.push({ ...newField(), label: "Same" }, { ...newField(), label: "Same" });
    expect(bodyOf(draft).fields.map(({ key }) => key)).toEqual(["same", "same_2"]);
  });

  it("moves fields, and none beyond the ends", () => {
    expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
    expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
    expect(moved(["a"], 0, -1)).toEqual(["a"]);
  });
});
