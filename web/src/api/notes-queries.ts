import { type QueryClient, useQuery } from "@tanstack/vue-query";
import { type Note, notes } from "./notes";

export const NOTES = ["notes"] as const;
const TEMPLATES = ["note-templates"] as const;
const TAGS = ["note-tags"] as const;
const COLLEAGUES = ["colleagues"] as const;

export function useNoteTemplates() {
  return useQuery({ queryKey: TEMPLATES, queryFn: notes.templates });
}

export function useNoteTags() {
  return useQuery({ queryKey: TAGS, queryFn: notes.tags });
}

/** `known`: the caller may know them. */
export function useColleagues(known = true) {
  return useQuery({ queryKey: COLLEAGUES, queryFn: notes.colleagues, enabled: known });
}

export function refetchTemplates(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: TEMPLATES });
}

const PAUSE_MS = 1000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Many notes at once are one question. */
export function refetchNotesSoon(client: QueryClient): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    void client.invalidateQueries({ queryKey: NOTES });
    void client.invalidateQueries({ queryKey: TAGS });
  }, PAUSE_MS);
}

/** What the server's events say of notes, for whoever shows some of them. */
export type NoteNews = { kind: "written"; note: Note } | { kind: "removed"; id: string } | { kind: "missed" };

const listeners = new Set<(news: NoteNews) => void>();

export function tellNoteNews(news: NoteNews): void {
  for (const listener of listeners) listener(news);
}

/** Listens until the returned function is called. */
export function onNoteNews(listener: (news: NoteNews) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
