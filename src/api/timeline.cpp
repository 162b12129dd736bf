// GET /channels/{channelId}/timeline.
#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"

namespace longtake::api {
namespace {

using access::Identity;

constexpr std::chrono::hours longest_timeline{24 * 31};

Result<http::Response> timeline(Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<ChannelId>(request.param("channelId"));
  if (!id) return no_such("channel");
  LT_TRY(const auto channel, context.channels.get(caller.organization, *id));
  Parameters parameters{request};
  const auto from = parameters.required_instant("from");
  const auto to = parameters.instant_or_live("to").value_or(context.clock.now());
  if (to <= from) parameters.fail("to", "must be after `from`");
  if (to - from > longest_timeline) parameters.fail("to", "must be at most 31 days after `from`");
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto found, context.archive.timeline(channel.id, {from, to}));
  return json_response(timeline_json(found)).with("Cache-Control", "no-cache");
}

}  // namespace

void add_timeline_routes(http::Router& router, Context& context) {
  router.add(http::Method::get, "/api/v1/channels/{channelId}/timeline",
             guarded(context, access::Permission::watch, timeline));
}

}  // namespace longtake::api
