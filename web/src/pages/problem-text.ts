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

/** Why a channel does not record, in the reader's words and then the server's; undefined when it gives no cause. */
export function causeText({ cause, causeKind }: { cause?: string | undefined; causeKind?: string | undefined }, t: Translate): string | undefined {
  if (!cause) return undefined;
  return causeKind !== undefined && causeKind in en.problem ? `${t(`problem.${causeKind}`)}: ${cause}` : cause;
}

/** What to say at the field when the present password was asked for; undefined when that is not what was wrong. */
export function wrongPassword(reason: ApiError, t: Translate): string | undefined {
  return problemName(reason) === "bad-credentials" ? t("account.wrongPassword") : undefined;
}

/** `urn:longtake:bad-credentials` -> `bad-credentials`. */
export function problemName(reason: ApiError): string {
  return reason.type.slice(reason.type.lastIndexOf(":") + 1);
}
