// GET and POST /shared/{token}: what people without an account see of a share.
#include "access/shares.h"
#include "api/clip_json.h"
#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/link.h"
#include "api/proof.h"
#include "api/trail.h"
#include "http/problem.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Share;

/// A page that stays open longer asks again: addresses that wander off do not outlive it by much.
constexpr std::chrono::hours longest_link{12};

/// When addresses that are given out now end.
WallTime end_of_addresses(const Context& context, const Share& share) {
  return std::chrono::floor<std::chrono::seconds>(
      std::min(share.expires, context.clock.now() + longest_link));
}

/// `before`: of the query.
Result<std::string> signed_address(Context& context, const Share& share, const std::string& view,
                                   const std::string& before) {
  LT_TRY(const auto query, sign_query(context,
                                      {.channel = share.channel,
                                       .view = view,
                                       .range = share.range,
                                       .expires = end_of_addresses(context, share)},
                                      {.organization = share.organization, .share = share.id}));
  return fmt::format("/api/v1/channels/{}/{}?{}{}", share.channel, view, before, query);
}

Result<std::string> kept_address(Context& context, const Share& share, std::string_view file) {
  const auto view = clip_view(share.clip, file);
  LT_TRY(const auto query, sign_kept_query(context, view, end_of_addresses(context, share),
                                           {.organization = share.organization, .share = share.id}));
  return fmt::format("/api/v1/{}?{}", view, query);
}

/// The instant of the first picture there is: a range may begin in a gap.
WallTime first_recorded(const Context& context, const Share& share) {
  const auto line = context.archive.timeline(share.channel, share.range);
  return line && !line->spans.empty() ? std::max(share.range.from, line->spans.front().from)
                                      : share.range.from;
}

json::object head_json(const Share& share, bool needs_pin) {
  return {{"title", share.title},
          {"organization", share.organization_name},
          {"from", format_rfc3339(share.range.from)},
          {"to", format_rfc3339(share.range.to)},
          {"expiresAt", format_rfc3339(share.expires)},
          {"needsPin", needs_pin}};
}

/// Counted and recorded at once. A failure keeps nobody from looking; the next look is counted then.
void count_view(Context& context, const Share& share, const access::Deed& deed) {
  if (!context.viewings.begin(deed, {})) return;
  const access::PendingDeed pending{context.audit, deed};
  const auto counted = context.shares.count_view(share.id);
  if (counted) return;
  context.viewings.forget(deed, {});
  context.log.error("view of a share not counted", {{"share", share.id}, {"error", counted.error().story()}});
}

Status add_clip(Context& context, const Share& share, json::object& out) {
  LT_TRY(const auto clip, context.clips.get(share.organization, share.clip));
  LT_TRY(out["video"], kept_address(context, share, "file.mp4"));
  if (!clip.poster.empty()) {
    LT_TRY(out["poster"], kept_address(context, share, "poster.jpg"));
  }
  return {};
}

Status add_footage(Context& context, const Share& share, json::object& out) {
  LT_TRY(out["video"], signed_address(context, share, "video.mp4", ""));
  const auto at = fmt::format("at={}&", format_rfc3339(first_recorded(context, share)));
  LT_TRY(out["poster"], signed_address(context, share, "frame.jpg", at));
  return {};
}

/// Everything, to somebody who may see it; counted once a quarter of an hour for each address.
Result<http::Response> opened(Context& context, const http::Request& request, const Share& share) {
  auto out = head_json(share, false);
  out["channel"] = share.channel_name;
  if (share.clip) {
    LT_CHECK(add_clip(context, share, out));
  } else {
    LT_CHECK(add_footage(context, share, out));
  }
  const access::Deed deed{.organization = share.organization,
                          .kind = access::ActorKind::share,
                          .action = "share.view",
                          .thing = "share",
                          .thing_id = to_string(share.id),
                          .remote = request.remote.to_string()};
  if (request.method != http::Method::head) count_view(context, share, deed);
  return json_response(out);
}

using Handler = Result<http::Response> (*)(Context&, const http::Request&, const Share&);

/// The share an address names, when it is open.
Result<http::Response> with_share(Context& context, const http::Request& request, Handler handler) {
  LT_TRY(const auto share, context.shares.find(request.param("token")));
  if (!share) return no_such("share");
  const auto now = context.clock.now();
  if (share->state(now) != Share::State::open) return share_ended(*share, now);
  return handler(context, request, *share);
}

Result<http::Response> get(Context& context, const http::Request& request, const Share& share) {
  Parameters parameters{request};
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  if (share.has_pin) return json_response(head_json(share, true));
  return opened(context, request, share);
}

Result<http::Response> open(Context& context, const http::Request& request, const Share& share) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto pin = fields.required_text("pin", {0, 12});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (!share.has_pin) return opened(context, request, share);
  const auto address = tries_address(request);
  const auto checked = context.shares.check_pin(share, pin, address);
  if (checked) return opened(context, request, share);
  const auto& error = checked.error();
  if (error.kind() == "too-many")
    return http::problem({.status = 429, .type = "urn:longtake:too-many", .detail = error.text()})
        .with("Retry-After",
              std::to_string(context.shares.wait(share, address).value_or(std::chrono::seconds{1}).count()));
  if (error.kind() == "bad-credentials") {
    note(context, request,
         {.organization = share.organization,
          .kind = access::ActorKind::share,
          .action = "share.pin_failed",
          .thing = "share",
          .thing_id = to_string(share.id)});
    return http::problem({.status = 401, .type = "urn:longtake:bad-credentials", .detail = error.text()});
  }
  return error;
}

}  // namespace

void add_shared_routes(http::Router& router, Context& context) {
  const auto route = [&](http::Method method, Handler handler) {
    router.add(
        method, "/api/v1/shared/{token}",
        [&context, handler](const http::Request& request) { return with_share(context, request, handler); },
        {.body_limit = open_body_limit});
  };
  route(http::Method::get, get);
  route(http::Method::post, open);
}

}  // namespace longtake::api
