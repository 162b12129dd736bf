import type { NoteField, NoteFieldKind, NoteTemplate, NoteTemplateCreate } from "@/api/notes";

export const KINDS: readonly NoteFieldKind[] = ["text", "choice", "multi", "tag", "person", "number", "time-range"];

/** A field as it is edited: options are lines. */
export interface FieldDraft {
  /** Of this form alone. */
  id: number;
  /** Empty: made of the label when it is saved. One that notes use stays. */
  key: string;
  label: string;
  kind: NoteFieldKind;
  required: boolean;
  options: string;
}

export interface TemplateDraft {
  name: string;
  isDefault: boolean;
  channelIds: string[];
  fields: FieldDraft[];
}

let next = 1;

export function newField(): FieldDraft {
  return { id: next++, key: "", label: "", kind: "text", required: false, options: "" };
}

export function hasOptions(kind: NoteFieldKind): boolean {
  return kind === "choice" || kind === "multi" || kind === "tag";
}

export function draftOf(template: NoteTemplate | undefined): TemplateDraft {
  const lines = (field: NoteField) => field.options.map(({ value, hotkey }) => (hotkey ? `${value} = ${hotkey}` : value)).join("\n");
  return {
    name: template?.name ?? "",
    isDefault: template?.isDefault ?? false,
    channelIds: [...(template?.channelIds ?? [])],
    fields: (template?.fields ?? []).map((field) => ({ id: next++, key: field.key, label: field.label, kind: field.kind, required: field.required, options: lines(field) })),
  };
}

const LATIN: Record<string, string> = {
  а: "a", б: "b", в: "v", г: "g", д: "d", е: "e", ж: "zh", з: "z", и: "i", й: "y", к: "k", л: "l", м: "m", н: "n", о: "o", п: "p",
  р: "r", с: "s", т: "t", у: "u", ф: "f", х: "h", ц: "ts", ч: "ch", ш: "sh", щ: "sch", ъ: "", ы: "y", ь: "", э: "e", ю: "yu", я: "ya",
};

/** A key of a label in any of our languages; `taken` ones get a number. */
export function keyOf(label: string, taken: ReadonlySet<string>): string {
  const plain = [...label.toLocaleLowerCase().normalize("NFC")].map((letter) => LATIN[letter] ?? letter).join("");
  const bare = plain.normalize("NFD").replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 36) || "field";
  if (!taken.has(bare)) return bare;
  for (let n = 2; ; n += 1) if (!taken.has(`${bare}_${n}`)) return `${bare}_${n}`;
}

export function optionsOf(lines: string): NoteField["options"] {
  return lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const hot = /^(.*\S)\s*=\s*([a-z0-9])$/i.exec(line);
      return hot?.[1] !== undefined && hot[2] !== undefined ? { value: hot[1], hotkey: hot[2].toLowerCase() } : { value: line };
    });
}

export function bodyOf(draft: TemplateDraft): NoteTemplateCreate {
  const taken = new Set(draft.fields.map(({ key }) => key).filter((key) => key !== ""));
  return {
    name: draft.name.trim(),
    isDefault: draft.isDefault,
    channelIds: draft.channelIds,
    fields: draft.fields.map(({ key, label, kind, required, options }) => {
      const own = key || keyOf(label, taken);
      taken.add(own);
      return { key: own, label: label.trim(), kind, required, options: hasOptions(kind) ? optionsOf(options) : [] };
    }),
  };
}

export function moved<T>(list: readonly T[], from: number, by: 1 | -1): T[] {
  const to = from + by;
  const one = list[from];
  if (one === undefined || to < 0 || to >= list.length) return [...list];
  const rest = list.filter((_, i) => i !== from);
  return [...rest.slice(0, to), one, ...rest.slice(to)];
}
