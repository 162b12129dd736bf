import type { NoteField, NoteTemplate } from "@/api/notes";
import { type EpochMs, parseInstant } from "@/time/instant";

/** Of a template's fields, by their keys. */
export type Values = Record<string, unknown>;

/** The templates that fit a channel: those for it alone, then the default, then the others. */
export function templatesFor(channelId: string, templates: readonly NoteTemplate[]): NoteTemplate[] {
  const rank = (t: NoteTemplate) => (t.channelIds.includes(channelId) ? 0 : t.isDefault ? 1 : 2);
  return templates
    .filter(({ channelIds }) => channelIds.length === 0 || channelIds.includes(channelId))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** What opens by itself: a template for the channel alone, or the default one. */
export function templateFor(channelId: string, templates: readonly NoteTemplate[]): NoteTemplate | undefined {
  const [first] = templatesFor(channelId, templates);
  return first && (first.channelIds.includes(channelId) || first.isDefault) ? first : undefined;
}

export function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "string") return value.trim() === "";
  return Array.isArray(value) && value.length === 0;
}

/** Keys of the fields that are required and not there. */
export function unmet(values: Values, fields: readonly NoteField[]): string[] {
  return fields.filter(({ key, required }) => required && isBlank(values[key])).map(({ key }) => key);
}

/** What was typed as a number: itself; what is none stays as it was typed, and is named. A comma is a point. */
export function numberOf(text: string): number | string | undefined {
  const plain = text.trim().replace(",", ".");
  const number = Number(plain);
  return plain === "" ? undefined : Number.isFinite(number) ? number : text;
}

/** Two times of day as they were typed, where they are not two times one after the other. */
export interface TypedTimes {
  from: string;
  to: string;
}
const BETWEEN = " – ";
export const timesAsTyped = ({ from, to }: TypedTimes): string => `${from}${BETWEEN}${to}`;
/** As `timesAsTyped` wrote them. */
export function typedTimes(value: string): TypedTimes {
  const [from = "", to = ""] = value.split(BETWEEN);
  return { from, to };
}

/** Keys of the fields that hold text where it has to be a number or times: what was typed is none. */
export function misread(values: Values, fields: readonly NoteField[]): string[] {
  return fields.filter(({ key, kind }) => (kind === "number" || kind === "time-range") && typeof values[key] === "string").map(({ key }) => key);
}

/** Without what says nothing. */
export function said(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isBlank(value)));
}

export interface HotOption {
  field: NoteField;
  value: string;
}

export function optionOf(hotkey: string, fields: readonly NoteField[]): HotOption | undefined {
  for (const field of fields) {
    const option = field.options.find((one) => one.hotkey === hotkey);
    if (option) return { field, value: option.value };
  }
  return undefined;
}

/** The values after the option was pressed: of a choice it is the one or none, of the others in or out. */
export function pressed(values: Values, field: NoteField, value: string): Values {
  const now = values[field.key];
  if (field.kind === "choice") return { ...values, [field.key]: now === value ? undefined : value };
  const chosen = chosenOf(now);
  return { ...values, [field.key]: chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value] };
}

export function chosenOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/** Tags that no field of the template gives: those are chosen in their field. */
export function freeTags(tags: readonly string[], fields: readonly NoteField[]): string[] {
  const given = new Set(fields.filter(({ kind }) => kind === "tag").flatMap(({ options }) => options.map(({ value }) => value)));
  return tags.filter((tag) => !given.has(tag));
}

export interface ShownValue {
  label: string;
  text: string;
}

/** What a note's fields say, in the template's order; what the template no longer asks for comes last, by its key. */
export function shownValues(
  values: Values,
  template: NoteTemplate | undefined,
  show: { person: (id: string) => string; time: (at: EpochMs) => string; number: (value: number) => string },
): ShownValue[] {
  const fields = template?.fields ?? [];
  const known = fields.filter(({ key }) => !isBlank(values[key])).map((field): ShownValue => ({ label: field.label, text: textOf(values[field.key], field, show) }));
  const keys = new Set(fields.map(({ key }) => key));
  const others = Object.entries(values).filter(([key, value]) => !keys.has(key) && !isBlank(value));
  return [...known, ...others.map(([key, value]): ShownValue => ({ label: key, text: textOf(value, undefined, show) }))];
}

function textOf(value: unknown, field: NoteField | undefined, show: Parameters<typeof shownValues>[2]): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "number") return show.number(value);
  if (typeof value === "object" && value !== null) {
    const { from, to } = value as { from?: string; to?: string };
    return [from, to].map((one) => { const at = parseInstant(one ?? ""); return at === undefined ? "?" : show.time(at); }).join(" – ");
  }
  return field?.kind === "person" ? show.person(String(value)) : String(value);
}
