// POST /channels/{channelId}/links and POST /signing-keys.
#include <boost/json/serialize.hpp>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/link.h"
#include "api/trail.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;

constexpr std::int64_t shortest_life = 60, longest_life = std::int64_t{30} * 86'400;

/// Every link into the audit before it is given away: what it opens.
Status record_link(Context& context, const http::Request& request, const Identity& caller,
                   const access::LinkAddress& address) {
  auto deed = deed_of(caller);
  deed.action = "link.create";
  deed.thing = "channel";
  deed.thing_id = to_string(address.channel);
  deed.after = json::serialize(json::object{{"view", address.view},
                                            {"from", format_rfc3339(address.range.from)},
                                            {"to", format_rfc3339(address.range.to)},
                                            {"expiresAt", format_rfc3339(address.expires)}});
  deed.remote = request.remote.to_string();
  return context.audit.record(deed);
}

Result<http::Response> create(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  const auto id = parse_id<ChannelId>(request.param("channelId"));
  if (!id) return no_such("channel");
  LT_TRY(const auto channel, context.channels.get(caller.organization, *id));
  Fields fields{request};
  const auto view = fields.required_choice("view", {"video.mp4", "hls/master.m3u8", "frame.jpg"});
  const WallRange range{fields.required_instant("from"), fields.required_instant("to")};
  const auto life = fields.integer("expiresInSeconds", {shortest_life, longest_life}).value_or(3600);
  if (range.empty()) fields.fail("to", "must be after `from`");
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto now = std::chrono::floor<std::chrono::seconds>(context.clock.now());
  const access::LinkAddress address{.channel = channel.id,
                                    .view = view == "hls/master.m3u8" ? "hls" : view,
                                    .range = range,
                                    .expires = now + std::chrono::seconds{life}};
  LT_TRY(auto query,
         sign_query(context, address,
                    {.organization = caller.organization, .maker = caller.user, .token = caller.token}));
  if (view == "frame.jpg") query = fmt::format("at={}&{}", format_rfc3339(range.from), query);
  LT_CHECK(record_link(context, request, caller, address));
  return json_response({{"url", fmt::format("/api/v1/channels/{}/{}?{}", channel.id, view, query)},
                        {"expiresAt", format_rfc3339(address.expires)}},
                       201);
}

Result<http::Response> rotate(Context& context, const http::Request& request, const Identity& caller) {
  using OpenLinks = access::Links::OpenLinks;
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const bool end = fields.boolean("endOpenLinks").value_or(false);
  if (auto invalid = fields.finish()) return *std::move(invalid);
  LT_CHECK(context.links.rotate(end ? OpenLinks::end : OpenLinks::keep));
  context.log.info("signing with a new key", {{"user", caller.user}, {"open_links_end", end}});
  return http::Response::empty(204);
}

}  // namespace

void add_link_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add(Method::post, "/api/v1/channels/{channelId}/links", guarded(context, Permission::share, create));
  router.add(Method::post, "/api/v1/signing-keys", guarded(context, Permission::manage_site, rotate));
}

}  // namespace longtake::api
