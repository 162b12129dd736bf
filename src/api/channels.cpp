// /channels and what is done to one.
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>

#include "api/channel_news.h"
#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"

namespace longtake::api {
namespace {

using access::Identity;
using access::Permission;

/// An edit that meets another one this often is refused.
constexpr int most_edits = 10;

http::Response channel_response(const Context& context, const archive::Channel& channel, int status = 200) {
  return json_response(channel_json(gather(channel, context.supervisor, context.archive)), status)
      .with_etag(std::to_string(channel.version));
}

/// The channel a path names, in the caller's organization.
Result<archive::Channel> find_channel(const Context& context, const http::Request& request,
                                      const Identity& caller) {
  const auto id = parse_id<ChannelId>(request.param("channelId"));
  if (!id) return make_error(Code::not_found, "there is no such channel");
  return context.channels.get(caller.organization, *id);
}

void read_retention(Fields& fields, archive::Retention& retention) {
  auto inner = fields.object("retention");
  if (!inner) return;
  if (const auto age = inner->nullable_integer("maxAgeHours", {1, 87'600}))
    retention.max_age = *age ? std::optional{std::chrono::hours{**age}} : std::nullopt;
  if (const auto bytes = inner->nullable_integer("maxBytes", {1'000'000, INT64_MAX}))
    retention.max_bytes = *bytes ? std::optional{static_cast<std::uint64_t>(**bytes)} : std::nullopt;
  fields.join(*inner);
}

void refuse_masks(Fields& source, const std::string& url) {
  if (has_masked_secret(url)) source.fail("url", "nobody knows what stood for *** here: write it again");
}

/// What creating and editing share.
void read_settings(Fields& fields, archive::ChannelSettings& settings) {
  if (const auto seconds = fields.integer("segmentSeconds", {10, 3600}))
    settings.segment_length = std::chrono::seconds{*seconds};
  if (const auto audio = fields.choice("audio", {"convert", "keep", "off"}))
    settings.audio = *audio == "convert" ? archive::AudioPolicy::convert
                     : *audio == "keep"  ? archive::AudioPolicy::keep
                                         : archive::AudioPolicy::off;
  if (const auto transport = fields.choice("rtspTransport", {"tcp", "udp"}))
    settings.rtsp_transport = *transport == "udp" ? archive::RtspTransport::udp : archive::RtspTransport::tcp;
  read_retention(fields, settings.retention);
}

http::Response answer_page(std::string text) {
  return http::Response::json(std::move(text)).with("Cache-Control", "no-store");
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto [limit, after] = read_page<ChannelId>(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  const ChannelPages::Key key{.organization = caller.organization, .after = after, .limit = limit};
  const auto generation = context.pages.generation(context.events.newest());
  if (const auto ready = context.pages.find(key, generation)) return answer_page(*ready);
  LT_TRY(const auto page, context.channels.list(caller.organization, after, limit + 1));
  boost::json::monotonic_resource arena;
  const boost::json::storage_ptr storage{&arena};
  boost::json::array items(storage);
  for (std::size_t i = 0; i < std::min(limit, page.size()); ++i)
    items.push_back(channel_json(gather(page[i], context.supervisor, context.archive), storage));
  boost::json::object out{{{"items", std::move(items)}, {"next", nullptr}}, storage};
  if (page.size() > limit) out["next"] = to_string(page[limit - 1].id);
  auto text = boost::json::serialize(out);
  context.pages.keep(key, generation, text);
  return answer_page(std::move(text));
}

Result<http::Response> create(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  archive::ChannelSettings settings;
  settings.name = fields.required_text("name", {1, 100});
  auto source = fields.required_object("source");
  settings.source_url = source.required_text("url", {1, 2000});
  refuse_masks(source, settings.source_url);
  fields.join(source);
  read_settings(fields, settings);
  const auto begin = fields.boolean("start").value_or(true) ? archive::Channels::Begin::recording
                                                            : archive::Channels::Begin::stopped;
  if (auto invalid = fields.finish()) return *std::move(invalid);
  LT_CHECK(ingest::check_address(settings.source_url));
  return context.idempotency.once(
      request, {caller.organization, caller.user}, [&]() -> Result<http::Response> {
        LT_TRY(const auto channel, context.channels.create(caller.organization, settings, begin));
        context.supervisor.channel_changed(channel);
        context.pages.forget();
        context.log.info("channel added", {{"channel", channel.id}, {"user", caller.user}});
        return channel_response(context, channel, 201)
            .with("Location", fmt::format("/api/v1/channels/{}", channel.id));
      });
}

Result<http::Response> get(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto channel, find_channel(context, request, caller));
  return channel_response(context, channel);
}

http::Response stale() {
  return http::problem({.status = 412,
                        .type = "urn:longtake:stale",
                        .detail = "somebody edited this channel meanwhile: load it again"});
}

/// What the body asks for, over the settings there are.
std::optional<http::Response> read_edit(const http::Request& request, archive::ChannelSettings& settings) {
  Fields fields{request};
  if (auto name = fields.text("name", {1, 100})) settings.name = *std::move(name);
  if (auto source = fields.object("source")) {
    settings.source_url =
        with_stored_credentials(source->required_text("url", {1, 2000}), settings.source_url);
    refuse_masks(*source, settings.source_url);
    fields.join(*source);
  }
  read_settings(fields, settings);
  return fields.finish();
}

/// Two who edit different settings at the same time both have their way: the later one is done again over
/// what the earlier left. Not where If-Match says what the caller saw.
Result<http::Response> edit(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  for (int tries = 1;; ++tries) {
    LT_TRY(const auto channel, find_channel(context, request, caller));
    auto settings = channel.settings;
    if (auto invalid = read_edit(request, settings)) return *std::move(invalid);
    if (!is_of_version(request, channel.version)) return stale();
    if (settings.source_url != channel.settings.source_url)
      LT_CHECK(ingest::check_address(settings.source_url));
    auto edited = context.channels.update(caller.organization, channel.id, settings, channel.version);
    if (!edited && edited.error().kind() == "stale") {
      if (names_version(request)) return stale();
      if (tries < most_edits) continue;
    }
    if (!edited) return std::move(edited).error();
    context.supervisor.channel_changed(*edited);
    context.pages.forget();
    return channel_response(context, *edited);
  }
}

Result<http::Response> remove(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto channel, find_channel(context, request, caller));
  if (!is_of_version(request, channel.version)) return stale();
  LT_CHECK(context.channels.remove(caller.organization, channel.id));
  context.supervisor.channel_removed(channel.id);
  publish_channel_removed(context, caller.organization, channel.id);
  context.log.info("channel removed", {{"channel", channel.id}, {"user", caller.user}});
  return http::Response::empty(204);
}

Result<http::Response> set_enabled(Context& context, const http::Request& request, const Identity& caller,
                                   bool enabled) {
  LT_TRY(const auto channel, find_channel(context, request, caller));
  LT_TRY(const auto changed, context.channels.set_enabled(caller.organization, channel.id, enabled));
  context.supervisor.channel_changed(changed);
  context.pages.forget();
  return channel_response(context, changed);
}

}  // namespace

void add_channel_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view all = "/api/v1/channels", one = "/api/v1/channels/{channelId}";
  router.add(Method::get, all, guarded(context, Permission::watch, list));
  router.add(Method::post, all, guarded(context, Permission::edit_channels, create));
  router.add(Method::get, one, guarded(context, Permission::watch, get));
  router.add(Method::patch, one, guarded(context, Permission::edit_channels, edit));
  router.add(Method::delete_, one, guarded(context, Permission::edit_channels, remove));
  router.add(
      Method::post, "/api/v1/channels/{channelId}/actions/start",
      guarded(context, Permission::edit_channels, [](Context& c, const http::Request& r, const Identity& i) {
        return set_enabled(c, r, i, true);
      }));
  router.add(
      Method::post, "/api/v1/channels/{channelId}/actions/stop",
      guarded(context, Permission::edit_channels, [](Context& c, const http::Request& r, const Identity& i) {
        return set_enabled(c, r, i, false);
      }));
}

}  // namespace longtake::api
