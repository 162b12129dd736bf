// Views of a channel's recording: HLS, MP4, wall fragments, pictures, sprites.
#include <array>

#include "api/context.h"
#include "api/decode.h"
#include "api/download.h"
#include "api/guard.h"
#include "api/link.h"
#include "api/trail.h"
#include "base/own_failure.h"
#include "http/ranges.h"

namespace longtake::api {
namespace {

using access::Identity;
using playback::Playback;

/// A view's answer. What can never change may be kept by the browser, for whoever holds the same cookie; the
/// rest is asked again, which costs a 304.
http::Response view_response(playback::View view) {
  auto response = http::Response::slices(std::move(view.body), std::move(view.content_type));
  for (auto& [name, value] : view.headers)
    response.headers.add(name, std::move(value));
  response.headers.set("Cache-Control",
                       view.final ? "private, max-age=86400, immutable" : "private, no-cache");
  response.headers.add("Vary", "Cookie");
  if (!view.etag.empty()) response.headers.set("ETag", std::move(view.etag));
  return response;
}

http::Response not_recorded(const Error& error) {
  return http::problem({.status = 404,
                        .type = "urn:longtake:not-recorded",
                        .title = "Nothing is recorded there",
                        .detail = error.text()});
}

Result<http::Response> answer(Result<playback::View> view, const std::optional<std::string>& download = {}) {
  if (!view && view.error().code() == Code::not_found && !is_own_failure(view.error()))
    return not_recorded(view.error());
  if (!view) return std::move(view).error();
  auto response = view_response(std::move(*view));
  if (download && !download->empty())
    response.headers.set("Content-Disposition", disposition(Disposition::attachment, *download));
  return response;
}

Result<http::Response> hls_master(Context& context, const http::Request& request, ChannelId channel) {
  Parameters parameters{request};
  const Playback::HlsQuery query{.from = parameters.instant("from"),
                                 .to = parameters.instant_or_live("to"),
                                 .passthrough = request.raw_query};
  if (query.to && !query.from) parameters.fail("from", "is missing: a range that ends must begin");
  if (query.from && query.to && *query.to <= *query.from) parameters.fail("to", "must be after `from`");
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  return answer(context.playback.hls_master(channel, query));
}

/// What a path under hls/ names.
struct HlsChild {
  std::optional<SegmentId> segment;
  std::optional<Playback::Rendition> playlist;
};

HlsChild parse_hls_child(std::string_view child) {
  constexpr std::string_view folder = "segments/", ending = ".mp4";
  if (child == "media.m3u8") return {.playlist = Playback::Rendition::media};
  if (child == "iframes.m3u8") return {.playlist = Playback::Rendition::iframes};
  if (!child.starts_with(folder) || !child.ends_with(ending)) return {};
  child.remove_prefix(folder.size());
  const auto id = parse_id<SegmentId>(child.substr(0, child.size() - ending.size()));
  return {.segment = id ? std::optional{*id} : std::nullopt};
}

/// `segment_query`: what the addresses of segments carry on.
Result<http::Response> hls_playlist(Context& context, const http::Request& request, ChannelId channel,
                                    Playback::Rendition rendition, std::string segment_query) {
  Parameters parameters{request};
  const Playback::HlsQuery query{.from = parameters.instant("from"),
                                 .to = parameters.instant_or_live("to"),
                                 .passthrough = {},
                                 .segment_query = std::move(segment_query)};
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  return answer(context.playback.hls_media(channel, query, rendition));
}

Result<http::Response> hls_child(Context& context, const http::Request& request, ChannelId channel) {
  const auto child = parse_hls_child(request.param("child"));
  if (child.segment) return answer(context.playback.hls_segment(channel, *child.segment));
  if (child.playlist) return hls_playlist(context, request, channel, *child.playlist, {});
  return no_such("playlist or segment");
}

/// The playlists of a link carry it on; of a segment it opens the bytes that they name, and no others.
Result<http::Response> linked_hls_child(Context& context, const Linked& linked) {
  const auto& request = linked.request;
  const auto child = parse_hls_child(request.param("child"));
  if (child.playlist)
    return hls_playlist(context, request, linked.channel, *child.playlist, request.raw_query);
  if (!child.segment) return no_such("playlist or segment");
  auto window = context.playback.hls_window(linked.channel, *child.segment, linked.range);
  if (!window && window.error().code() == Code::not_found) return not_recorded(window.error());
  if (!window) return std::move(window).error();
  auto view = context.playback.hls_segment(linked.channel, *child.segment);
  if (!view) return answer(std::move(view));
  // A player that asks to the end of the file gets what the link opens of it.
  if (view->body.size() > window->to) {
    view->body = view->body.sub(0, window->to);
    view->etag.insert(view->etag.size() - 1, fmt::format("-{}", window->to));
  }
  const auto range = http::choose_range(request.headers.find("Range").value_or(""), view->body.size());
  const bool inside =
      range.kind == http::RangeKind::unsatisfiable ||
      (range.kind == http::RangeKind::partial && window->contains(range.span.first, range.span.size));
  // If-Range may make the whole of an answer that asks for a part.
  if (request.method == http::Method::head || (inside && !request.headers.contains("If-Range")))
    return answer(std::move(view));
  return http::problem({.status = 403,
                        .type = "urn:longtake:bad-link",
                        .title = "This link does not open this",
                        .detail = "a link opens the byte ranges that its playlists name: ask with Range"});
}

Playback::Tracks read_tracks(Parameters& parameters, const std::string& fallback) {
  const auto tracks = parameters.choice("tracks", {"av", "v", "a"}, fallback);
  return tracks == "av" ? Playback::Tracks::av : tracks == "v" ? Playback::Tracks::v : Playback::Tracks::a;
}

playback::OpenRange read_range(Parameters& parameters) {
  playback::OpenRange range{.from = parameters.required_instant("from"),
                            .to = parameters.instant_or_live("to")};
  if (range.to && *range.to <= range.from) parameters.fail("to", "must be after `from`");
  return range;
}

Result<http::Response> video(Context& context, const http::Request& request, ChannelId channel) {
  Parameters parameters{request};
  const Playback::Mp4Query query{
      .range = read_range(parameters),
      .tracks = read_tracks(parameters, "av"),
      .exact = parameters.choice("cut", {"exact", "keyframe"}, "exact") == "exact"};
  const auto download = parameters.text("download", 200);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  return answer(context.playback.mp4(channel, query), download);
}

Playback::WallQuery read_wall(Parameters& parameters) {
  Playback::WallQuery query{.range = read_range(parameters), .base = parameters.required_instant("base")};
  const auto tracks = read_tracks(parameters, "v");
  query.video = tracks != Playback::Tracks::a;
  query.audio = tracks != Playback::Tracks::v;
  query.keyframes = parameters.choice("frames", {"all", "key"}, "all") == "key";
  query.every = static_cast<unsigned>(parameters.integer("every", 1, {1, 64}));
  query.speed = static_cast<unsigned>(parameters.integer("speed", 1, {1, 64}));
  query.init = parameters.integer("init", 1, {0, 1}) == 1;
  return query;
}

Result<http::Response> wall(Context& context, const http::Request& request, ChannelId channel) {
  Parameters parameters{request};
  const auto query = read_wall(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  return answer(context.playback.wall(channel, query));
}

Result<http::Response> frame(Context& context, const http::Request& request, ChannelId channel) {
  constexpr std::array<std::pair<std::string_view, Playback::Format>, 3> formats = {
      {{"jpg", Playback::Format::jpg}, {"png", Playback::Format::png}, {"webp", Playback::Format::webp}}};
  const auto& wanted = request.param("format");
  const auto* format =
      std::find_if(formats.begin(), formats.end(), [&](const auto& f) { return f.first == wanted; });
  if (format == formats.end()) return no_such("picture format: jpg, png and webp are there");
  Parameters parameters{request};
  const auto at = parameters.instant_or_live("at");
  const auto width = static_cast<unsigned>(parameters.integer("width", 0, {16, 7680}));
  const auto download = parameters.text("download", 200);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  return answer(context.playback.frame(channel, {.at = at, .width = width, .format = format->second}),
                download);
}

Playback::SpriteQuery read_sprite(Parameters& parameters) {
  Playback::SpriteQuery query{
      .range = {parameters.required_instant("from"), parameters.required_instant("to")},
      .step = std::chrono::milliseconds{parameters.required_integer("step", {100, 86'400'000})},
      .width = static_cast<unsigned>(parameters.integer("width", 160, {32, 640}))};
  if (query.range.empty()) parameters.fail("to", "must be after `from`");
  return query;
}

Result<http::Response> sprite(Context& context, const http::Request& request, ChannelId channel) {
  Parameters parameters{request};
  const auto query = read_sprite(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  return answer(context.playback.sprite(channel, query));
}

Result<http::Response> sprite_vtt(Context& context, const http::Request& request, ChannelId channel) {
  Parameters parameters{request};
  const auto query = read_sprite(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  return answer(context.playback.sprite_vtt(channel, query));
}

using MediaHandler = Result<http::Response> (*)(Context&, const http::Request&, ChannelId);

/// Looking at something is not written down when there was nothing to see.
void note_seen(Context& context, const http::Request& request, ViewedFootage viewed, ChannelId channel,
               const Result<http::Response>& answer) {
  if (request.method != http::Method::get || !answer || answer->status != 200) return;
  constexpr std::string_view folder = "{channelId}/";
  const auto at = request.route.find(folder);
  auto view = request.route.substr(at + folder.size());
  if (view.starts_with("hls/")) view = "hls";
  if (view.starts_with("frame.")) view = "frame";
  viewed.channel = channel;
  viewed.view = view;
  viewed.download = request.query.contains("download");
  note_view(context, request, viewed);
}

/// A view of a channel of the caller's organization, for people who are signed in.
http::Handler signed_in(Context& context, MediaHandler handler) {
  return guarded(context, access::Permission::watch,
                 [handler](Context& context, const http::Request& request,
                           const Identity& caller) -> Result<http::Response> {
                   const auto id = parse_id<ChannelId>(request.param("channelId"));
                   if (!id) return no_such("channel");
                   LT_CHECK(context.channels.check(caller.organization, *id));
                   auto answer = handler(context, request, *id);
                   note_seen(context, request, {.viewer = deed_of(caller)}, *id, answer);
                   return answer;
                 });
}

/// A wall asks so often that what memory can answer is answered by the thread that reads the socket: two
/// changes of thread and three looks into the database would take longer than all else.
std::optional<http::Response> wall_at_once(const Context& context, const http::Request& request) {
  const auto caller = recall_reader(context, request, access::Permission::watch);
  const auto id = parse_id<ChannelId>(request.param("channelId"));
  if (!caller || !id || !context.channels.recalls(caller->organization, *id)) return {};
  if (!is_noted(context, {.viewer = deed_of(*caller), .channel = *id})) return {};
  Parameters parameters{request};
  const auto query = read_wall(parameters);
  if (parameters.finish()) return {};
  auto view = context.playback.recall_wall(*id, query);
  return view ? std::optional{view_response(*std::move(view))} : std::nullopt;
}

/// Who looks through a link has no account: the link itself is what is known of them.
ViewedFootage viewed_by(const access::LinkGrant& grant) {
  ViewedFootage viewed{.viewer = {.organization = grant.organization, .kind = access::ActorKind::link}};
  if (grant.share) {
    viewed.viewer.kind = access::ActorKind::share;
    viewed.viewer.thing = "share";
    viewed.viewer.thing_id = to_string(grant.share);
  }
  viewed.link_maker = grant.maker;
  return viewed;
}

using LinkedHandler = Result<http::Response> (*)(Context&, const Linked&);

template <MediaHandler handler>
Result<http::Response> as_signed_in(Context& context, const Linked& linked) {
  return handler(context, linked.request, linked.channel);
}

/// Names what a link is for: "hls" stands for everything under it.
std::string linked_view(const http::Request& request) {
  auto view = request.route.substr(request.route.rfind('/') + 1);
  if (request.route.find("/hls/") != request.route.npos) view = "hls";
  return view == "frame.{format}" ? "frame." + request.param("format") : std::string{view};
}

Result<http::Response> answer_link(Context& context, const http::Request& request, LinkedHandler handler) {
  LT_TRY(auto admission, admit_link(context, request, linked_view(request)));
  if (!admission.linked) return std::move(admission.refusal);
  const auto& linked = *admission.linked;
  LT_CHECK(context.channels.check(linked.grant.organization, linked.channel));
  auto answer = handler(context, linked);
  note_seen(context, request, viewed_by(linked.grant), linked.channel, answer);
  return answer;
}

/// `linked` null: a view that no link opens.
void add(http::Router& router, Context& context, std::string_view pattern, http::Run run,
         MediaHandler handler, LinkedHandler linked = nullptr, http::AtOnce at_once = {}) {
  router.add(http::Method::get, pattern,
             [&context, linked, handler = signed_in(context, handler)](const http::Request& request) {
               return linked && is_linked(request) ? answer_link(context, request, linked) : handler(request);
             },
             {.run = run, .at_once = std::move(at_once)});
}

}  // namespace

void add_media_routes(http::Router& router, Context& context) {
  using http::Run;
  add(router, context, "/api/v1/channels/{channelId}/hls/master.m3u8", Run::pooled, hls_master,
      as_signed_in<hls_master>);
  add(router, context, "/api/v1/channels/{channelId}/hls/{child...}", Run::pooled, hls_child,
      linked_hls_child);
  add(router, context, "/api/v1/channels/{channelId}/video.mp4", Run::pooled, video, as_signed_in<video>);
  add(router, context, "/api/v1/channels/{channelId}/media.mp4", Run::pooled, wall, nullptr,
      [&context](const http::Request& request) { return wall_at_once(context, request); });
  add(router, context, "/api/v1/channels/{channelId}/frame.{format}", Run::decode, frame,
      as_signed_in<frame>);
  add(router, context, "/api/v1/channels/{channelId}/sprite.jpg", Run::decode, sprite);
  add(router, context, "/api/v1/channels/{channelId}/sprite.vtt", Run::pooled, sprite_vtt);
}

}  // namespace longtake::api
