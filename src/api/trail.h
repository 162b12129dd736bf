#pragma once
// What requests leave in the audit. Every write has a row in one table (trail_table.cpp), so that a handler
// says nothing of it: the first write that the handler commits carries the entry (docs/decisions/0007). What
// the table cannot know is recorded by `access` itself (who signed in) or said by `note` and `note_view`.

#include <boost/json/object.hpp>
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

/// Whose audit an entry is part of.
enum class Reach {
  organization,  ///< that the path names, else the one the caller acts in
  entered,       ///< that the body names: the one the caller will act in
  person,        ///< the site, and each organization of the person that the path names
  site
};

/// Which thing it was done to.
enum class Subject {
  parameter,  ///< what the path names
  made,       ///< what the write has made
  caller,     ///< the caller
  nothing
};

/// with_write: both are committed, or neither; a success without a write (a request repeated with its
/// Idempotency-Key) did nothing. after: for what only takes something out, or tries.
enum class Recorded { with_write, after };

/// How one operation is recorded.
struct TrailRow {
  http::Method method = http::Method::post;
  std::string_view route;   ///< "/channels/{channelId}"
  std::string_view action;  ///< "channel.edit"; the thing is what comes before the dot
  Subject subject = Subject::nothing;
  std::string_view parameter;  ///< of the path, that names the thing
  Snapshot snapshot = nullptr;
  Reach reach = Reach::organization;
  Recorded recorded = Recorded::with_write;
};
std::span<const TrailRow> trail_table();
const TrailRow* find_trail_row(http::Method method, std::string_view route);

/// Beside one request, on its thread: looks at the thing before, and has what is done recorded.
class Witness {
 public:
  Witness(Context& context, const http::Request& request, const access::Identity& caller);
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  /// Gives the answer back. What is written after this is no part of the deed.
  Result<http::Response> record(Result<http::Response> answer);

 private:
  Result<std::vector<access::Deed>> describe() const;
  std::vector<OrganizationId> places() const;
  Result<std::string> thing_id(std::string_view thing) const;

  Context& context_;
  const http::Request& request_;
  const access::Identity& caller_;
  const TrailRow* row_;
  std::optional<boost::json::object> before_;
  std::vector<OrganizationId> memberships_;  ///< of the person it is done to; they may end with it
  std::optional<access::PendingDeed> pending_;
};

/// Who the caller is to the audit.
access::Deed deed_of(const access::Identity& caller);

/// Records; a failure is logged, because what was done is done (a sign-in in vain, a look at footage).
/// `remote` is filled in. False: it was not recorded.
bool note(Context& context, const http::Request& request, access::Deed deed);

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
access::Deed deed_of(const ViewedFootage& viewed);
/// True when nothing would be recorded of it any more; waits for nothing. Never of downloads.
bool is_noted(const Context& context, const ViewedFootage& viewed);

}  // namespace longtake::api
