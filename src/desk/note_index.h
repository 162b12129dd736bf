#pragma once
// Private to desk: what makes a note findable. Every call is part of the transaction that changes the note.

#include "desk/notes.h"
#include "storage/sql/session.h"
#include "storage/sql/text_index.h"

namespace longtake::desk {

inline constexpr storage::sql::TextIndex note_texts{"notes_text"};

/// The lowest place of a moment. Notes of one millisecond lie behind each other; until the year 2248.
std::int64_t first_place(WallTime at);
/// One that no note has.
Result<std::int64_t> free_place(storage::sql::Session& session, WallTime at, NoteId id);

/// Words, marks, tags and mentions. `note` has its id and place.
Status add_to_index(storage::sql::Session& session, OrganizationId organization, const Note& note);
Status take_from_index(storage::sql::Session& session, OrganizationId organization, const Note& note);

std::string mark_of(OrganizationId id);
std::string mark_of(ChannelId id);
std::string mark_of_author(UserId id);
std::string mark_of_mention(UserId id);
std::string mark_of(NoteTemplateId id);
std::string mark_of_tag(const std::string& tag);

}  // namespace longtake::desk
