// /clips/{clipId}/file.mp4 and poster.jpg, for people who are signed in and for links; POST
// /clips/{clipId}/links.
#include <boost/json/serialize.hpp>

#include "api/clip_json.h"
#include "api/decode.h"
#include "api/download.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/link.h"
#include "api/trail.h"
#include "desk/blobs.h"
#include "http/problem.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;
using desk::Clip;

constexpr std::int64_t shortest_life = 60, longest_life = std::int64_t{30} * 86'400;

enum class Part { film, poster };

std::string_view file_name(Part part) {
  return part == Part::film ? "file.mp4" : "poster.jpg";
}

http::Response not_ready(const Clip& clip) {
  return http::problem({.status = 409,
                        .type = "urn:longtake:clip-not-ready",
                        .title = "This clip is not ready",
                        .detail = fmt::format("it is {}", desk::to_string(clip.state))});
}

Result<http::Response> serve(Context& context, const Clip& clip, Part part, bool download) {
  if (!clip.is_ready()) return not_ready(clip);
  const auto& path = part == Part::film ? clip.path : clip.poster;
  if (path.empty()) return no_such("picture: this clip has sound alone");
  auto body = desk::open_blob(context.clips.volume(), path);
  if (!body && body.error().code() == Code::not_found) {
    context.log.error("file of a clip is gone", {{"clip", clip.id}, {"path", path}});
    return http::problem(
        {.status = 404,
         .type = "urn:longtake:not-found",
         .detail = "the file of this clip is gone from the store: tell who runs this server"});
  }
  if (!body) return std::move(body).error();
  const auto name = name_of_kept(context, {.organization = clip.organization,
                                           .channel = clip.channel_name,
                                           .at = clip.shown.from,
                                           .ending = part == Part::film ? "mp4" : "jpg"});
  return http::Response::slices(std::move(*body), part == Part::film ? "video/mp4" : "image/jpeg")
      .with("Cache-Control", "private, max-age=86400, immutable")
      .with("Vary", "Cookie")
      .with("Content-Disposition",
            disposition(download ? Disposition::attachment : Disposition::in_line, name))
      .with_etag(fmt::format("clip-{}-{}", clip.id, clip.bytes));
}

/// Once a quarter hour for each viewer and clip; each download.
void note_seen(Context& context, const http::Request& request, access::Deed deed, const Clip& clip,
               bool download, const Result<http::Response>& answer) {
  if (request.method != http::Method::get || !answer || answer->status != 200) return;
  deed.action = download ? "clip.download" : "clip.view";
  json::object facts{{"clip", to_string(clip.id)}};
  if (deed.thing.empty()) {
    deed.thing = "clip";
    deed.thing_id = to_string(clip.id);
    facts = {};
  }
  deed.after = facts.empty() ? "" : json::serialize(facts);
  deed.remote = request.remote.to_string();
  const auto detail = deed.after;
  if (context.viewings.begin(deed, detail) && !note(context, request, deed))
    context.viewings.forget(deed, detail);
}

bool read_download(Parameters& parameters) {
  return parameters.integer("download", 0, {0, 1}) == 1;
}

template <Part part>
Result<http::Response> signed_in(Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<ClipId>(request.param("clipId"));
  if (!id) return no_such("clip");
  LT_TRY(const auto clip, context.clips.get(caller.organization, *id));
  Parameters parameters{request};
  const bool download = read_download(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  auto answer = serve(context, clip, part, download);
  if (part == Part::film) note_seen(context, request, deed_of(caller), clip, download, answer);
  return answer;
}

access::Deed deed_of_link(const access::LinkGrant& grant) {
  access::Deed deed{.organization = grant.organization, .kind = access::ActorKind::link};
  if (grant.share) {
    deed.kind = access::ActorKind::share;
    deed.thing = "share";
    deed.thing_id = to_string(grant.share);
  }
  return deed;
}

template <Part part>
Result<http::Response> linked(Context& context, const http::Request& request) {
  const auto id = parse_id<ClipId>(request.param("clipId"));
  if (!id) return no_such("clip");
  LT_TRY(auto admission, admit_kept_link(context, request, clip_view(*id, file_name(part))));
  if (!admission.grant) return std::move(admission.refusal);
  LT_TRY(const auto clip, context.clips.get(admission.grant->organization, *id));
  Parameters parameters{request};
  (void)parameters.text("expires", 30), (void)parameters.text("signature", 500);
  const bool download = read_download(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  auto answer = serve(context, clip, part, download);
  if (part == Part::film) note_seen(context, request, deed_of_link(*admission.grant), clip, download, answer);
  return answer;
}

template <Part part>
void add(http::Router& router, Context& context) {
  router.add(http::Method::get, fmt::format("/api/v1/clips/{{clipId}}/{}", file_name(part)),
             [&context, inside = guarded(context, Permission::watch, signed_in<part>)](
                 const http::Request& request) -> Result<http::Response> {
               return is_linked(request) ? linked<part>(context, request) : inside(request);
             },
             {.run = http::Run::pooled});
}

Result<http::Response> create_link(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  const auto id = parse_id<ClipId>(request.param("clipId"));
  if (!id) return no_such("clip");
  LT_TRY(const auto clip, context.clips.get(caller.organization, *id));
  Fields fields{request};
  const auto life = fields.integer("expiresInSeconds", {shortest_life, longest_life}).value_or(3600);
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto view = clip_view(clip.id, file_name(Part::film));
  const WallTime expires =
      std::chrono::floor<std::chrono::seconds>(context.clock.now()) + std::chrono::seconds{life};
  LT_TRY(const auto query,
         sign_kept_query(context, view, expires,
                         {.organization = caller.organization, .maker = caller.user, .token = caller.token}));
  auto deed = deed_of(caller);
  deed.action = "link.create";
  deed.thing = "clip";
  deed.thing_id = to_string(clip.id);
  deed.after = json::serialize(json::object{{"view", "file.mp4"}, {"expiresAt", format_rfc3339(expires)}});
  deed.remote = request.remote.to_string();
  LT_CHECK(context.audit.record(deed));
  return json_response(
      {{"url", fmt::format("/api/v1/{}?{}", view, query)}, {"expiresAt", format_rfc3339(expires)}}, 201);
}

}  // namespace

void add_clip_file_routes(http::Router& router, Context& context) {
  add<Part::film>(router, context);
  add<Part::poster>(router, context);
  router.add(http::Method::post, "/api/v1/clips/{clipId}/links",
             guarded(context, Permission::share, create_link));
}

}  // namespace longtake::api
