import { coverage } from "@/api/coverage";
import { ApiError } from "@/api/client";
import { newKey } from "@/api/new-key";
import { type Fate, Outbox } from "./outbox";
import type { Stretch } from "./showing";
import { formatInstant } from "@/time/instant";
import { present } from "@/time/present";
import { useAccount } from "@/state/account";

/** Of each person and organization, for as long as the window lives: reports outlast the page that made them. */
const outboxes = new Map<string, Outbox>();
const TRY_AGAIN_MS = 10_000;

/** Where the caller acts now. */
export function coveragePlace(): string | undefined {
  const { me } = useAccount();
  return me && `${me.id}@${me.organization.id}`;
}

export function coverageOutbox(place: string): Outbox {
  const known = outboxes.get(place);
  if (known) return known;
  const outbox = new Outbox({
    // Somebody else may be signed in by now: theirs is another outbox.
    send: (reports, how) => (coveragePlace() === place ? send(reports, how) : Promise.resolve<Fate>("later")),
    present,
    newKey,
  });
  outboxes.set(place, outbox);
  setInterval(() => void outbox.flush(), TRY_AGAIN_MS);
  return outbox;
}

async function send(reports: readonly Stretch[], how: { key: string; leaving: boolean }): Promise<Fate> {
  try {
    await coverage.report(reports.map(reportOf), how);
    return "kept";
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 0;
    return [400, 403, 404, 413].includes(status) ? "refused" : "later";
  }
}

function reportOf({ channel, from, to, shownFrom, shownTo, speed, mode }: Stretch) {
  return {
    channelId: channel,
    from: formatInstant(from),
    to: formatInstant(to),
    shownFrom: formatInstant(shownFrom),
    shownTo: formatInstant(shownTo),
    speed,
    mode,
  };
}
