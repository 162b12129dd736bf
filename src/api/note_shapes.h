#pragma once
// Notes and their templates as the JSON of the contract.

#include <boost/json/object.hpp>

#include "api/context.h"
#include "desk/note_templates.h"
#include "desk/notes.h"

namespace longtake::api {

boost::json::object note_json(const desk::Note& note);
boost::json::object note_revision_json(const desk::NoteRevision& revision);
boost::json::object note_template_json(const desk::NoteTemplate& form);
boost::json::object named_person_json(UserId id, const std::string& name);

/// 412 naming the kind of thing.
http::Response stale(std::string_view thing);
/// Who edit different parts of a thing at the same time all have their way: the later edit is done again over
/// what the earlier left, so often.
inline constexpr int most_note_edits = 10;

/// To every page that may read notes there.
void publish_note(Context& context, OrganizationId organization, const desk::Note& note);

}  // namespace longtake::api
