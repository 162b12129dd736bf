#pragma once
// Private to desk: rows of notes as values.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "desk/notes.h"
#include "storage/sql/session.h"

namespace longtake::desk {

/// A note that is there; with the people it mentions and what is kept with it.
Result<std::optional<Note>> find_note(storage::sql::Session& session, OrganizationId organization, NoteId id);
/// Those of the places at which there is one, in their order; what is kept with them is read for all
/// together.
Result<std::vector<Note>> notes_at(storage::sql::Session& session, OrganizationId organization,
                                   std::span<const std::int64_t> places);
Result<std::vector<Note>> notes_of_author(storage::sql::Session& session, UserId author, NoteId after,
                                          std::size_t limit);

/// not_found (named "no-such-note") unless the note is there, in the organization, or zero.
Status check_note(storage::sql::Session& session, OrganizationId organization, NoteId id);
/// As a column that may be null.
template <class AnyId>
std::optional<AnyId> unless_none(AnyId id) {
  return id ? std::optional{id} : std::nullopt;
}

/// Whether somebody may act in the organization: a member, or a superadmin.
Result<bool> is_of(storage::sql::Session& session, OrganizationId organization, UserId user);

std::string format_tags(const std::vector<std::string>& tags);
/// Of a revision: everything but the channel.
std::string format_content(const NoteContent& content);
Result<NoteContent> parse_content(ChannelId channel, const std::string& text);

}  // namespace longtake::desk
