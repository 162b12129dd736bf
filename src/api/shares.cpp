// GET and POST /shares, DELETE /shares/{shareId}.
#include <boost/json/array.hpp>

#include "access/shares.h"
#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;
using access::Share;
using access::ShareId;

/// Longer films are refused by the view itself.
constexpr std::chrono::hours longest_range{24};

/// Who leads the organization sees every share of it, others their own.
bool sees_all(const Identity& caller) {
  return caller.may(Permission::manage_members);
}

json::object share_json(const Share& share, WallTime now) {
  return {{"id", to_string(share.id)},
          {"channelId", to_string(share.channel)},
          {"channel", share.channel_name},
          {"clipId", share.clip ? json::value(to_string(share.clip)) : json::value(nullptr)},
          {"from", format_rfc3339(share.range.from)},
          {"to", format_rfc3339(share.range.to)},
          {"title", share.title},
          {"createdAt", format_rfc3339(share.created)},
          {"expiresAt", format_rfc3339(share.expires)},
          {"state", access::to_string(share.state(now))},
          {"views", share.views},
          {"hasPin", share.has_pin},
          {"createdBy", share.maker_name}};
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto [limit, before] = read_page<ShareId>(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto page,
         context.shares.list(
             caller.organization,
             {.maker = sees_all(caller) ? UserId{} : caller.user, .before = before, .limit = limit + 1}));
  const auto now = context.clock.now();
  json::array items;
  for (std::size_t i = 0; i < std::min(limit, page.size()); ++i)
    items.push_back(share_json(page[i], now));
  json::object out{{"items", std::move(items)}, {"next", nullptr}};
  if (page.size() > limit) out["next"] = to_string(page[limit - 1].id);
  return json_response(out);
}

std::chrono::hours life_of(const std::string& text) {
  if (text == "24h") return std::chrono::hours{24};
  return std::chrono::hours{text == "30d" ? 24 * 30 : 24 * 7};
}

/// 4 to 12 digits; empty when absent.
std::string read_pin(Fields& fields) {
  const auto pin = fields.text("pin", {4, 12});
  if (pin && pin->find_first_not_of("0123456789") != pin->npos) fields.fail("pin", "must be digits");
  return pin.value_or("");
}

/// What a share is of: a clip that is ready, or a range of a channel. A refusal when it is neither.
std::optional<http::Response> read_thing(const Context& context, Fields& fields, const Identity& caller,
                                         access::NewShare& wanted) {
  if (const auto clip_id = fields.text("clipId", {1, 64})) {
    if (auto invalid = fields.finish()) return invalid;
    const auto id = parse_id<ClipId>(*clip_id);
    const auto clip = context.clips.get(caller.organization, id ? *id : ClipId{-1});
    if (!clip) return http::problem(clip.error());
    if (!clip->is_ready())
      return http::problem({.status = 409,
                            .type = "urn:longtake:clip-not-ready",
                            .detail = "this clip is not ready: share it when it is"});
    wanted.clip = clip->id;
    wanted.channel = clip->channel;
    wanted.range = clip->shown;
    return {};
  }
  const auto channel_id = fields.required_text("channelId", {1, 64});
  wanted.range = {fields.required_instant("from"), fields.required_instant("to")};
  if (wanted.range.empty()) fields.fail("to", "must be after `from`");
  if (wanted.range.length() > longest_range) fields.fail("to", "must be at most 24 hours after `from`");
  if (auto invalid = fields.finish()) return invalid;
  const auto id = parse_id<ChannelId>(channel_id);
  if (!id) return no_such("channel");
  wanted.channel = *id;
  return {};
}

Result<http::Response> create(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  access::NewShare wanted{.title = fields.text("title", {0, 200}).value_or(""),
                          .lives = life_of(fields.choice("lives", {"24h", "7d", "30d"}).value_or("7d")),
                          .pin = read_pin(fields),
                          .maker = caller.user};
  if (auto refusal = read_thing(context, fields, caller, wanted)) return *std::move(refusal);
  LT_TRY(const auto made, context.shares.create(caller.organization, wanted));
  return json_response({{"share", share_json(made.share, context.clock.now())}, {"url", "/s/" + made.token}},
                       201);
}

Result<http::Response> revoke(Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<ShareId>(request.param("shareId"));
  if (!id) return no_such("share");
  LT_TRY(const auto share, context.shares.get(caller.organization, *id));
  if (!sees_all(caller) && share.maker != caller.user) return no_such("share");
  LT_CHECK(context.shares.revoke(caller.organization, share.id));
  return http::Response::empty(204);
}

}  // namespace

void add_share_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add(Method::get, "/api/v1/shares", guarded(context, Permission::share, list));
  router.add(Method::post, "/api/v1/shares", guarded(context, Permission::share, create));
  router.add(Method::delete_, "/api/v1/shares/{shareId}", guarded(context, Permission::share, revoke));
}

}  // namespace longtake::api
