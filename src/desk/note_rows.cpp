#include "desk/note_rows.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "desk/mentions.h"

namespace longtake::desk {
namespace {

namespace json = boost::json;
using storage::sql::Session;

#define NOTE_COLUMNS                                                                                     \
  "select n.id, n.channel_id, c.name, n.at_us, n.to_us, n.place, coalesce(n.template_id, 0), n.fields, " \
  "n.text, "                                                                                             \
  "n.tags, n.author_id, case when a.erased_us is null then a.name else '' end, n.updated_by, "           \
  "case when e.erased_us is null then e.name else '' end, n.created_us, n.updated_us, n.version "        \
  "from notes n join channels c on c.id = n.channel_id join users a on a.id = n.author_id "              \
  "join users e on e.id = n.updated_by where n.place is not null and "
constexpr std::string_view select_by_id = NOTE_COLUMNS "n.organization_id = ? and n.id = ?";
constexpr std::string_view select_by_place = NOTE_COLUMNS "n.organization_id = ? and n.place = ?";
constexpr std::string_view select_by_author =
    NOTE_COLUMNS "n.author_id = ? and n.id > ? order by n.id limit ?";
constexpr std::string_view select_mentions =
    "select u.id, case when u.erased_us is null then u.name else '' end from note_mentions m "
    "join users u on u.id = m.user_id where m.note_id = ? order by u.id";
constexpr std::string_view select_member =
    "select 1 from users u where u.id = ? and u.erased_us is null and (u.superadmin = 1 or exists "
    "(select 1 from memberships m where m.user_id = u.id and m.organization_id = ?))";

constexpr std::string_view select_there =
    "select 1 from notes where id = ? and organization_id = ? and place is not null";

struct Row {
  Note note;
  std::string fields, tags;
};
constexpr auto make_row = [](NoteId id, ChannelId channel, std::string channel_name, WallTime at,
                             std::optional<WallTime> to, std::int64_t place, NoteTemplateId form,
                             std::string fields, std::string text, std::string tags, UserId author,
                             std::string author_name, UserId editor, std::string editor_name,
                             WallTime created, WallTime updated, std::int64_t version) {
  return Row{
      .note = {.id = id,
               .content = {.channel = channel, .at = at, .to = to, .form = form, .text = std::move(text)},
               .channel_name = std::move(channel_name),
               .place = place,
               .author = {author, std::move(author_name)},
               .editor = {editor, std::move(editor_name)},
               .created = created,
               .updated = updated,
               .version = version},
      .fields = std::move(fields),
      .tags = std::move(tags)};
};

Error damaged() {
  return make_error(Code::internal, "a note cannot be read");
}

Result<json::object> parse_object(const std::string& text) {
  json::error_code ec;
  auto value = json::parse(text, ec);
  if (ec || !value.is_object()) return damaged();
  return std::move(value.get_object());
}

Result<std::vector<std::string>> tags_of(const json::value& value) {
  if (!value.is_array()) return damaged();
  std::vector<std::string> tags;
  for (const auto& tag : value.get_array()) {
    if (!tag.is_string()) return damaged();
    tags.emplace_back(tag.get_string());
  }
  return tags;
}

json::array tags_json(const std::vector<std::string>& tags) {
  json::array out;
  for (const auto& tag : tags)
    out.emplace_back(tag);
  return out;
}

struct Kept {
  NoteId note;
  std::int64_t id;
};

std::string kept_of(std::string_view table, std::size_t notes) {
  std::string places = "?";
  for (std::size_t i = 1; i < notes; ++i)
    places += ", ?";
  return fmt::format("select note_id, id from {} where note_id in ({}) and removed_us is null order by id",
                     table, places);
}

/// What is kept with so many notes at most: a question names always as many, those that are too many as 0, so
/// that its text is prepared once.
template <std::size_t at_once>
Status read_kept_with(Session& session, std::span<Note> notes) {
  static const auto screenshots = kept_of("screenshots", at_once), clips = kept_of("clips", at_once);
  std::array<NoteId, at_once> ids{};
  std::ranges::transform(notes, ids.begin(), &Note::id);
  const auto make_kept = [](NoteId note, std::int64_t id) { return Kept{note, id}; };
  const auto ask = [&](const std::string& sql) {
    return std::apply([&](const auto&... each) { return session.query(sql, make_kept, each...); }, ids);
  };
  const auto of = [&](NoteId id) -> Note& { return *std::ranges::find(notes, id, &Note::id); };
  LT_TRY(const auto pictures, ask(screenshots));
  for (const auto& [note, id] : pictures)
    of(note).screenshots.emplace_back(id);
  LT_TRY(const auto films, ask(clips));
  for (const auto& [note, id] : films)
    of(note).clips.emplace_back(id);
  return {};
}

Status read_kept(Session& session, std::span<Note> notes) {
  constexpr std::size_t few = 4, many = 50;
  if (notes.empty()) return {};
  if (notes.size() <= few) return read_kept_with<few>(session, notes);
  for (; !notes.empty(); notes = notes.subspan(std::min(many, notes.size())))
    LT_CHECK(read_kept_with<many>(session, notes.first(std::min(many, notes.size()))));
  return {};
}

Result<Note> read_content(Session& session, Row row) {
  auto& content = row.note.content;
  LT_TRY(content.fields, parse_object(row.fields), "reading note {}", row.note.id);
  json::error_code ec;
  const auto tags = json::parse(row.tags, ec);
  LT_TRY(content.tags, tags_of(tags), "reading note {}", row.note.id);
  if (mentions_in(content.text).empty()) return std::move(row.note);
  LT_TRY(row.note.mentions, session.query(
                                select_mentions,
                                [](UserId id, std::string name) {
                                  return NamedPerson{id, std::move(name)};
                                },
                                row.note.id));
  return std::move(row.note);
}

Result<std::vector<Note>> complete(Session& session, std::vector<Row> rows) {
  std::vector<Note> notes;
  notes.reserve(rows.size());
  for (auto& row : rows) {
    LT_TRY(auto note, read_content(session, std::move(row)));
    notes.push_back(std::move(note));
  }
  LT_CHECK(read_kept(session, notes));
  return notes;
}

}  // namespace

Result<std::optional<Note>> find_note(Session& session, OrganizationId organization, NoteId id) {
  LT_TRY(auto rows, session.query(select_by_id, make_row, organization, id));
  LT_TRY(auto notes, complete(session, std::move(rows)));
  return notes.empty() ? std::nullopt : std::optional{std::move(notes.front())};
}

Result<std::vector<Note>> notes_at(Session& session, OrganizationId organization,
                                   std::span<const std::int64_t> places) {
  std::vector<Row> rows;
  for (const auto place : places) {
    LT_TRY(auto row, session.find(select_by_place, make_row, organization, place));
    if (row) rows.push_back(*std::move(row));
  }
  return complete(session, std::move(rows));
}

Result<std::vector<Note>> notes_of_author(Session& session, UserId author, NoteId after, std::size_t limit) {
  LT_TRY(auto rows, session.query(select_by_author, make_row, author, after, limit));
  return complete(session, std::move(rows));
}

Status check_note(Session& session, OrganizationId organization, NoteId id) {
  if (!id) return {};
  LT_TRY(const auto found, session.find(
                               select_there, [](std::int64_t one) { return one; }, id, organization));
  if (found) return {};
  return make_error(Code::not_found, "there is no such note").named("no-such-note");
}

Result<bool> is_of(Session& session, OrganizationId organization, UserId user) {
  LT_TRY(const auto found, session.find(
                               select_member, [](std::int64_t one) { return one; }, user, organization));
  return found.has_value();
}

std::string format_tags(const std::vector<std::string>& tags) {
  return json::serialize(tags_json(tags));
}

std::string format_content(const NoteContent& content) {
  json::object out{{"at", to_us(content.at)},
                   {"template", content.form.value},
                   {"fields", content.fields},
                   {"text", content.text},
                   {"tags", tags_json(content.tags)}};
  if (content.to) out["to"] = to_us(*content.to);
  return json::serialize(out);
}

Result<NoteContent> parse_content(ChannelId channel, const std::string& text) {
  LT_TRY(const auto object, parse_object(text));
  NoteContent content{.channel = channel};
  try {
    content.at = wall_from_us(object.at("at").as_int64());
    if (const auto* to = object.if_contains("to")) content.to = wall_from_us(to->as_int64());
    content.form = NoteTemplateId{object.at("template").as_int64()};
    content.fields = object.at("fields").as_object();
    content.text = object.at("text").as_string();
    LT_TRY(content.tags, tags_of(object.at("tags")));
  } catch (const std::exception&) {
    return damaged();
  }
  return content;
}

}  // namespace longtake::desk
