// One row for each operation that changes something, or takes something out.
#include <boost/json/array.hpp>

#include <array>

#include "access/shares.h"
#include "api/encode.h"
#include "api/trail.h"
#include "api/trail_notes.h"
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

std::optional<json::object> layout_facts(const Context& context, const Identity& caller, const http::Request&,
                                         const std::string& id) {
  const auto parsed = parse_id<desk::LayoutId>(id);
  if (!parsed) return {};
  const auto layout = context.layouts.get({caller.organization, caller.user}, *parsed);
  if (!layout) return {};
  json::array channels;
  for (const auto channel : layout->channels)
    channels.emplace_back(to_string(channel));
  return json::object{{"name", layout->name}, {"grid", layout->grid}, {"channels", std::move(channels)}};
}

std::optional<json::object> screenshot_facts(const Context& context, const Identity& caller,
                                             const http::Request&, const std::string& id) {
  const auto parsed = parse_id<desk::ScreenshotId>(id);
  if (!parsed) return {};
  const auto shot = context.screenshots.get(caller.organization, *parsed);
  if (!shot) return {};
  return json::object{{"channel", to_string(shot->channel)},
                      {"at", format_rfc3339(shot->at)},
                      {"note", to_string(shot->note)}};
}

std::optional<json::object> clip_facts(const Context& context, const Identity& caller, const http::Request&,
                                       const std::string& id) {
  const auto parsed = parse_id<ClipId>(id);
  if (!parsed) return {};
  const auto clip = context.clips.get(caller.organization, *parsed);
  if (!clip) return {};
  return json::object{{"channel", to_string(clip->channel)},
                      {"from", format_rfc3339(clip->range.from)},
                      {"to", format_rfc3339(clip->range.to)},
                      {"title", clip->title},
                      {"tags", json::array(clip->tags.begin(), clip->tags.end())},
                      {"note", to_string(clip->note)}};
}

constexpr auto rows = std::to_array<TrailRow>({
    {Method::post, "/session/organization", "session.switch", Subject::nothing, "", nullptr, Reach::entered},
    {Method::patch, "/me", "person.rename", Subject::caller, "", nullptr, Reach::site},
    {Method::post, "/me/password", "password.change", Subject::nothing},
    {Method::delete_, "/me/sessions", "session.end_all", Subject::nothing},
    {Method::delete_, "/me/sessions/{sessionId}", "session.end", Subject::parameter, "sessionId"},
    {Method::post, "/me/second-factor", "second_factor.begin", Subject::nothing},
    {Method::put, "/me/second-factor", "second_factor.confirm", Subject::nothing},
    {Method::post, "/me/second-factor/codes", "second_factor.renew_codes", Subject::nothing},
    {Method::post, "/me/second-factor/off", "second_factor.end", Subject::nothing},
    {Method::get, "/me/data", "person.export", Subject::nothing, "", nullptr, Reach::organization,
     Recorded::after},
    {Method::post, "/organizations", "organization.create", Subject::made, "", organization_facts,
     Reach::site},
    {Method::patch, "/organizations/{organizationId}", "organization.edit", Subject::parameter,
     "organizationId", organization_facts},
    {Method::delete_, "/organizations/{organizationId}", "organization.remove", Subject::parameter,
     "organizationId", organization_facts},
    {Method::put, "/organizations/{organizationId}/members/{userId}", "member.set", Subject::parameter,
     "userId", member_facts},
    {Method::delete_, "/organizations/{organizationId}/members/{userId}", "member.remove", Subject::parameter,
     "userId", member_facts},
    {Method::post, "/organizations/{organizationId}/invitations", "invitation.create", Subject::made, "",
     invitation_facts},
    {Method::delete_, "/organizations/{organizationId}/invitations/{invitationId}", "invitation.revoke",
     Subject::parameter, "invitationId", invitation_facts},
    {Method::patch, "/users/{userId}", "person.edit", Subject::parameter, "userId", person_facts,
     Reach::person},
    {Method::delete_, "/users/{userId}", "person.erase", Subject::parameter, "userId", nullptr,
     Reach::person},
    {Method::get, "/users/{userId}/data", "person.export", Subject::parameter, "userId", nullptr, Reach::site,
     Recorded::after},
    {Method::delete_, "/users/{userId}/sessions", "person.sign_out", Subject::parameter, "userId", nullptr,
     Reach::person},
    {Method::post, "/tokens", "token.create", Subject::made, "", token_facts},
    {Method::delete_, "/tokens/{tokenId}", "token.revoke", Subject::parameter, "tokenId", token_facts},
    {Method::get, "/audit.csv", "audit.export", Subject::nothing, "", nullptr, Reach::organization,
     Recorded::after},
    {Method::post, "/signing-keys", "signing_key.rotate", Subject::nothing, "", nullptr, Reach::site},
    {Method::post, "/shares", "share.create", Subject::made, "", share_facts},
    {Method::delete_, "/shares/{shareId}", "share.revoke", Subject::parameter, "shareId", share_facts},
    {Method::post, "/layouts", "layout.create", Subject::made, "", layout_facts},
    {Method::patch, "/layouts/{layoutId}", "layout.edit", Subject::parameter, "layoutId", layout_facts},
    {Method::delete_, "/layouts/{layoutId}", "layout.remove", Subject::parameter, "layoutId", layout_facts},
    {Method::post, "/note-templates", "note_template.create", Subject::made, "", note_template_facts},
    {Method::patch, "/note-templates/{templateId}", "note_template.edit", Subject::parameter, "templateId",
     note_template_facts},
    {Method::delete_, "/note-templates/{templateId}", "note_template.remove", Subject::parameter,
     "templateId", note_template_facts},
    {Method::post, "/notes", "note.create", Subject::made, "", note_facts},
    {Method::patch, "/notes/{noteId}", "note.edit", Subject::parameter, "noteId", note_facts},
    {Method::delete_, "/notes/{noteId}", "note.remove", Subject::parameter, "noteId", note_facts},
    {Method::post, "/channels", "channel.create", Subject::made, "", channel_facts},
    {Method::patch, "/channels/{channelId}", "channel.edit", Subject::parameter, "channelId", channel_facts},
    {Method::delete_, "/channels/{channelId}", "channel.remove", Subject::parameter, "channelId",
     channel_facts},
    {Method::post, "/channels/{channelId}/actions/start", "channel.start", Subject::parameter, "channelId",
     channel_facts},
    {Method::post, "/channels/{channelId}/actions/stop", "channel.stop", Subject::parameter, "channelId",
     channel_facts},
    {Method::post, "/sources/test", "source.test", Subject::nothing, "", nullptr, Reach::organization,
     Recorded::after},
    {Method::post, "/screenshots", "screenshot.create", Subject::made, "", screenshot_facts},
    {Method::patch, "/screenshots/{screenshotId}", "screenshot.edit", Subject::parameter, "screenshotId",
     screenshot_facts},
    {Method::delete_, "/screenshots/{screenshotId}", "screenshot.remove", Subject::parameter, "screenshotId",
     screenshot_facts},
    {Method::patch, "/clips/{clipId}", "clip.edit", Subject::parameter, "clipId", clip_facts},
    {Method::delete_, "/clips/{clipId}", "clip.remove", Subject::parameter, "clipId", clip_facts},
    {Method::post, "/clips/{clipId}/actions/retry", "clip.retry", Subject::parameter, "clipId", clip_facts},
    {Method::post, "/clips/{clipId}/actions/cancel", "clip.cancel", Subject::parameter, "clipId", clip_facts},
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
