#pragma once
// `noteId` of what is kept: a clip or a picture belongs to a note, or to none.

#include <initializer_list>
#include <optional>

#include "access/identity.h"
#include "api/context.h"
#include "api/decode.h"
#include "desk/ids.h"

namespace longtake::api {

/// Absent: nothing. Null: no note (zero). Text that is no id is of no note there is.
std::optional<desk::NoteId> read_note_id(Fields& fields);
/// 403 for who may not write notes; 404 when there is no such note. Nothing: all is well.
std::optional<http::Response> refuse_note(const Context& context, const access::Identity& caller,
                                          std::optional<desk::NoteId> note);
/// Tells pages of notes that have something else with them now; zeros are passed over.
void publish_notes(Context& context, OrganizationId organization, std::initializer_list<desk::NoteId> notes);

}  // namespace longtake::api
