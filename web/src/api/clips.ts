import type { InfiniteData, QueryClient } from "@tanstack/vue-query";
import { withNews } from "./clip-news";
import { client, type Page, type Schemas, unwrap } from "./client";

export type Clip = Schemas["Clip"];
export type ClipState = Schemas["ClipState"];
export type ClipCreate = Schemas["ClipCreate"];
export type ClipEdit = Schemas["ClipEdit"];

export interface ClipFilter {
  q?: string;
  tag?: string;
  channelId?: string;
  authorId?: string;
  from?: string;
  to?: string;
}

const byId = (clipId: string) => ({ params: { path: { clipId } } });

export const clips = {
  page: (filter: ClipFilter, cursor?: string, limit = 50) =>
    unwrap(client.GET("/clips", { params: { query: { ...filter, limit, ...(cursor === undefined ? {} : { cursor }) } } })),
  /** A repeated `key` makes nothing twice. */
  create: (body: ClipCreate, key: string) =>
    withNews(async () => (await unwrap(client.POST("/clips", { params: { header: { "Idempotency-Key": key } }, body }))).items),
  get: (clipId: string) => withNews(() => unwrap(client.GET("/clips/{clipId}", byId(clipId)))),
  /** What the server allows; milliseconds. */
  limits: () => unwrap(client.GET("/clip-limits")),
  /** Nothing of what somebody else wrote since is overwritten. */
  edit: (clip: Clip, body: ClipEdit) =>
    withNews(() => unwrap(client.PATCH("/clips/{clipId}", { params: { path: { clipId: clip.id }, header: { "If-Match": `"${clip.version}"` } }, body }))),
  keepWith: (clipId: string, noteId: string | null) => withNews(() => unwrap(client.PATCH("/clips/{clipId}", { ...byId(clipId), body: { noteId } }))),
  remove: (clipId: string) => unwrap(client.DELETE("/clips/{clipId}", byId(clipId))),
  /** A signed address of the file. */
  link: (clipId: string, expiresInSeconds: number) => unwrap(client.POST("/clips/{clipId}/links", { ...byId(clipId), body: { expiresInSeconds } })),
  retry: (clipId: string) => withNews(() => unwrap(client.POST("/clips/{clipId}/actions/retry", byId(clipId)))),
  cancel: (clipId: string) => withNews(() => unwrap(client.POST("/clips/{clipId}/actions/cancel", byId(clipId)))),
};

/** What saves the file under its own name. */
export function downloadAddress(clip: Clip): string {
  return `${clip.file ?? ""}?download=1`;
}

export const CLIPS = ["clips"] as const;
/** Of one clip by its id. */
export const CLIP = ["clip"] as const;
type Pages = InfiniteData<Page<Clip>>;

/** A clip that an event told of: where it is shown already it changes, else lists are asked again. */
export function putClip(queries: QueryClient, clip: Clip): void {
  queries.setQueryData<Clip>([...CLIP, clip.id], (known) => known && clip);
  let known = false;
  queries.setQueriesData<Pages>({ queryKey: CLIPS }, (data) => {
    if (!data?.pages.some((page) => page.items.some((one) => one.id === clip.id))) return data;
    known = true;
    return { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map((one) => (one.id === clip.id ? clip : one)) })) };
  });
  if (!known) void queries.invalidateQueries({ queryKey: CLIPS });
}

export function dropClip(queries: QueryClient, id: string): void {
  queries.setQueriesData<Pages>({ queryKey: CLIPS }, (data) =>
    data && { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.filter((one) => one.id !== id) })) },
  );
}
