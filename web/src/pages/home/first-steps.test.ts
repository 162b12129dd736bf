import { describe, expect, it } from "vitest";
import type { Home } from "@/api/account";
import type { Permission } from "@/api/client";
import { firstSteps } from "./first-steps";

const manager: Permission[] = ["be_known", "watch", "edit_channels", "manage_members"];
const me = (permissions: Permission[]) => ({ permissions, secondFactor: false, hasPassword: true });
const channels = (total: number) => ({ total, recording: total, reconnecting: 0, failed: 0, stopped: 0 });
const left = (home: Home) => firstSteps(home, me(manager)).filter(({ done }) => !done).map(({ name }) => name);

describe("firstSteps", () => {
  it("leads a manager from the first day on", () => {
    expect(left({ channels: channels(0), people: 1, openInvitations: 0 })).toEqual(["channel", "people", "safe"]);
    expect(left({ channels: channels(0), people: 1, openInvitations: 2 })).toEqual(["channel", "safe"]);
  });

  it("is gone when there are channels and people, whatever the account is like", () => {
    expect(left({ channels: channels(1), people: 3 })).toEqual([]);
  });

  it("is not for those who may not do it", () => {
    expect(firstSteps({ channels: channels(0) }, me(["be_known", "watch"]))).toEqual([]);
    expect(firstSteps({}, me(["be_known"]))).toEqual([]);
  });

  it("asks nobody for a second factor who has no password here", () => {
    const steps = firstSteps({ channels: channels(0), people: 1 }, { ...me(manager), hasPassword: false });
    expect(steps.map(({ name }) => name)).toEqual(["channel", "people"]);
  });
});
