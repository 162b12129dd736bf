import type { Clip } from "./clips";

/** What the server's events say of clips, for whoever shows some of them. */
export type ClipNews = { kind: "changed"; clip: Clip } | { kind: "removed"; id: string } | { kind: "missed" };

const listeners = new Set<(news: ClipNews) => unknown>();

export function tellClipNews(news: ClipNews): void {
  for (const listener of listeners) listener(news);
}

/** Listens until the returned function is called. */
export function onClipNews(listener: (news: ClipNews) => unknown): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * The answer to a call, with what events told of its clips meanwhile in place of what it says of them: a clip may be
 * ready before the answer that it is queued has come. Events follow every change, so the last one told is the newest.
 */
export async function withNews<Answer extends Clip | Clip[]>(call: () => Promise<Answer>): Promise<Answer> {
  const told = new Map<string, Clip>();
  const stop = onClipNews((news) => news.kind === "changed" && told.set(news.clip.id, news.clip));
  const newest = (clip: Clip) => told.get(clip.id) ?? clip;
  try {
    const answer = await call();
    return (Array.isArray(answer) ? answer.map(newest) : newest(answer)) as Answer;
  } finally {
    stop();
  }
}
