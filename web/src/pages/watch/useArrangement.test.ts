import { nextTick, ref } from "vue";
import { describe, expect, it } from "vitest";
import type { Channel } from "@/api/client";
import type { Wall } from "@/player/wall";
import type { Arrangement } from "./arrangement";
import { useArrangement } from "./useArrangement";

const wall = { setFocus: () => undefined, setSound: () => undefined } as unknown as Wall;

async function opened(asked: Arrangement | undefined, ids: readonly string[], alone = false): Promise<readonly string[]> {
  const channels = ref<Channel[]>();
  const { arrangement } = useArrangement({ wall, channels, asked, alone, place: "1@1" });
  channels.value = ids.map((id) => ({ id, state: "recording" }) as Channel);
  await nextTick();
  return arrangement.value.channels;
}

describe("a wall that an address asks for", () => {
  it("is opened, also when some of its channels are gone", async () => {
    expect(await opened({ channels: ["2", "9"], grid: 4 }, ["1", "2"])).toEqual(["2", "9"]);
  });

  it("of channels that are all of another place is the wall of this one", async () => {
    expect(await opened({ channels: ["8", "9"], grid: 4 }, ["1", "2"])).toEqual(["1", "2"]);
    expect(await opened(undefined, ["1", "2"])).toEqual(["1", "2"]);
  });

  it("is not another channel than the one whose address it is", async () => {
    expect(await opened({ channels: ["9"], grid: 1 }, ["1", "2"], true)).toEqual(["9"]);
  });
});
