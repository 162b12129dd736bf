#include "api/note_link.h"

#include "api/guard.h"
#include "api/note_shapes.h"

namespace longtake::api {

using desk::NoteId;

std::optional<NoteId> read_note_id(Fields& fields) {
  const auto text = fields.nullable_text("noteId", {1, 64});
  if (!text) return {};
  if (!*text) return NoteId{};
  const auto id = parse_id<NoteId>(**text);
  return id && *id ? *id : NoteId{-1};
}

std::optional<http::Response> refuse_note(const Context& context, const access::Identity& caller,
                                          std::optional<NoteId> note) {
  if (!note || !*note) return {};
  if (!caller.may(access::Permission::write_notes))
    return http::problem({.status = 403,
                          .type = "urn:longtake:forbidden",
                          .detail = "noteId: keeping something with a note needs the right to write notes"});
  const auto found = context.notes.get(caller.organization, *note);
  if (found) return {};
  if (found.error().code() == Code::not_found) return no_such("note");
  return http::problem(found.error());
}

void publish_notes(Context& context, OrganizationId organization, std::initializer_list<NoteId> notes) {
  for (const auto id : notes) {
    if (!id) continue;
    if (const auto note = context.notes.get(organization, id)) publish_note(context, organization, *note);
  }
}

}  // namespace longtake::api
