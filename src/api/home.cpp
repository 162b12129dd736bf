// GET /home: what the caller's first page shows.
#include <algorithm>
#include <boost/json/array.hpp>

#include "api/context.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/storage.h"
#include "base/zone.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;

constexpr std::size_t longest_list = 20;

/// What nobody meant to happen: a person who stops a channel or lets footage expire knows.
bool is_trouble(archive::GapCause cause) {
  return cause != archive::GapCause::stopped && cause != archive::GapCause::expired;
}

json::object troubled_json(const archive::Channel& channel, const ingest::ChannelStatus& status) {
  json::object out{{"id", to_string(channel.id)},
                   {"name", channel.settings.name},
                   {"state", ingest::to_string(status.state)},
                   {"since", format_rfc3339(status.since)}};
  if (!status.cause.empty()) {
    out["cause"] = status.cause;
    out["causeKind"] = status.cause_kind;
  }
  return out;
}

struct States {
  int total = 0, recording = 0, reconnecting = 0, failed = 0, stopped = 0;
  void count(ingest::State state) {
    ++total;
    recording += state == ingest::State::recording;
    reconnecting += state == ingest::State::reconnecting || state == ingest::State::connecting;
    failed += state == ingest::State::failed;
    stopped += state == ingest::State::stopped;
  }
};

Status add_channels(json::object& out, const Context& context, const Identity& caller) {
  LT_TRY(const auto channels, context.channels.list(caller.organization, {}, 100'000));
  LT_TRY(const auto today, day_of(caller.time_zone, context.clock.now()));
  States states;
  json::array troubled;
  std::int64_t gaps = 0;
  for (const auto& channel : channels) {
    const auto status = context.supervisor.status(channel.id);
    states.count(status.state);
    const bool ill = status.state == ingest::State::reconnecting || status.state == ingest::State::failed;
    if (ill && troubled.size() < longest_list) troubled.push_back(troubled_json(channel, status));
    LT_TRY(const auto timeline, context.archive.timeline(channel.id, {today.from, context.clock.now()}));
    gaps += std::count_if(timeline.gaps.begin(), timeline.gaps.end(),
                          [](const auto& gap) { return is_trouble(gap.cause); });
  }
  out["channels"] = {{"total", states.total},
                     {"recording", states.recording},
                     {"reconnecting", states.reconnecting},
                     {"failed", states.failed},
                     {"stopped", states.stopped}};
  out["troubled"] = std::move(troubled);
  out["gapsToday"] = gaps;
  LT_TRY(const auto days, days_left(context));
  if (days) out["daysLeft"] = *days;
  return {};
}

Result<http::Response> home(Context& context, const http::Request&, const Identity& caller) {
  json::object out;
  if (caller.may(Permission::watch)) LT_CHECK(add_channels(out, context, caller));
  if (caller.may(Permission::manage_members)) {
    LT_TRY(const auto organization, context.organizations.get(caller.organization));
    LT_TRY(const auto invitations, context.invitations.list(caller.organization));
    out["people"] = organization.members;
    out["openInvitations"] = invitations.size();
  }
  if (caller.may(Permission::manage_site)) {
    LT_TRY(const auto organizations, context.organizations.count());
    out["organizations"] = organizations;
  }
  return json_response(out);
}

}  // namespace

void add_home_routes(http::Router& router, Context& context) {
  router.add(http::Method::get, "/api/v1/home", guarded(context, Permission::be_known, home));
}

}  // namespace longtake::api
