import { type EpochMs, parseInstant } from "@/time/instant";

export interface Ended {
  how: "revoked" | "expired";
  at: EpochMs;
  name: string;
  organization: string;
}

/** The server's one line about an ended share; tests/integration/shares.test.ts holds it to this wording. */
const LINE = /^it was (revoked at|open until) (\S+); ask (.+) of (.+) for a new one$/;

/** What is in that line, to be said in the reader's language; nothing when it says something else. */
export function readEnded(detail: string): Ended | undefined {
  const [, how, time = "", name = "", organization = ""] = LINE.exec(detail) ?? [];
  const at = parseInstant(time);
  return at === undefined ? undefined : { how: how === "revoked at" ? "revoked" : "expired", at, name, organization };
}
