// /note-templates: the organization's own format of notes.
#include <algorithm>
#include <boost/json/array.hpp>

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
using desk::NoteTemplate;
using desk::NoteTemplateContent;
using desk::NoteTemplateId;

const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> names = {"text",   "choice", "multi",     "tag",
                                                 "person", "number", "time-range"};
  return names;
}

desk::Field read_field(Fields& fields) {
  desk::Field field{
      .key = fields.required_text("key", {1, 40}),
      .label = fields.required_text("label", {1, 80}),
      .kind =
          desk::find_field_kind(fields.required_choice("kind", kind_names())).value_or(desk::FieldKind::text),
      .required = fields.boolean("required").value_or(false)};
  auto options = fields.objects("options", desk::most_options);
  if (!options) return field;
  for (auto& option : *options) {
    field.options.push_back(
        {option.required_text("value", {1, 50}), option.text("hotkey", {1, 1}).value_or("")});
    fields.join(option);
  }
  return field;
}

/// What is there replaces what `content` says; a channel that is none gives id 0, which no organization has.
void read_content(Fields& fields, NoteTemplateContent& content) {
  if (auto list = fields.objects("fields", desk::most_fields)) {
    content.fields.clear();
    for (auto& inner : *list) {
      content.fields.push_back(read_field(inner));
      fields.join(inner);
    }
  }
  if (const auto ids = fields.texts("channelIds", {1, 64}, 200)) {
    content.channels.clear();
    for (const auto& text : *ids) {
      const auto id = parse_id<ChannelId>(text);
      const auto channel = id ? *id : ChannelId{};
      if (std::find(content.channels.begin(), content.channels.end(), channel) == content.channels.end())
        content.channels.push_back(channel);
    }
  }
  if (const auto is_default = fields.boolean("isDefault")) content.is_default = *is_default;
}

/// 400 when anything is wrong with it, by the reader or by the room.
std::optional<http::Response> refuse(Fields& fields, const NoteTemplateContent& content) {
  if (auto invalid = fields.finish()) return invalid;
  std::vector<http::FieldError> errors;
  for (auto& [name, message] : desk::check_fields(content.fields))
    errors.push_back({name, message});
  if (!errors.empty()) return invalid_fields(std::move(errors));
  return {};
}

http::Response template_response(const NoteTemplate& form, int status = 200) {
  return json_response(note_template_json(form), status).with_etag(std::to_string(form.version));
}

void tell_pages(Context& context, const Identity& caller) {
  context.events.publish(caller.organization, "note-templates", "note-templates", "{}",
                         Permission::read_notes);
}

Result<NoteTemplate> find_template(const Context& context, const http::Request& request,
                                   const Identity& caller) {
  const auto id = parse_id<NoteTemplateId>(request.param("templateId"));
  if (!id) return make_error(Code::not_found, "there is no such note template");
  return context.note_templates.get(caller.organization, *id);
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto forms, context.note_templates.list(caller.organization));
  json::array items;
  for (const auto& form : forms)
    items.push_back(note_template_json(form));
  return json_response({{"items", std::move(items)}});
}

Result<http::Response> create(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  NoteTemplateContent content{.name = fields.required_text("name", {1, 80})};
  if (!fields.has("fields")) fields.fail("fields", "is missing");
  read_content(fields, content);
  if (auto invalid = refuse(fields, content)) return *std::move(invalid);
  return context.idempotency.once(
      request, {caller.organization, caller.user}, [&]() -> Result<http::Response> {
        LT_TRY(const auto form, context.note_templates.create(caller.organization, content));
        tell_pages(context, caller);
        return template_response(form, 201).with("Location",
                                                 fmt::format("/api/v1/note-templates/{}", form.id));
      });
}

Result<http::Response> get(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto form, find_template(context, request, caller));
  return template_response(form);
}

Result<http::Response> edit(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  for (int tries = 1;; ++tries) {
    LT_TRY(const auto form, find_template(context, request, caller));
    Fields fields{request};
    auto content = form.content;
    if (auto name = fields.text("name", {1, 80})) content.name = *std::move(name);
    read_content(fields, content);
    if (auto invalid = refuse(fields, content)) return *std::move(invalid);
    if (!is_of_version(request, form.version)) return stale("note template");
    auto edited = context.note_templates.update(caller.organization, form.id, content, form.version);
    if (!edited && edited.error().kind() == "stale") {
      if (names_version(request)) return stale("note template");
      if (tries < most_note_edits) continue;
    }
    if (!edited) return std::move(edited).error();
    tell_pages(context, caller);
    return template_response(*edited);
  }
}

Result<http::Response> remove(Context& context, const http::Request& request, const Identity& caller) {
  LT_TRY(const auto form, find_template(context, request, caller));
  if (!is_of_version(request, form.version)) return stale("note template");
  const auto removed = context.note_templates.remove(
      caller.organization, form.id, names_version(request) ? std::optional{form.version} : std::nullopt);
  if (!removed && removed.error().kind() == "stale") return stale("note template");
  if (!removed) return removed.error();
  tell_pages(context, caller);
  return http::Response::empty(204);
}

}  // namespace

void add_note_template_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view all = "/api/v1/note-templates", one = "/api/v1/note-templates/{templateId}";
  router.add(Method::get, all, guarded(context, Permission::read_notes, list));
  router.add(Method::post, all, guarded(context, Permission::manage_notes, create));
  router.add(Method::get, one, guarded(context, Permission::read_notes, get));
  router.add(Method::patch, one, guarded(context, Permission::manage_notes, edit));
  router.add(Method::delete_, one, guarded(context, Permission::manage_notes, remove));
}

}  // namespace longtake::api
