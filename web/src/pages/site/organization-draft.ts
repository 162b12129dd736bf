import type { Language, Organization, OrganizationEdit } from "@/api/people";

export interface OrganizationDraft {
  name: string;
  slug: string;
  timeZone: string;
  language: Language;
}

const CYRILLIC: Record<string, string> = {
  а: "a", б: "b", в: "v", г: "g", д: "d", е: "e", ё: "e", ж: "zh", з: "z", и: "i", й: "y", к: "k", л: "l", м: "m", н: "n",
  о: "o", п: "p", р: "r", с: "s", т: "t", у: "u", ф: "f", х: "h", ц: "ts", ч: "ch", ш: "sh", щ: "sch", ъ: "", ы: "y", ь: "",
  э: "e", ю: "yu", я: "ya",
};

/** A short name made of a name: `Новости Юга` -> `novosti-yuga`. */
export function slugOf(name: string): string {
  const plain = [...name.toLowerCase().normalize("NFC")].map((letter) => CYRILLIC[letter] ?? letter).join("");
  return plain
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
}

/** Only what differs: who may not change the short name does not send it. */
export function editOf(present: Organization, draft: OrganizationDraft): OrganizationEdit {
  const name = draft.name.trim();
  return {
    ...(name === present.name ? {} : { name }),
    ...(draft.slug === present.slug ? {} : { slug: draft.slug }),
    ...(draft.timeZone === present.timeZone ? {} : { timeZone: draft.timeZone }),
    ...(draft.language === present.language ? {} : { language: draft.language }),
  };
}
