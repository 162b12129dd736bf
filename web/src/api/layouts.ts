import { client, everyPage, type Schemas, unwrap } from "./client";

export type Layout = Schemas["Layout"];
export type LayoutCreate = Schemas["LayoutCreate"];
export type LayoutEdit = Schemas["LayoutEdit"];

/** Walls that the caller keeps by name. */
export const layouts = {
  list: () => everyPage<Layout>((query) => unwrap(client.GET("/layouts", { params: { query } }))),
  create: (body: LayoutCreate) => unwrap(client.POST("/layouts", { body })),
  edit: (layout: Layout, body: LayoutEdit) =>
    unwrap(
      client.PATCH("/layouts/{layoutId}", {
        params: { path: { layoutId: layout.id }, header: { "If-Match": `"${layout.version}"` } },
        body,
      }),
    ),
  remove: (id: string) => unwrap(client.DELETE("/layouts/{layoutId}", { params: { path: { layoutId: id } } })),
};
