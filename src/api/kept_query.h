#pragma once
// The filters that lists of what is kept have in common: clips and pictures.

#include "api/decode.h"
#include "desk/ids.h"

namespace longtake::api {

/// Newest first, from where the page before ended. `Query`: of clips, or of screenshots.
template <class Query, class AnyId>
Query read_kept_query(Parameters& parameters, const PageOf<AnyId>& page) {
  Query query;
  query.channel = id_filter<ChannelId>(parameters, "channelId");
  query.author = id_filter<UserId>(parameters, "authorId");
  query.note = id_filter<desk::NoteId>(parameters, "noteId");
  query.from = parameters.instant("from");
  query.to = parameters.instant("to");
  query.before = page.after;
  query.limit = page.limit + 1;
  if (query.from && query.to && *query.to <= *query.from) parameters.fail("to", "must be after `from`");
  return query;
}

}  // namespace longtake::api
