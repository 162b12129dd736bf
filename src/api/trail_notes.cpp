#include "api/trail_notes.h"

#include "base/time.h"

namespace longtake::api {

namespace json = boost::json;

std::optional<json::object> note_facts(const Context& context, const access::Identity& caller,
                                       const http::Request&, const std::string& id) {
  const auto parsed = parse_id<desk::NoteId>(id);
  if (!parsed) return {};
  const auto note = context.notes.get(caller.organization, *parsed);
  if (!note) return {};
  return json::object{{"channel", to_string(note->content.channel)}, {"at", format_rfc3339(note->content.at)},
                      {"template", to_string(note->content.form)},   {"bytes", note->content.text.size()},
                      {"author", to_string(note->author.id)},        {"version", note->version}};
}

std::optional<json::object> note_template_facts(const Context& context, const access::Identity& caller,
                                                const http::Request&, const std::string& id) {
  const auto parsed = parse_id<desk::NoteTemplateId>(id);
  if (!parsed) return {};
  const auto form = context.note_templates.get(caller.organization, *parsed);
  if (!form) return {};
  std::string fields;
  for (const auto& field : form->content.fields)
    fields += (fields.empty() ? "" : ", ") + field.key + (field.required ? "*" : "");
  return json::object{{"name", form->content.name},
                      {"fields", fields},
                      {"channels", form->content.channels.size()},
                      {"isDefault", form->content.is_default},
                      {"version", form->version}};
}

}  // namespace longtake::api
