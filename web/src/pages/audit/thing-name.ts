import type { AuditEntry } from "@/api/audit";

/** What to call what a deed was done to: every person has a name until they are erased. Empty: its number says more. */
export function thingName({ thing, thingId, thingName: name }: Pick<AuditEntry, "thing" | "thingId" | "thingName">, t: (key: string) => string): string {
  if (name !== undefined || thingId === undefined) return name ?? "";
  return thing === "person" || thing === "member" ? t("audit.actor.erased") : "";
}
