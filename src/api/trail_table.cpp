// One row for each operation that changes something, or takes something out.
#include <array>

#include "access/shares.h"
#include "api/encode.h"
#include "api/trail.h"
#include "api/trail_people.h"
#include "base/time.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using http::Method;

constexpr std::string_view base = "/api/v1";

std::optional<json::object> channel_facts(const Context& context, const Identity& caller,
                                          const http::Request&, const std::string& id) {
  const auto parsed = parse_id<ChannelId>(id);
  if (!parsed) return {};
  const auto channel = context.channels.get(caller.organization, *parsed);
  if (!channel) return {};
  const auto& settings = channel->settings;
  const auto source = public_url(settings.source_url);
  json::object facts{{"name", settings.name},
                     {"source", source.url},
                     {"hasCredentials", source.had_credentials},
                     {"audio", audio_name(settings.audio)},
                     {"rtspTransport", rtsp_transport_name(settings.rtsp_transport)},
                     {"segmentSeconds", settings.segment_length.count()},
                     {"maxAgeHours", nullptr},
                     {"maxBytes", nullptr},
                     {"recording", channel->enabled}};
  if (settings.retention.max_age) facts["maxAgeHours"] = settings.retention.max_age->count();
  if (settings.retention.max_bytes) facts["maxBytes"] = *settings.retention.max_bytes;
  return facts;
}

std::optional<json::object> share_facts(const Context& context, const Identity& caller, const http::Request&,
                                        const std::string& id) {
  const auto parsed = parse_id<access::ShareId>(id);
  if (!parsed) return {};
  const auto share = context.shares.get(caller.organization, *parsed);
  if (!share) return {};
  return json::object{
      {"channel", to_string(share->channel)},        {"from", format_rfc3339(share->range.from)},
      {"to", format_rfc3339(share->range.to)},       {"title", share->title},
      {"expiresAt", format_rfc3339(share->expires)}, {"hasPin", share->has_pin},
      {"revoked", share->revoked.has_value()}};
}

constexpr auto rows = std::to_array<TrailRow>({
    {Method::post, "/session/organization", "session.switch", "", "", nullptr},
    {Method::post, "/me/password", "password.change", "", "", nullptr},
    {Method::delete_, "/me/sessions", "session.end_all", "", "", nullptr},
    {Method::delete_, "/me/sessions/{sessionId}", "session.end", "sessionId", "", nullptr},
    {Method::post, "/me/second-factor", "second_factor.begin", "", "", nullptr},
    {Method::put, "/me/second-factor", "second_factor.confirm", "", "", nullptr},
    {Method::post, "/me/second-factor/off", "second_factor.end", "", "", nullptr},
    {Method::get, "/me/data", "person.export", "", "", nullptr},
    {Method::post, "/organizations", "organization.create", "", "", organization_facts, Reach::site},
    {Method::patch, "/organizations/{organizationId}", "organization.edit", "organizationId", "",
     organization_facts},
    {Method::delete_, "/organizations/{organizationId}", "organization.remove", "organizationId", "",
     organization_facts},
    {Method::put, "/organizations/{organizationId}/members/{userId}", "member.set", "userId", "",
     member_facts},
    {Method::delete_, "/organizations/{organizationId}/members/{userId}", "member.remove", "userId", "",
     member_facts},
    {Method::post, "/organizations/{organizationId}/invitations", "invitation.create", "", "invitation",
     invitation_facts},
    {Method::delete_, "/organizations/{organizationId}/invitations/{invitationId}", "invitation.revoke",
     "invitationId", "", invitation_facts},
    {Method::patch, "/users/{userId}", "person.edit", "userId", "", person_facts, Reach::site},
    {Method::delete_, "/users/{userId}", "person.erase", "userId", "", nullptr, Reach::site},
    {Method::get, "/users/{userId}/data", "person.export", "userId", "", nullptr, Reach::site},
    {Method::delete_, "/users/{userId}/sessions", "person.sign_out", "userId", "", nullptr, Reach::site},
    {Method::post, "/tokens", "token.create", "", "token", token_facts},
    {Method::delete_, "/tokens/{tokenId}", "token.revoke", "tokenId", "", token_facts},
    {Method::get, "/audit.csv", "audit.export", "", "", nullptr},
    {Method::post, "/signing-keys", "signing_key.rotate", "", "", nullptr, Reach::site},
    {Method::post, "/shares", "share.create", "", "share", share_facts},
    {Method::delete_, "/shares/{shareId}", "share.revoke", "shareId", "", share_facts},
    {Method::post, "/channels", "channel.create", "", "", channel_facts},
    {Method::patch, "/channels/{channelId}", "channel.edit", "channelId", "", channel_facts},
    {Method::delete_, "/channels/{channelId}", "channel.remove", "channelId", "", channel_facts},
    {Method::post, "/channels/{channelId}/actions/start", "channel.start", "channelId", "", channel_facts},
    {Method::post, "/channels/{channelId}/actions/stop", "channel.stop", "channelId", "", channel_facts},
    {Method::post, "/sources/test", "source.test", "", "", nullptr},
});

}  // namespace

std::span<const TrailRow> trail_table() {
  return rows;
}

const TrailRow* find_trail_row(Method method, std::string_view route) {
  if (!route.starts_with(base)) return nullptr;
  route.remove_prefix(base.size());
  for (const auto& row : rows)
    if (row.method == method && row.route == route) return &row;
  return nullptr;
}

}  // namespace longtake::api
