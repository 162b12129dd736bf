import { computed, shallowRef } from "vue";
import { useNoteTemplates } from "@/api/notes-queries";
import { usePreferences } from "@/state/preferences";
import type { Kept } from "@/notes/draft";
import { type EpochMs, epochMs } from "@/time/instant";

/** People react to what they saw a moment ago. */
const REACTION_MS = 2000;

/** What a note is begun from. */
export interface Seen {
  channel: () => { id: string; name: string } | undefined;
  /** The first instant there is to see. */
  first: () => EpochMs | undefined;
  seen: () => EpochMs;
  /** Holds the channel's picture; what it gives lets it go on. */
  hold: (channelId: string) => () => void;
  refocus: () => void;
  may: () => boolean;
}

export interface Writing {
  /** One panel after the other, also for the same moment. */
  count: number;
  channelId: string;
  channel: string;
  at: EpochMs;
  /** What it is about, already kept. */
  kept: readonly Kept[];
}

/** N: fixes the moment, holds the picture, opens the panel; closing it goes on. */
export function useNoting({ channel, first, seen, hold, refocus, may }: Seen) {
  const preferences = usePreferences();
  // Known before the network may be gone.
  if (may()) useNoteTemplates();
  const writing = shallowRef<Writing>();
  let count = 0;
  let release: (() => void) | undefined;

  function begin(): void {
    const there = channel();
    if (!there || !may() || writing.value) return;
    const wanted = epochMs(seen() - REACTION_MS);
    const earliest = first();
    open(there, earliest !== undefined && wanted < earliest ? earliest : wanted);
  }

  function open(about: { id: string; name: string }, at: EpochMs, kept: readonly Kept[] = []): void {
    count += 1;
    writing.value = { count, channelId: about.id, channel: about.name, at, kept };
    release = hold(about.id);
  }

  /** A note of something that has just been kept. */
  function about(channel: { id: string; name: string }, at: EpochMs, kept: Kept): void {
    if (may() && !writing.value) open(channel, at, [kept]);
  }

  function close(): void {
    writing.value = undefined;
    release?.();
    release = undefined;
    refocus();
  }

  /** The list of notes beside the picture. */
  const near = computed({ get: () => preferences.notesNear, set: (value) => (preferences.notesNear = value) });
  return { writing, near, begin, about, close };
}
