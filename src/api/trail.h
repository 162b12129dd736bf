#pragma once
// What requests leave in the audit. Every write has a row in one table (trail_table.cpp), so that a handler
// says nothing of it; what the table cannot know (who signed in, whose footage) is said by `note` and
// `note_view`.

#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "access/audit.h"
#include "access/identity.h"
#include "api/context.h"
#include "base/time.h"
#include "http/message.h"

namespace longtake::api {

/// The facts of a thing that an entry shows before and after: no secrets, no names or addresses of people.
/// Nothing when there is no such thing.
using Snapshot = std::optional<boost::json::object> (*)(const Context& context,
                                                        const access::Identity& caller,
                                                        const http::Request& request, const std::string& id);

/// Whose audit an entry is part of: the organization's that the path names or the caller acts in, or the
/// site's alone.
enum class Reach { organization, site };

/// How one operation is recorded.
struct TrailRow {
  http::Method method = http::Method::post;
  std::string_view route;      ///< "/channels/{channelId}"
  std::string_view action;     ///< "channel.edit"; the thing is what comes before the dot
  std::string_view parameter;  ///< of the path, that names the thing; empty: the answer names it
  std::string_view member;     ///< of the answer, that is the thing; empty: the answer itself
  Snapshot snapshot = nullptr;
  Reach reach = Reach::organization;
};
std::span<const TrailRow> trail_table();
const TrailRow* find_trail_row(http::Method method, std::string_view route);

/// Beside one request: looks at the thing before, and records what was done when the answer is a success.
class Witness {
 public:
  Witness(Context& context, const http::Request& request, const access::Identity& caller);
  Result<http::Response> record(Result<http::Response> answer);

 private:
  Context& context_;
  const http::Request& request_;
  const access::Identity& caller_;
  const TrailRow* row_;
  std::optional<boost::json::object> before_;
};

/// Who the caller is to the audit.
access::Deed deed_of(const access::Identity& caller);

/// Records; a failure is logged, because what was done is done. `remote` is filled in.
void note(Context& context, const http::Request& request, access::Deed deed);

/// What somebody watches of a channel. Recorded once a quarter of an hour for each viewer and channel;
/// downloads once for each range.
struct ViewedFootage {
  access::Deed viewer;  ///< organization and actor
  ChannelId channel;
  std::string_view view;  ///< "video.mp4"
  bool download = false;
  UserId link_maker;  ///< who made the link it was seen through; zero: none
};
void note_view(Context& context, const http::Request& request, const ViewedFootage& viewed);

}  // namespace longtake::api
