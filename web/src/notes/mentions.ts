import type { NamedPerson } from "@/api/notes";

/** Names as they are typed, `@Ann Lee`, and whom they mean. */
export type Names = Readonly<Record<string, string>>;

/** Each person's name as it is typed; people of one name are told apart by their number. */
export function namesOf(people: readonly NamedPerson[]): Names {
  const names: Record<string, string> = {};
  const count = new Map<string, number>();
  for (const { name } of people) count.set(name, (count.get(name) ?? 0) + 1);
  for (const { id, name } of people) if (name !== "") names[count.get(name) === 1 ? name : `${name} ${id}`] = id;
  return names;
}

/** `@Ann Lee` -> `<@42>`, the longest names first: `@Ann` is not `@Ann Lee`. */
export function encodeMentions(text: string, names: Names): string {
  let out = text;
  for (const name of Object.keys(names).sort((a, b) => b.length - a.length)) {
    const id = names[name];
    const pattern = new RegExp(`@${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\p{L}\\p{N}])`, "gu");
    if (id !== undefined) out = out.replace(pattern, `<@${id}>`);
  }
  return out;
}

/** `<@42>` -> `@Ann Lee`, for editing; of whom is not known any more the number stays. */
export function decodeMentions(text: string, names: Names): string {
  const byId = new Map(Object.entries(names).map(([name, id]) => [id, name]));
  return text.replace(/<@(\d+)>/g, (whole, id: string) => (byId.has(id) ? `@${byId.get(id)}` : whole));
}

export type Part = { text: string; person?: NamedPerson };

/** The text in pieces, where a mention is one. */
export function partsOf(text: string, people: readonly NamedPerson[]): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(/<@(\d+)>/g)) {
    const person = people.find(({ id }) => id === match[1]);
    if (!person) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ text: `@${person.name}`, person });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** One line, with names. */
export function plainText(text: string, people: readonly NamedPerson[]): string {
  return partsOf(text, people).map((part) => part.text).join("");
}

export interface Asked {
  /** Where the `@` is. */
  from: number;
  text: string;
}

/** What is being typed after an `@` before the caret; at most two words, as names have. */
export function askedAt(text: string, caret: number): Asked | undefined {
  const match = /(?:^|[\s(])@([\p{L}\p{N}'’.-]*(?: [\p{L}\p{N}'’.-]*)?)$/u.exec(text.slice(0, caret));
  if (match?.[1] === undefined) return undefined;
  return { from: caret - match[1].length - 1, text: match[1] };
}

const bare = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

export function suggestions(asked: Asked | undefined, names: Names, most = 6): string[] {
  if (!asked) return [];
  const wanted = bare(asked.text);
  return Object.keys(names)
    .filter((name) => bare(name).split(/\s+/).some((_, i, words) => words.slice(i).join(" ").startsWith(wanted)))
    .filter((name) => name !== asked.text)
    .slice(0, most);
}
