#include "api/note_shapes.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "http/problem.h"

namespace longtake::api {
namespace {

namespace json = boost::json;

json::array texts_json(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& text : texts)
    out.emplace_back(text);
  return out;
}

template <class AnyId>
json::array ids_json(const std::vector<AnyId>& ids) {
  json::array out;
  for (const auto id : ids)
    out.emplace_back(to_string(id));
  return out;
}

/// What a note and its revisions both say.
void add_content(json::object& out, const desk::NoteContent& content) {
  out["at"] = format_rfc3339(content.at);
  if (content.to) out["to"] = format_rfc3339(*content.to);
  if (content.form) out["templateId"] = to_string(content.form);
  out["fields"] = content.fields;
  out["text"] = content.text;
  out["tags"] = texts_json(content.tags);
}

}  // namespace

json::object named_person_json(UserId id, const std::string& name) {
  return {{"id", to_string(id)}, {"name", name}};
}

json::object note_json(const desk::Note& note) {
  json::array mentions;
  for (const auto& [id, name] : note.mentions)
    mentions.push_back(named_person_json(id, name));
  json::object out{{"id", to_string(note.id)},
                   {"channelId", to_string(note.content.channel)},
                   {"channel", note.channel_name}};
  add_content(out, note.content);
  out["authorId"] = to_string(note.author.id);
  out["author"] = note.author.name;
  out["mentions"] = std::move(mentions);
  out["screenshotIds"] = ids_json(note.screenshots);
  out["clipIds"] = ids_json(note.clips);
  out["createdAt"] = format_rfc3339(note.created);
  out["updatedAt"] = format_rfc3339(note.updated);
  out["updatedBy"] = named_person_json(note.editor.id, note.editor.name);
  out["version"] = note.version;
  return out;
}

json::object note_revision_json(const desk::NoteRevision& revision) {
  json::object out{{"version", revision.version}};
  add_content(out, revision.content);
  out["writtenAt"] = format_rfc3339(revision.at);
  out["writtenBy"] = named_person_json(revision.author.id, revision.author.name);
  return out;
}

json::object note_template_json(const desk::NoteTemplate& form) {
  json::array fields, channels;
  for (const auto& field : form.content.fields) {
    json::array options;
    for (const auto& [value, hotkey] : field.options) {
      json::object option{{"value", value}};
      if (!hotkey.empty()) option["hotkey"] = hotkey;
      options.push_back(std::move(option));
    }
    fields.push_back({{"key", field.key},
                      {"label", field.label},
                      {"kind", desk::to_string(field.kind)},
                      {"required", field.required},
                      {"options", std::move(options)}});
  }
  for (const auto id : form.content.channels)
    channels.emplace_back(to_string(id));
  return {{"id", to_string(form.id)},
          {"name", form.content.name},
          {"fields", std::move(fields)},
          {"channelIds", std::move(channels)},
          {"isDefault", form.content.is_default},
          {"version", form.version}};
}

http::Response stale(std::string_view thing) {
  return http::problem({.status = 412,
                        .type = "urn:longtake:stale",
                        .detail = fmt::format("somebody edited this {} meanwhile: load it again", thing)});
}

void publish_note(Context& context, OrganizationId organization, const desk::Note& note) {
  context.events.publish(organization, "note", "note/" + to_string(note.id), json::serialize(note_json(note)),
                         access::Permission::read_notes);
}

}  // namespace longtake::api
