import type { AuditEntry } from "@/api/audit";

const TEXTS = { share: "sharedLink", link: "sharedLink", command: "commandLine", nobody: "nobody" } as const;

/** Who it was, in the reader's language where it is nobody with a name. */
export function actorName({ kind, name, erased }: AuditEntry["actor"], t: (key: string) => string): string {
  if (erased) return t("audit.actor.erased");
  return kind === "user" || kind === "token" ? name : t(`audit.actor.${TEXTS[kind]}`);
}
