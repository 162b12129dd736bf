// /notes, their revisions and tags, and who can be named in one.
#include <boost/json/array.hpp>
#include <charconv>

#include "api/clip_json.h"
#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/note_shapes.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;
using desk::Note;
using desk::NoteContent;
using desk::NoteId;

http::Response note_response(const Note& note, int status = 200) {
  return json_response(note_json(note), status).with_etag(std::to_string(note.version));
}

Error no_note() {
  return make_error(Code::not_found, "there is no such note");
}

Result<Note> find_note(const Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<NoteId>(request.param("noteId"));
  if (!id) return no_note();
  return context.notes.get(caller.organization, *id);
}

/// An id of the query. Text that is no id is of nothing there is.
template <class AnyId>
AnyId read_id(Parameters& parameters, const std::string& name) {
  const auto text = parameters.text(name, 64);
  if (!text) return {};
  const auto id = parse_id<AnyId>(*text);
  return id ? *id : AnyId{INT64_MAX};
}

/// The cursor of a list that is in the order of a number.
std::int64_t read_cursor(Parameters& parameters) {
  const auto text = parameters.text("cursor", 800);
  if (!text) return 0;
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (ec != std::errc{} || end != text->data() + text->size() || number <= 0)
    parameters.fail("cursor", "must be the `next` of the page before");
  return number;
}

std::size_t read_limit(Parameters& parameters) {
  return static_cast<std::size_t>(parameters.integer("limit", 50, {1, 200}));
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  desk::NoteFilter filter{.text = parameters.text("search", 200).value_or(""),
                          .channel = read_id<ChannelId>(parameters, "channelId"),
                          .tag = parameters.text("tag", 50).value_or(""),
                          .author = read_id<UserId>(parameters, "authorId"),
                          .form = read_id<desk::NoteTemplateId>(parameters, "templateId"),
                          .from = parameters.instant("from"),
                          .to = parameters.instant("to")};
  if (parameters.choice("mentions", {"me"}, "") == "me") filter.mentions = caller.user;
  const auto limit = read_limit(parameters);
  const auto before = read_cursor(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto page, context.note_search.list(caller.organization, filter, before, limit));
  json::array items;
  for (const auto& note : page.notes)
    items.push_back(note_json(note));
  json::object out{{"items", std::move(items)}, {"next", nullptr}};
  if (page.next) out["next"] = std::to_string(*page.next);
  return json_response(out);
}

/// What is there replaces what `content` says. Nothing: there is no such template.
std::optional<NoteContent> read_content(Fields& fields, NoteContent content) {
  if (auto values = fields.free_object("fields")) content.fields = *std::move(values);
  if (auto text = fields.text("text", {0, desk::Notes::most_characters})) content.text = *std::move(text);
  if (auto tags = fields.texts("tags", {1, 50}, desk::Notes::most_tags)) content.tags = *std::move(tags);
  if (const auto to = fields.nullable_instant("to")) content.to = *to;
  const auto form = fields.nullable_text("templateId", {1, 64});
  if (!form) return content;
  content.form = {};
  if (!*form) return content;
  const auto id = parse_id<desk::NoteTemplateId>(**form);
  if (!id) return {};
  content.form = *id;
  return content;
}

/// 400 when something has to be mended.
Result<std::optional<http::Response>> refuse(const Context& context, const Identity& caller,
                                             const NoteContent& content,
                                             const NoteContent* before = nullptr) {
  LT_TRY(const auto problems, context.notes.check(caller.organization, content, before));
  if (problems.empty()) return std::optional<http::Response>{};
  std::vector<http::FieldError> errors;
  errors.reserve(problems.size());
  for (const auto& [name, message] : problems)
    errors.push_back({name, message});
  return std::optional{invalid_fields(std::move(errors))};
}

Result<http::Response> create(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  const auto key = request.headers.find("Idempotency-Key");
  if (key && (key->empty() || key->size() > 100))
    return http::problem(400, "Idempotency-Key has 1 to 100 characters");
  Fields fields{request};
  const auto channel = parse_id<ChannelId>(fields.required_text("channelId", {1, 64}));
  const auto content = read_content(
      fields, {.channel = channel ? *channel : ChannelId{}, .at = fields.required_instant("at")});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (!content) return no_such("note template");
  const desk::NewNote wanted{
      .content = *content, .author = caller.user, .key = std::string{key.value_or("")}};
  // First of all: what it was checked against may have changed since it was made.
  LT_TRY(const auto made, context.notes.find_made(caller.organization, wanted));
  if (made) return note_response(*made);
  LT_TRY(auto refusal, refuse(context, caller, *content));
  if (refusal) return *std::move(refusal);
  LT_TRY(const auto note, context.notes.create(caller.organization, wanted));
  publish_note(context, caller.organization, note);
  return note_response(note, 201).with("Location", fmt::format("/api/v1/notes/{}", note.id));
}

Result<http::Response> get(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto note, find_note(context, request, caller));
  return note_response(note);
}

std::optional<http::Response> refuse_others(const Note& note, const Identity& caller) {
  if (note.author.id == caller.user || caller.may(Permission::manage_notes)) return {};
  return http::problem(
      {.status = 403, .type = "urn:longtake:forbidden", .detail = "this is a note of somebody else"});
}

Result<http::Response> edit(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  for (int tries = 1;; ++tries) {
    LT_TRY(const auto note, find_note(context, request, caller));
    if (auto refusal = refuse_others(note, caller)) return *std::move(refusal);
    Fields fields{request};
    auto before = note.content;
    if (const auto at = fields.instant("at")) before.at = *at;
    const auto content = read_content(fields, std::move(before));
    if (auto invalid = fields.finish()) return *std::move(invalid);
    if (!content) return no_such("note template");
    if (!is_of_version(request, note.version)) return stale("note");
    LT_TRY(auto refusal, refuse(context, caller, *content, &note.content));
    if (refusal) return *std::move(refusal);
    auto edited =
        context.notes.update(caller.organization, note.id,
                             {.content = *content, .editor = caller.user, .expected_version = note.version});
    if (!edited && edited.error().kind() == "stale") {
      if (names_version(request)) return stale("note");
      if (tries < most_note_edits) continue;
    }
    if (!edited) return std::move(edited).error();
    publish_note(context, caller.organization, *edited);
    return note_response(*edited);
  }
}

Result<http::Response> remove(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto note, find_note(context, request, caller));
  if (auto refusal = refuse_others(note, caller)) return *std::move(refusal);
  if (!is_of_version(request, note.version)) return stale("note");
  const auto removed = context.notes.remove(
      caller.organization, note.id, names_version(request) ? std::optional{note.version} : std::nullopt);
  if (!removed && removed.error().kind() == "stale") return stale("note");
  if (!removed) return removed.error();
  context.events.publish_last(caller.organization, "note-removed", "note/" + to_string(note.id),
                              fmt::format(R"({{"id":"{}","channelId":"{}"}})", note.id, note.content.channel),
                              Permission::read_notes);
  for (const auto clip : note.clips)
    publish_clip(context, caller.organization, clip);
  return http::Response::empty(204);
}

Result<http::Response> revisions(Context& context, const http::Request& request, const Identity& caller) {
  const auto id = parse_id<NoteId>(request.param("noteId"));
  Parameters parameters{request};
  const auto limit = read_limit(parameters);
  const auto before = read_cursor(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  if (!id) return no_note();
  LT_TRY(const auto rows, context.notes.revisions(caller.organization, *id, before, limit + 1));
  json::array items;
  for (std::size_t i = 0; i < std::min(limit, rows.size()); ++i)
    items.push_back(note_revision_json(rows[i]));
  json::object out{{"items", std::move(items)}, {"next", nullptr}};
  if (rows.size() > limit) out["next"] = std::to_string(rows[limit - 1].version);
  return json_response(out);
}

Result<http::Response> tags(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto limit = read_limit(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto counts, context.note_search.tags(caller.organization, limit));
  json::array items;
  for (const auto& [tag, notes] : counts)
    items.push_back({{"tag", tag}, {"notes", notes}});
  return json_response({{"items", std::move(items)}});
}

Result<http::Response> colleagues(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto [limit, after] = read_page<UserId>(parameters);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto people, context.note_search.colleagues(caller.organization, after, limit + 1));
  return json_response(page_json(
      people, limit, [](const desk::Colleague& one) { return named_person_json(one.id, one.name); }));
}

}  // namespace

void add_note_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view all = "/api/v1/notes", one = "/api/v1/notes/{noteId}";
  router.add(Method::get, all, guarded(context, Permission::read_notes, list));
  router.add(Method::post, all, guarded(context, Permission::write_notes, create));
  router.add(Method::get, one, guarded(context, Permission::read_notes, get));
  router.add(Method::patch, one, guarded(context, Permission::write_notes, edit));
  router.add(Method::delete_, one, guarded(context, Permission::write_notes, remove));
  router.add(Method::get, "/api/v1/notes/{noteId}/revisions",
             guarded(context, Permission::read_notes, revisions));
  router.add(Method::get, "/api/v1/note-tags", guarded(context, Permission::read_notes, tags));
  router.add(Method::get, "/api/v1/colleagues", guarded(context, Permission::read_notes, colleagues));
}

}  // namespace longtake::api
