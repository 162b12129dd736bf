import type { Privacy } from "@/api/account";

type Kept = Privacy["items"][number];

/** What ends by no age, and not by somebody's deed either. */
const ENDLESS: Partial<Record<Kept["kind"], string>> = { audit: "privacy.forGood", footage: "privacy.untilFull" };

/** For how long something is kept, as the page says it. */
export function keptFor({ kind, days }: Kept, t: (key: string, named: { count: number }, plural: number) => string): string {
  if (days !== undefined) return t("privacy.days", { count: days }, days);
  return t(ENDLESS[kind] ?? "privacy.untilRemoved", { count: 0 }, 0);
}
