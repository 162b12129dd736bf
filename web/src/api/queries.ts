import { type QueryClient, useQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue } from "vue";
import { api, type Channel } from "./client";

/** For what no event tells of: asked again whenever a page opens. */
export const FRESH = { staleTime: 0 };

const CHANNELS = ["channels"] as const;
const STORAGE = ["storage"] as const;
export const HOME = ["home"] as const;

export function useChannels() {
  return useQuery({ queryKey: CHANNELS, queryFn: api.channels });
}

/** One channel, from the list where the list is known. */
export function useChannel(id: MaybeRefOrGetter<string>) {
  const channels = useChannels();
  const channel = computed(() => channels.data.value?.find((c) => c.id === toValue(id)));
  return { ...channels, channel };
}

export function useStorage() {
  return useQuery({ queryKey: STORAGE, queryFn: api.storage, refetchInterval: 30_000 });
}

export function putChannel(client: QueryClient, channel: Channel): void {
  client.setQueryData<Channel[]>(CHANNELS, (known) => {
    if (!known) return known;
    const others = known.filter((c) => c.id !== channel.id);
    return [...others, channel].sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  });
}

export function dropChannel(client: QueryClient, id: string): void {
  client.setQueryData<Channel[]>(CHANNELS, (known) => known?.filter((c) => c.id !== id));
}

const HOME_PAUSE_MS = 2000;
let homeTimer: ReturnType<typeof setTimeout> | undefined;

/** A channel's event may change the first page's figures; many of them are one question. */
export function refetchHomeSoon(client: QueryClient): void {
  homeTimer ??= setTimeout(() => {
    homeTimer = undefined;
    void client.invalidateQueries({ queryKey: HOME });
  }, HOME_PAUSE_MS);
}

/** What lists of people and organizations show. */
const PEOPLE = ["members", "invitations", "users", "user", "organizations", "organization"] as const;

export function refetchPeople(client: QueryClient): void {
  for (const key of PEOPLE) void client.invalidateQueries({ queryKey: [key] });
  refetchHomeSoon(client);
}

export function refetchEverything(client: QueryClient): void {
  void client.invalidateQueries();
}
