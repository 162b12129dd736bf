import type { Stretch } from "./showing";

/** `kept`: the server has it. `refused`: it never will. `later`: try again. */
export type Fate = "kept" | "refused" | "later";

export interface OutboxOptions {
  send: (reports: readonly Stretch[], how: { key: string; leaving: boolean }) => Promise<Fate>;
  /** The server's wall clock, ms. */
  present: () => number;
  newKey: () => string;
}

interface Batch {
  key: string;
  reports: readonly Stretch[];
}

const MOST_REPORTS = 64;
/** Oldest go first; an hour of a wall of sixteen tiles without network is not more. */
const MOST_WAITING = 8000;
/** The server takes what was shown within a day. */
const LATEST_MS = 23 * 3_600_000;

/**
 * Reports on their way to the server. What it cannot take now waits here and goes with the next `flush`, under the
 * key it had: sent twice it counts once. A batch that is refused goes channel by channel, so that a channel that was
 * removed takes nothing else with it.
 */
export class Outbox {
  private batches: Batch[] = [];
  private sending = false;

  constructor(private readonly options: OutboxOptions) {}

  get waiting(): number {
    return this.batches.reduce((sum, { reports }) => sum + reports.length, 0);
  }

  add(reports: readonly Stretch[]): void {
    for (let i = 0; i < reports.length; i += MOST_REPORTS) this.put(reports.slice(i, i + MOST_REPORTS));
    while (this.waiting > MOST_WAITING) this.batches.shift();
  }

  /** One batch after another, until one has to wait. */
  async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      this.forgetOld();
      for (let batch = this.batches[0]; batch; batch = this.batches[0]) {
        if (!(await this.tryOne(batch, false))) return;
      }
    } finally {
      this.sending = false;
    }
  }

  /** The page is being left: everything at once, without waiting for answers. */
  leave(): void {
    for (const batch of [...this.batches]) void this.tryOne(batch, true);
  }

  private async tryOne(batch: Batch, leaving: boolean): Promise<boolean> {
    const fate = await this.options.send(batch.reports, { key: batch.key, leaving });
    if (fate === "later") return false;
    const known = this.batches.includes(batch);
    this.batches = this.batches.filter((other) => other !== batch);
    if (fate === "refused" && known) this.divide(batch.reports);
    return true;
  }

  private divide(reports: readonly Stretch[]): void {
    const channels = new Set(reports.map(({ channel }) => channel));
    if (channels.size < 2) return;
    for (const channel of channels) this.put(reports.filter((report) => report.channel === channel));
  }

  private put(reports: readonly Stretch[]): void {
    if (reports.length > 0) this.batches.push({ key: this.options.newKey(), reports });
  }

  private forgetOld(): void {
    const since = this.options.present() - LATEST_MS;
    this.batches = this.batches.filter(({ reports }) => reports.every(({ shownFrom }) => shownFrom >= since));
  }
}
