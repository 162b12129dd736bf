import { type EpochMs, epochMs } from "./instant";

/** Smaller differences are the second that a `Date` header rounds away. */
const TRUST_OWN_CLOCK_WITHIN_MS = 2000;

let offsetMs = 0;

/** Each answer of the server tells its time; a viewer's clock may be minutes off. */
export function noticeServerDate(serverMs: number, ownMs = Date.now()): void {
  if (Number.isNaN(serverMs)) return;
  const difference = serverMs + 500 - ownMs;
  offsetMs = Math.abs(difference) < TRUST_OWN_CLOCK_WITHIN_MS ? 0 : difference;
}

/** The server's wall clock, as well as it is known. */
export function present(ownMs = Date.now()): EpochMs {
  return epochMs(ownMs + offsetMs);
}
