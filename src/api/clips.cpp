// /clips: the registry of clips.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/clip_json.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/kept_query.h"
#include "api/note_link.h"
#include "api/note_shapes.h"
#include "api/trail.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;
using desk::Clip;

constexpr std::size_t most_tags = 20, most_channels = 16;

http::Response clip_response(const Clip& clip, int status = 200) {
  return json_response(clip_json(clip), status).with_etag(std::to_string(clip.version));
}

/// The clip a path names, in the caller's organization.
Result<Clip> find_clip(const Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<ClipId>(request.param("clipId"));
  if (!id) return make_error(Code::not_found, "there is no such clip");
  return context.clips.get(caller.organization, *id);
}

/// Their author, and who leads the organization.
bool may_change(const Identity& caller, const Clip& clip) {
  return clip.author == caller.user || caller.may(Permission::manage_members);
}

http::Response not_yours() {
  return http::problem({.status = 403,
                        .type = "urn:longtake:forbidden",
                        .detail = "only who made this clip and managers change it"});
}

/// Without spaces around, each once, none empty.
std::vector<std::string> tidy_tags(std::vector<std::string> tags) {
  std::vector<std::string> out;
  for (auto& tag : tags) {
    const auto first = tag.find_first_not_of(' ');
    if (first == tag.npos) continue;
    tag = tag.substr(first, tag.find_last_not_of(' ') - first + 1);
    if (std::find(out.begin(), out.end(), tag) == out.end()) out.push_back(std::move(tag));
  }
  return out;
}

std::optional<std::vector<std::string>> read_tags(Fields& fields) {
  auto tags = fields.texts("tags", {1, 50}, most_tags);
  if (tags) tags = tidy_tags(std::move(*tags));
  return tags;
}

/// `channelId`, or `channelIds`.
std::vector<ChannelId> read_channels(Fields& fields) {
  const auto one = fields.text("channelId", {1, 64});
  const auto several = fields.texts("channelIds", {1, 64}, most_channels);
  std::vector<std::string> names = several.value_or(std::vector<std::string>{});
  if (one) names.push_back(*one);
  if (one && several) fields.fail("channelIds", "give either `channelId` or `channelIds`");
  if (names.empty()) fields.fail("channelId", "is missing");
  std::vector<ChannelId> out;
  for (const auto& name : names) {
    // What is no id is no channel either: not_found, as for one of another organization.
    const auto id = parse_id<ChannelId>(name);
    const auto channel = id ? *id : ChannelId{-1};
    if (std::find(out.begin(), out.end(), channel) == out.end()) out.push_back(channel);
  }
  return out;
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto page = read_page<ClipId>(parameters);
  auto query = read_kept_query<desk::ClipQuery>(parameters, page);
  query.text = parameters.text("q", 200).value_or("");
  query.tag = parameters.text("tag", 50).value_or("");
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto clips, context.clips.list(caller.organization, query));
  return json_response(page_json(clips, page.limit, clip_json));
}

access::Deed deed_of_making(const http::Request& request, const Identity& caller, const Clip& clip) {
  auto deed = deed_of(caller);
  deed.action = "clip.create";
  deed.thing = "clip";
  deed.thing_id = to_string(clip.id);
  deed.after = json::serialize(json::object{{"channel", to_string(clip.channel)},
                                            {"from", format_rfc3339(clip.range.from)},
                                            {"to", format_rfc3339(clip.range.to)},
                                            {"title", clip.title},
                                            {"note", to_string(clip.note)},
                                            {"edges", desk::to_string(clip.edges)}});
  deed.remote = request.remote.to_string();
  return deed;
}

/// What a page has to know before it asks.
Result<http::Response> limits(Context& context, const http::Request&, const Identity&) {
  using std::chrono::milliseconds;
  return json_response({{"longestMs", milliseconds{context.clips.options().longest}.count()},
                        {"furthestMs", milliseconds{desk::Clips::furthest}.count()}});
}

http::Response too_many(const Error& error) {
  return http::problem({.status = 429, .type = "urn:longtake:too-many", .detail = error.text()})
      .with("Retry-After", "10");
}

Result<http::Response> create(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  desk::NewClips wanted{
      .channels = read_channels(fields),
      .range = {fields.required_instant("from"), fields.required_instant("to")},
      .title = fields.text("title", {0, 200}).value_or(""),
      .tags = read_tags(fields).value_or(std::vector<std::string>{}),
      .edges = desk::parse_edges(fields.choice("edges", {"copy", "encode"}).value_or("copy")),
      .author = caller.user,
      .note = read_note_id(fields).value_or(desk::NoteId{}),
      .record = [&](storage::sql::Session& session, const Clip& clip) {
        return access::Audit::append(session, context.clock.now(), deed_of_making(request, caller, clip));
      }};
  if (wanted.range.empty()) fields.fail("to", "must be after `from`");
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (auto refusal = refuse_note(context, caller, wanted.note)) return *std::move(refusal);
  return context.idempotency.once(request, {caller.organization, caller.user},
                                  [&]() -> Result<http::Response> {
                                    const auto made = context.clips.create(caller.organization, wanted);
                                    if (!made && made.error().kind() == "too-many-clips")
                                      return too_many(made.error());
                                    if (!made) return made.error();
                                    json::array items;
                                    for (const auto& clip : *made) {
                                      items.push_back(clip_json(clip));
                                      publish_clip(context, caller.organization, clip.id);
                                    }
                                    publish_notes(context, caller.organization, {wanted.note});
                                    return json_response({{"items", std::move(items)}}, 201);
                                  });
}

Result<http::Response> get(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto clip, find_clip(context, request, caller));
  return clip_response(clip);
}

/// Two who edit different parts at the same time both have their way: the later one is done again over what
/// the earlier left. Not where If-Match says what the caller saw.
Result<http::Response> edit(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  for (int tries = 1;; ++tries) {
    LT_TRY(const auto clip, find_clip(context, request, caller));
    if (!may_change(caller, clip)) return not_yours();
    Fields fields{request};
    const auto note = read_note_id(fields);
    const desk::Clips::Edit edit{.title = fields.text("title", {0, 200}).value_or(clip.title),
                                 .tags = read_tags(fields).value_or(clip.tags),
                                 .note = note.value_or(clip.note),
                                 .expected_version = clip.version};
    if (auto invalid = fields.finish()) return *std::move(invalid);
    if (auto refusal = refuse_note(context, caller, note)) return *std::move(refusal);
    if (!is_of_version(request, clip.version)) return stale("clip");
    const auto edited = context.clips.edit(caller.organization, clip.id, edit);
    if (!edited && edited.error().kind() == "stale") {
      if (names_version(request)) return stale("clip");
      if (tries < most_note_edits) continue;
    }
    if (!edited) return edited.error();
    publish_clip(context, caller.organization, clip.id);
    if (edited->note != clip.note) publish_notes(context, caller.organization, {clip.note, edited->note});
    return clip_response(*edited);
  }
}

Result<http::Response> remove(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto clip, find_clip(context, request, caller));
  if (!may_change(caller, clip)) return not_yours();
  LT_CHECK(context.clips.remove(caller.organization, clip.id));
  publish_notes(context, caller.organization, {clip.note});
  context.events.publish_last(caller.organization, "clip-removed", fmt::format("clip/{}", clip.id),
                              json::serialize(json::object{{"id", to_string(clip.id)}}));
  return http::Response::empty(204);
}

template <Result<Clip> (desk::Clips::*action)(OrganizationId, ClipId)>
Result<http::Response> act(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto clip, find_clip(context, request, caller));
  if (!may_change(caller, clip)) return not_yours();
  const auto changed = (context.clips.*action)(caller.organization, clip.id);
  if (!changed && changed.error().kind() == "too-many-clips") return too_many(changed.error());
  if (!changed) return changed.error();
  publish_clip(context, caller.organization, clip.id);
  return clip_response(*changed);
}

}  // namespace

void add_clip_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view all = "/api/v1/clips", one = "/api/v1/clips/{clipId}";
  router.add(Method::get, all, guarded(context, Permission::watch, list));
  router.add(Method::post, all, guarded(context, Permission::cut_clips, create));
  router.add(Method::get, "/api/v1/clip-limits", guarded(context, Permission::cut_clips, limits));
  router.add(Method::get, one, guarded(context, Permission::watch, get));
  router.add(Method::patch, one, guarded(context, Permission::cut_clips, edit));
  router.add(Method::delete_, one, guarded(context, Permission::cut_clips, remove));
  router.add(Method::post, "/api/v1/clips/{clipId}/actions/retry",
             guarded(context, Permission::cut_clips, act<&desk::Clips::retry>));
  router.add(Method::post, "/api/v1/clips/{clipId}/actions/cancel",
             guarded(context, Permission::cut_clips, act<&desk::Clips::cancel>));
}

}  // namespace longtake::api
