// /screenshots: pictures that are kept.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/context.h"
#include "api/decode.h"
#include "api/download.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/kept_query.h"
#include "api/note_link.h"
#include "api/screenshot_json.h"
#include "api/trail.h"
#include "desk/blobs.h"
#include "desk/screenshots.h"
#include "media/lettering/caption.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;
using desk::Screenshot;
using desk::ScreenshotId;

Result<Screenshot> find_screenshot(const Context& context, const http::Request& request,
                                   const Identity& caller) {
  const auto id = parse_id<ScreenshotId>(request.param("screenshotId"));
  if (!id) return make_error(Code::not_found, "there is no such screenshot");
  return context.screenshots.get(caller.organization, *id);
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto page = read_page<ScreenshotId>(parameters);
  const auto query = read_kept_query<desk::ScreenshotQuery>(parameters, page);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto shots, context.screenshots.list(caller.organization, query));
  return json_response(page_json(shots, page.limit, screenshot_json));
}

Result<http::Response> create(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto channel_id = fields.required_text("channelId", {1, 64});
  const auto at = fields.required_instant("at");
  const auto note = read_note_id(fields).value_or(desk::NoteId{});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto id = parse_id<ChannelId>(channel_id);
  if (!id) return no_such("channel");
  LT_TRY(const auto channel, context.channels.get(caller.organization, *id));
  if (auto refusal = refuse_note(context, caller, note)) return *std::move(refusal);
  return context.idempotency.once(
      request, {caller.organization, caller.user}, [&]() -> Result<http::Response> {
        const auto shot = context.screenshots.keep(
            caller.organization, {.channel = channel.id, .at = at, .author = caller.user, .note = note});
        if (!shot && shot.error().code() == Code::not_found && shot.error().kind() != "no-such-note")
          return http::problem({.status = 404,
                                .type = "urn:longtake:not-recorded",
                                .title = "Nothing is recorded there",
                                .detail = shot.error().text()});
        if (!shot) return shot.error();
        publish_notes(context, caller.organization, {note});
        return json_response(screenshot_json(*shot), 201);
      });
}

Result<http::Response> get(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto shot, find_screenshot(context, request, caller));
  return json_response(screenshot_json(shot));
}

/// Who took it, and who leads the organization.
std::optional<http::Response> refuse_others(const Screenshot& shot, const Identity& caller) {
  if (shot.author == caller.user || caller.may(Permission::manage_members)) return {};
  return http::problem({.status = 403,
                        .type = "urn:longtake:forbidden",
                        .detail = "only who took this picture and managers change or remove it"});
}

/// Its note is all that changes of a picture: of two who say it, the later one has said it.
Result<http::Response> edit(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  LT_TRY(const auto shot, find_screenshot(context, request, caller));
  if (auto refusal = refuse_others(shot, caller)) return *std::move(refusal);
  Fields fields{request};
  const auto note = read_note_id(fields);
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (auto refusal = refuse_note(context, caller, note)) return *std::move(refusal);
  if (!note || *note == shot.note) return json_response(screenshot_json(shot));
  LT_TRY(const auto edited, context.screenshots.attach(caller.organization, shot.id, *note));
  publish_notes(context, caller.organization, {shot.note, edited.note});
  return json_response(screenshot_json(edited));
}

/// The kept file; a refusal that names what is missing.
Result<media::SliceList> open_file(Context& context, const Screenshot& shot) {
  auto body = desk::open_blob(context.screenshots.volume(), shot.path);
  if (body || body.error().code() != Code::not_found) return body;
  context.log.error("file of a screenshot is gone", {{"screenshot", shot.id}, {"path", shot.path}});
  return make_error(Code::not_found,
                    "the file of this picture is gone from the store: tell who runs this server");
}

http::Response picture_response(const Context& context, const Screenshot& shot, media::SliceList body,
                                bool download) {
  const auto name = name_of_kept(
      context,
      {.organization = shot.organization, .channel = shot.channel_name, .at = shot.at, .ending = "png"});
  return http::Response::slices(std::move(body), "image/png")
      .with("Content-Disposition",
            disposition(download ? Disposition::attachment : Disposition::in_line, name));
}

Result<http::Response> file(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto shot, find_screenshot(context, request, caller));
  Parameters parameters{request};
  const bool download = parameters.integer("download", 0, {0, 1}) == 1;
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(auto body, open_file(context, shot));
  return picture_response(context, shot, std::move(body), download)
      .with("Cache-Control", "private, max-age=86400, immutable")
      .with("Vary", "Cookie")
      .with_etag(fmt::format("screenshot-{}", shot.id));
}

/// The kept picture with its channel and local time in it. A channel may be renamed, an organization move to
/// another zone: such an answer is asked for anew each time.
Result<http::Response> burned_in(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto shot, find_screenshot(context, request, caller));
  Parameters parameters{request};
  const bool download = parameters.integer("download", 0, {0, 1}) == 1;
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  const media::Caption caption{.title = shot.channel_name,
                               .time = local_time_of(context, shot.organization, shot.at)};
  LT_TRY(const auto body, open_file(context, shot));
  LT_TRY(const auto png, body.read_all(), "reading screenshot {}", shot.id);
  LT_TRY(auto burned, media::burn_in(png, caption), "writing into screenshot {}", shot.id);
  const auto words = std::hash<std::string>{}(caption.title + '\n' + caption.time);
  media::SliceList out;
  out.append(std::move(burned));
  return picture_response(context, shot, std::move(out), download)
      .with("Cache-Control", "private, no-cache")
      .with_etag(fmt::format("burned-in-{}-{:x}", shot.id, words));
}

Result<http::Response> remove(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto shot, find_screenshot(context, request, caller));
  if (auto refusal = refuse_others(shot, caller)) return *std::move(refusal);
  LT_CHECK(context.screenshots.remove(caller.organization, shot.id));
  publish_notes(context, caller.organization, {shot.note});
  return http::Response::empty(204);
}

}  // namespace

json::object screenshot_json(const Screenshot& shot) {
  json::object out{{"id", to_string(shot.id)},
                   {"channelId", to_string(shot.channel)},
                   {"channel", shot.channel_name},
                   {"at", format_rfc3339(shot.at)},
                   {"authorId", to_string(shot.author)},
                   {"author", shot.author_name},
                   {"createdAt", format_rfc3339(shot.created)},
                   {"bytes", shot.bytes},
                   {"file", fmt::format("/api/v1/screenshots/{}/file.png", shot.id)},
                   {"burnedIn", fmt::format("/api/v1/screenshots/{}/burned-in.png", shot.id)}};
  if (shot.note) out["noteId"] = to_string(shot.note);
  return out;
}

void add_screenshot_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view all = "/api/v1/screenshots", one = "/api/v1/screenshots/{screenshotId}";
  router.add(Method::get, all, guarded(context, Permission::watch, list));
  router.add(Method::post, all, guarded(context, Permission::cut_clips, create), {.run = http::Run::decode});
  router.add(Method::get, one, guarded(context, Permission::watch, get));
  router.add(Method::patch, one, guarded(context, Permission::cut_clips, edit));
  router.add(Method::delete_, one, guarded(context, Permission::cut_clips, remove));
  router.add(Method::get, "/api/v1/screenshots/{screenshotId}/file.png",
             guarded(context, Permission::watch, file));
  router.add(Method::get, "/api/v1/screenshots/{screenshotId}/burned-in.png",
             guarded(context, Permission::watch, burned_in), {.run = http::Run::decode});
}

}  // namespace longtake::api
