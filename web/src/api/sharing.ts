import { client, type Schemas, unwrap } from "./client";

export type Share = Schemas["Share"];
export type ShareCreate = Schemas["ShareCreate"];
export type ShareMade = Schemas["ShareMade"];
export type Shared = Schemas["Shared"];
export type Link = Schemas["Link"];
export type LinkCreate = Schemas["LinkCreate"];

/** Footage for people and programs that do not sign in. */
export const sharing = {
  page: (cursor: string | undefined) =>
    unwrap(
      client.GET("/shares", { params: { query: cursor === undefined ? { limit: 50 } : { limit: 50, cursor } } }),
    ),
  create: (body: ShareCreate) => unwrap(client.POST("/shares", { body })),
  revoke: (shareId: string) => unwrap(client.DELETE("/shares/{shareId}", { params: { path: { shareId } } })),
  link: (channelId: string, body: LinkCreate) =>
    unwrap(client.POST("/channels/{channelId}/links", { params: { path: { channelId } }, body })),
  /** Signs new links with a new key; open ones stay good unless they are to end. */
  rotateKey: (endOpenLinks: boolean) => unwrap(client.POST("/signing-keys", { body: { endOpenLinks } })),

  open: (token: string) => unwrap(client.GET("/shared/{token}", { params: { path: { token } } })),
  openWithPin: (token: string, pin: string) =>
    unwrap(client.POST("/shared/{token}", { params: { path: { token } }, body: { pin } })),
};
