import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import type { Draft } from "@/notes/draft";
import { useNoteDrafts } from "./note-drafts";

const draft = (over: Partial<Draft> = {}): Draft => ({
  id: "d1", owner: "1@1", channelId: "7", channel: "Seven", at: "2026-11-21T10:00:00.000Z", fields: {}, text: "said", names: {}, tags: [], state: "open", begun: 1, ...over,
});

beforeEach(() => setActivePinia(createPinia()));

describe("drafts", () => {
  it("of another organization are neither listed nor sent here, and are there again when that is", async () => {
    const drafts = useNoteDrafts();
    await drafts.adopt("1@1");
    await drafts.keep(draft());
    await drafts.adopt("1@2");
    await drafts.keep(draft({ text: "typed meanwhile" }));
    await drafts.send(draft({ id: "d2", text: "sent meanwhile" }));
    expect(drafts.drafts).toEqual([]);
    expect(drafts.sending).toBeUndefined();
    await drafts.adopt("1@1");
    expect(drafts.drafts.map(({ text, state }) => `${text}: ${state}`)).toEqual(["typed meanwhile: open", "sent meanwhile: queued"]);
    await drafts.adopt(undefined);
  });
});
