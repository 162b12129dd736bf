import { describe, expect, it } from "vitest";
import { Gate } from "./gate";

describe("Gate", () => {
  it("lets two in at once, the others in their order, also after a failure", async () => {
    const gate = new Gate(2);
    const began: number[] = [];
    const ends: (() => void)[] = [];
    const all = [0, 1, 2, 3].map((i) =>
      gate.pass(async () => {
        began.push(i);
        await new Promise<void>((end) => (ends[i] = end));
        if (i === 1) throw new Error("failed");
        return i;
      }),
    );
    await Promise.resolve();
    expect(began).toEqual([0, 1]);
    ends[1]?.();
    await expect(all[1]).rejects.toThrow("failed");
    expect(began).toEqual([0, 1, 2]);
    ends[0]?.();
    await all[0];
    expect(began).toEqual([0, 1, 2, 3]);
    ends[2]?.();
    ends[3]?.();
    expect(await Promise.all([all[2], all[3]])).toEqual([2, 3]);
    expect(await gate.pass(() => Promise.resolve("in"))).toBe("in");
  });
});
