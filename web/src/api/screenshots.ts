import { API, client, type Schemas, unwrap } from "./client";

export type Screenshot = Schemas["Screenshot"];

const byId = (screenshotId: string) => ({ params: { path: { screenshotId } } });

/** Pictures that are kept for good. */
export const screenshots = {
  page: (filter: { channelId?: string; authorId?: string; noteId?: string }, cursor?: string) =>
    unwrap(client.GET("/screenshots", { params: { query: { ...filter, limit: 48, ...(cursor === undefined ? {} : { cursor }) } } })),
  /** A repeated `key` keeps nothing twice. */
  keep: (channelId: string, at: string, key: string) =>
    unwrap(client.POST("/screenshots", { params: { header: { "Idempotency-Key": key } }, body: { channelId, at } })),
  keepWith: (screenshotId: string, noteId: string | null) => unwrap(client.PATCH("/screenshots/{screenshotId}", { ...byId(screenshotId), body: { noteId } })),
  remove: (screenshotId: string) => unwrap(client.DELETE("/screenshots/{screenshotId}", byId(screenshotId))),
};

export const SCREENSHOTS = ["screenshots"] as const;

/** Where a picture is, that is known by its number. */
export function pictureAddress(screenshotId: string, name: "file" | "burned-in" = "file"): string {
  return `${API}/screenshots/${screenshotId}/${name}.png`;
}

/** What saves the file under its own name: as recorded, or with channel and local time written into it. */
export function pictureDownload(shot: Pick<Screenshot, "file" | "burnedIn">, burnIn: boolean): string {
  return `${burnIn ? shot.burnedIn : shot.file}?download=1`;
}
