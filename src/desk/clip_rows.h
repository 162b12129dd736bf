#pragma once
// Private to desk: rows of clips as values, and what makes them findable. Every write is part of a
// transaction.

#include <optional>
#include <vector>

#include "desk/clips.h"
#include "storage/sql/session.h"

namespace longtake::desk {

/// With its tags. not_found for another organization's, and for what was removed.
Result<Clip> get_clip(storage::sql::Session& session, OrganizationId organization, ClipId id);
/// Newest first.
Result<std::vector<Clip>> list_clips(storage::sql::Session& session, OrganizationId organization,
                                     const ClipQuery& query);
Result<std::vector<Clip>> clips_of_author(storage::sql::Session& session, UserId author, ClipId after,
                                          std::size_t limit);

/// What it is called, and the words it is found by: the ones there were go.
Status name_clip(storage::sql::Session& session, const Clip& clip);
/// It is found no more.
Status hide_clip(storage::sql::Session& session, ClipId id);

}  // namespace longtake::desk
