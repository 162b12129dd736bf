import { describe, expect, it } from "vitest";
import { epochMs } from "@/time/instant";
import { type Fate, Outbox } from "./outbox";
import type { Stretch } from "./showing";

const stretch = (channel: string, at = 1_000_000): Stretch => ({
  channel, from: epochMs(at), to: epochMs(at + 1000), shownFrom: epochMs(at), shownTo: epochMs(at + 1000), speed: 1, mode: "all",
});

function scene(fates: (reports: readonly Stretch[]) => Fate) {
  const sent: { key: string; channels: string[]; leaving: boolean }[] = [];
  let key = 0;
  const clock = { now: 1_000_000 };
  const outbox = new Outbox({
    send: (reports, { key: as, leaving }) => {
      sent.push({ key: as, channels: reports.map(({ channel }) => channel), leaving });
      return Promise.resolve(fates(reports));
    },
    present: () => clock.now,
    newKey: () => `key-${(key += 1)}`,
  });
  return { outbox, sent, clock };
}

describe("the outbox", () => {
  it("sends what it holds once", async () => {
    const { outbox, sent } = scene(() => "kept");
    outbox.add([stretch("a"), stretch("b")]);
    await outbox.flush();
    await outbox.flush();
    expect(sent).toEqual([{ key: "key-1", channels: ["a", "b"], leaving: false }]);
    expect(outbox.waiting).toBe(0);
  });

  it("keeps what cannot go now, and sends it again under its key", async () => {
    let network = false;
    const { outbox, sent } = scene(() => (network ? "kept" : "later"));
    outbox.add([stretch("a")]);
    await outbox.flush();
    outbox.add([stretch("b")]);
    await outbox.flush();
    expect(outbox.waiting).toBe(2);
    network = true;
    await outbox.flush();
    expect(sent.map(({ key }) => key)).toEqual(["key-1", "key-1", "key-1", "key-2"]);
    expect(outbox.waiting).toBe(0);
  });

  it("sends at most 64 at once", async () => {
    const { outbox, sent } = scene(() => "kept");
    outbox.add(Array.from({ length: 130 }, () => stretch("a")));
    await outbox.flush();
    expect(sent.map(({ channels }) => channels.length)).toEqual([64, 64, 2]);
  });

  it("divides a refused batch by channels, and lets go only of what is refused alone", async () => {
    const kept: string[] = [];
    const { outbox } = scene((reports) => {
      if (reports.some(({ channel }) => channel === "gone")) return "refused";
      kept.push(...reports.map(({ channel }) => channel));
      return "kept";
    });
    outbox.add([stretch("a"), stretch("gone"), stretch("b")]);
    await outbox.flush();
    expect(kept).toEqual(["a", "b"]);
    expect(outbox.waiting).toBe(0);
  });

  it("sends everything when the page is left, and keeps it until the server has it", async () => {
    const { outbox, sent } = scene(() => "later");
    outbox.add([stretch("a")]);
    outbox.add([stretch("b")]);
    outbox.leave();
    expect(sent.map(({ leaving }) => leaving)).toEqual([true, true]);
    await Promise.resolve();
    expect(outbox.waiting).toBe(2);
  });

  it("lets go of what the server would refuse as too old, and of the oldest when there is too much", async () => {
    const { outbox, sent, clock } = scene(() => "kept");
    outbox.add([stretch("a")]);
    clock.now += 24 * 3_600_000;
    await outbox.flush();
    expect(sent).toEqual([]);
    outbox.add(Array.from({ length: 9000 }, () => stretch("a", clock.now)));
    expect(outbox.waiting).toBeLessThanOrEqual(8000);
  });
});
