#include "api/link.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "access/shares.h"
#include "api/guard.h"
#include "http/problem.h"

namespace longtake::api {
namespace {

http::Response bad_link(std::string detail) {
  return http::problem({.status = 403,
                        .type = "urn:longtake:bad-link",
                        .title = "This link does not open this",
                        .detail = std::move(detail)});
}

std::optional<WallTime> instant_of(const http::Request& request, std::string_view name) {
  const auto text = request.query.find(name);
  if (!text) return {};
  const auto parsed = parse_rfc3339(*text);
  return parsed ? std::optional{*parsed} : std::nullopt;
}

std::optional<WallTime> expiry_of(const http::Request& request) {
  constexpr std::int64_t furthest = 253'402'300'799;  // the year 9999
  const auto text = request.query.find("expires").value_or("");
  const auto seconds = parse_id<Id<struct SecondsTag>>(text);
  if (!seconds || seconds->value > furthest) return {};
  return wall_from_us(seconds->value * 1'000'000);
}

/// What the address says; nothing when a part is missing or written otherwise than we write it.
std::optional<access::LinkAddress> read_address(const http::Request& request, std::string view) {
  const auto channel = parse_id<ChannelId>(request.param("channelId"));
  const auto from = instant_of(request, "from"), to = instant_of(request, "to");
  const auto expires = expiry_of(request);
  if (!channel || !from || !to || !expires) return {};
  return access::LinkAddress{
      .channel = *channel, .view = std::move(view), .range = {*from, *to}, .expires = *expires};
}

/// The request as somebody signed in would make it.
http::Request without_link(const http::Request& request, bool keep_range) {
  auto out = request;
  out.query = {};
  for (const auto& [name, value] : request.query)
    if (name != "expires" && name != "signature" && (keep_range || (name != "from" && name != "to")))
      out.query.add(name, value);
  return out;
}

}  // namespace

std::string expires_text(WallTime expires) {
  return std::to_string(to_us(expires) / 1'000'000);
}

Result<std::string> sign_query(Context& context, const access::LinkAddress& address,
                               const access::LinkGrant& grant) {
  LT_TRY(const auto signature, context.links.sign(address, grant));
  return fmt::format("from={}&to={}&expires={}&signature={}", format_rfc3339(address.range.from),
                     format_rfc3339(address.range.to), expires_text(address.expires), signature);
}

bool is_linked(const http::Request& request) {
  return request.query.contains("signature");
}

http::Response share_ended(const access::Share& share, WallTime now) {
  const bool revoked = share.state(now) == access::Share::State::revoked;
  const auto at = format_rfc3339(revoked ? *share.revoked : share.expires);
  boost::json::object ended{
      {"how", revoked ? "revoked" : "expired"}, {"at", at}, {"organization", share.organization_name}};
  if (!share.maker_name.empty()) ended["by"] = share.maker_name;
  const auto whom = share.maker_name.empty()
                        ? share.organization_name
                        : fmt::format("{} of {}", share.maker_name, share.organization_name);
  return http::problem({.status = 410,
                        .type = "urn:longtake:share-ended",
                        .title = revoked ? "This share was revoked" : "This share has expired",
                        .detail = fmt::format("it was {} {}; ask {} for a new one",
                                              revoked ? "revoked at" : "open until", at, whom),
                        .errors = {},
                        .extension = {{"ended", boost::json::serialize(ended)}}});
}

Result<GrantAdmission> admit_grant(Context& context, const access::LinkAddress& address,
                                   std::string_view signature) {
  auto grant = context.links.open(address, signature);
  if (!grant && grant.error().kind() == "link-ended")
    return GrantAdmission{{},
                          http::problem({.status = 410,
                                         .type = "urn:longtake:link-ended",
                                         .title = "This link has ended",
                                         .detail = grant.error().text()})};
  if (!grant && grant.error().kind() == "bad-link") return GrantAdmission{{}, bad_link(grant.error().text())};
  if (!grant) return std::move(grant).error();
  if (grant->share) {
    auto share = context.shares.get(grant->organization, grant->share);
    if (!share && share.error().code() == Code::not_found) return GrantAdmission{{}, no_such("share")};
    if (!share) return std::move(share).error();
    const auto now = context.clock.now();
    if (share->state(now) != access::Share::State::open) return GrantAdmission{{}, share_ended(*share, now)};
  }
  return GrantAdmission{*grant, {}};
}

Result<GrantAdmission> admit_kept_link(Context& context, const http::Request& request, std::string view) {
  const auto expires = expiry_of(request);
  if (!expires)
    return GrantAdmission{{}, bad_link("a signed address was changed: use it exactly as it was given")};
  return admit_grant(context, {.view = std::move(view), .expires = *expires},
                     request.query.find("signature").value_or(""));
}

Result<std::string> sign_kept_query(Context& context, std::string view, WallTime expires,
                                    const access::LinkGrant& grant) {
  LT_TRY(const auto signature, context.links.sign({.view = std::move(view), .expires = expires}, grant));
  return fmt::format("expires={}&signature={}", expires_text(expires), signature);
}

Result<LinkAdmission> admit_link(Context& context, const http::Request& request, std::string view) {
  const bool picture = view.starts_with("frame.");
  const auto address = read_address(request, std::move(view));
  if (!address)
    return LinkAdmission{{}, bad_link("a signed address was changed: use it exactly as it was given")};
  LT_TRY(auto admission, admit_grant(context, *address, request.query.find("signature").value_or("")));
  if (!admission.grant) return LinkAdmission{{}, std::move(admission.refusal)};
  const auto at = instant_of(request, "at");
  if (picture && (!at || !address->range.contains(*at)))
    return LinkAdmission{{}, bad_link("this link shows pictures of its own range alone: give `at` in it")};
  return LinkAdmission{Linked{.channel = address->channel,
                              .range = address->range,
                              .grant = *admission.grant,
                              .request = without_link(request, !picture)},
                       {}};
}

}  // namespace longtake::api
