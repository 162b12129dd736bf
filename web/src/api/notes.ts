import { client, everyPage, type Page, type Schemas, unwrap } from "./client";
import type { paths } from "./schema";

export type Note = Schemas["Note"];
export type NoteCreate = Schemas["NoteCreate"];
export type NoteEdit = Schemas["NoteEdit"];
export type NoteRevision = Schemas["NoteRevision"];
export type NoteTemplate = Schemas["NoteTemplate"];
export type NoteTemplateCreate = Schemas["NoteTemplateCreate"];
export type NoteField = NoteTemplate["fields"][number];
export type NoteFieldKind = Schemas["NoteFieldKind"];
export type NamedPerson = Schemas["NamedPerson"];
export type NoteQuery = NonNullable<paths["/notes"]["get"]["parameters"]["query"]>;

/** A network that swallows requests is one that refused them. */
const PATIENCE_MS = 20_000;

/** What editors write of moments. */
export const notes = {
  page: (query: NoteQuery) => unwrap(client.GET("/notes", { params: { query } })),
  /** With the same key it is made once, however often it is sent. */
  create: (body: NoteCreate, key: string) =>
    unwrap(client.POST("/notes", { params: { header: { "Idempotency-Key": key } }, body, signal: AbortSignal.timeout(PATIENCE_MS) })),
  edit: (note: Note, body: NoteEdit) =>
    unwrap(
      client.PATCH("/notes/{noteId}", {
        params: { path: { noteId: note.id }, header: { "If-Match": `"${note.version}"` } },
        body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      }),
    ),
  remove: (note: Note) =>
    unwrap(client.DELETE("/notes/{noteId}", { params: { path: { noteId: note.id }, header: { "If-Match": `"${note.version}"` } } })),
  revisions: (noteId: string) =>
    everyPage<NoteRevision>((query) => unwrap(client.GET("/notes/{noteId}/revisions", { params: { path: { noteId }, query } }))),

  templates: async () => (await unwrap(client.GET("/note-templates"))).items,
  createTemplate: (body: NoteTemplateCreate) => unwrap(client.POST("/note-templates", { body })),
  editTemplate: (template: NoteTemplate, body: NoteTemplateCreate) =>
    unwrap(
      client.PATCH("/note-templates/{templateId}", {
        params: { path: { templateId: template.id }, header: { "If-Match": `"${template.version}"` } },
        body,
      }),
    ),
  removeTemplate: (template: NoteTemplate) =>
    unwrap(
      client.DELETE("/note-templates/{templateId}", {
        params: { path: { templateId: template.id }, header: { "If-Match": `"${template.version}"` } },
      }),
    ),

  tags: async () => (await unwrap(client.GET("/note-tags", { params: { query: { limit: 200 } } }))).items,
  colleagues: () => everyPage<NamedPerson>((query) => unwrap(client.GET("/colleagues", { params: { query } }) as Promise<{ data?: Page<NamedPerson>; response: Response }>)),
};
