import { formatDateTime } from "@/time/format";
import { parseInstant } from "@/time/instant";

export interface Words {
  t: (key: string) => string;
  te: (key: string) => boolean;
  locale: string;
}

/** What a fact is called, for a person; a newer server's stays as it is written there. */
export function factName(name: string, { t, te }: Words): string {
  return te(`audit.fact.${name}`) ? t(`audit.fact.${name}`) : name;
}

/** What it says: times of the reader's own clock, roles and rights by their names, "no limit" for what is not set. */
export function factValue(name: string, value: unknown, { t, te, locale }: Words): string {
  if (value === null) return t("audit.notSet");
  if (typeof value === "boolean") return t(value ? "audit.yes" : "audit.no");
  if (Array.isArray(value)) return value.map(String).join(", ");
  const text = String(value);
  if (name === "role" && te(`role.${text}`)) return t(`role.${text}`);
  if (name === "scopes") return text.split(" ").map((one) => (te(`scope.${one}`) ? t(`scope.${one}`) : one)).join(", ");
  const at = /^\d{4}-\d\d-\d\dT/.test(text) ? parseInstant(text) : undefined;
  return at === undefined ? text : formatDateTime(at, locale);
}
