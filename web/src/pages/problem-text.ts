import { ApiError } from "@/api/client";
import { en } from "@/i18n/en";

type Translate = (key: string) => string;

/** One line for a person: our own words where we have them, else the server's. */
export function problemText(reason: unknown, t: Translate): string {
  if (!(reason instanceof ApiError)) return reason instanceof Error ? reason.message : t("problem.unexpected");
  const name = problemName(reason);
  if (!(name in en.problem)) return reason.message;
  return name.startsWith("source-") ? `${t(`problem.${name}`)}: ${reason.message}` : t(`problem.${name}`);
}

/** `urn:longtake:bad-credentials` -> `bad-credentials`. */
export function problemName(reason: ApiError): string {
  return reason.type.slice(reason.type.lastIndexOf(":") + 1);
}
