#include "desk/notes.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <set>

#include "desk/characters.h"
#include "desk/note_index.h"
#include "desk/note_rows.h"
#include "storage/sql/database.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

constexpr std::string_view insert_note =
    "insert into notes (organization_id, channel_id, at_us, to_us, template_id, fields, text, tags, "
    "author_id, "
    "created_us, updated_us, updated_by, client_key, request_hash) select c.organization_id, c.id, ?, ?, ?, "
    "?, ?, ?, "
    "?, ?, ?, ?, ?, ? from channels c where c.id = ? and c.organization_id = ? and c.removed_us is null "
    "returning id";
constexpr std::string_view place_note = "update notes set place = ? where id = ?";
constexpr std::string_view select_made =
    "select id, request_hash from notes where author_id = ? and organization_id = ? and client_key = ?";
constexpr std::string_view update_note =
    "update notes set at_us = ?, to_us = ?, place = ?, template_id = ?, fields = ?, text = ?, tags = ?, "
    "updated_us = ?, updated_by = ?, version = version + 1 where id = ? and organization_id = ?";
constexpr std::string_view remove_note =
    "update notes set place = null, removed_us = ? where id = ? and organization_id = ?";
constexpr std::string_view let_screenshots_go = "update screenshots set note_id = null where note_id = ?";
constexpr std::string_view let_clips_go =
    "update clips set note_id = null, version = version + 1 where note_id = ?";
constexpr std::string_view insert_revision =
    "insert into note_revisions (note_id, version, body, author_id, at_us) values (?, ?, ?, ?, ?)";
constexpr std::string_view select_revisions =
    "select r.version, r.body, u.id, case when u.erased_us is null then u.name else '' end, r.at_us "
    "from note_revisions r join users u on u.id = r.author_id where r.note_id = ? and r.version < ? "
    "order by r.version desc limit ?";

/// A page's clock may be ahead of ours.
constexpr std::chrono::minutes ahead{5};
constexpr std::chrono::hours longest{24};

Error no_note() {
  return make_error(Code::not_found, "there is no such note");
}

Error stale() {
  return make_error(Code::conflict, "somebody edited this note meanwhile: load it again").named("stale");
}

Result<Note> get_note(Session& session, OrganizationId organization, NoteId id) {
  LT_TRY(auto note, find_note(session, organization, id));
  if (!note) return no_note();
  return *std::move(note);
}

/// Of what was asked, so that a key that is used twice shows.
std::string request_hash(const NoteContent& content) {
  const auto text = fmt::format("{} {}", content.channel, format_content(content));
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), nullptr, 0);
  std::string hex;
  for (const auto byte : hash)
    fmt::format_to(std::back_inserter(hex), "{:02x}", byte);
  return hex;
}

Result<std::optional<Note>> find_by_key(Session& session, OrganizationId organization, const NewNote& note) {
  struct Made {
    NoteId id;
    std::string hash;
  };
  if (note.key.empty()) return std::optional<Note>{};
  LT_TRY(const auto made, session.find(
                              select_made,
                              [](NoteId id, std::string hash) {
                                return Made{id, std::move(hash)};
                              },
                              note.author, organization, note.key));
  if (!made) return std::optional<Note>{};
  if (made->hash != request_hash(note.content))
    return make_error(Code::conflict, "this Idempotency-Key was used for another note");
  LT_TRY(auto found, find_note(session, organization, made->id));
  if (!found) return make_error(Code::conflict, "the note of this Idempotency-Key was removed");
  return found;
}

using Tags = std::vector<std::string>;

/// In the order of `tags`.
Tags without(Tags tags, const Tags& others) {
  std::erase_if(tags, [&](const std::string& tag) { return std::ranges::find(others, tag) != others.end(); });
  return tags;
}

/// `typed`: those that no field gave.
void check_tags(const Tags& typed, std::vector<FieldProblem>& problems) {
  if (typed.size() > Notes::most_tags)
    problems.push_back({"tags", fmt::format("are at most {}", Notes::most_tags)});
}

/// `fresh`: those that the note did not have before.
void check_spelling(const Tags& fresh, std::vector<FieldProblem>& problems) {
  if (!std::ranges::all_of(fresh, [](const auto& tag) { return fits(tag, {1, 50}) && is_tidy(tag); }))
    problems.push_back({"tags", "have 1 to 50 characters each, without spaces around them"});
}

bool says_nothing(const NoteContent& content) {
  return content.text.find_first_not_of(" \t\r\n") == content.text.npos && content.tags.empty() &&
         content.fields.empty();
}

/// The tags that were given, and those that its fields give, each once.
std::vector<std::string> all_tags(const NoteContent& content, const std::vector<Field>& fields) {
  std::vector<std::string> tags;
  std::set<std::string> seen;
  const auto add = [&](const std::vector<std::string>& some) {
    for (const auto& tag : some)
      if (seen.insert(tag).second) tags.push_back(tag);
  };
  add(content.tags);
  add(tags_in(content.fields, fields));
  return tags;
}

}  // namespace

/// None without a template.
Result<std::vector<Field>> Notes::fields_of(OrganizationId organization, NoteTemplateId form) const {
  if (!form) return std::vector<Field>{};
  LT_TRY(auto found, templates_.get_ever(organization, form));
  return std::move(found.content.fields);
}

Result<std::vector<FieldProblem>> Notes::check(OrganizationId organization, const NoteContent& content,
                                               const NoteContent* before) const {
  std::vector<FieldProblem> problems;
  if (content.at > clock_.now() + ahead) problems.push_back({"at", "is in the future"});
  if (content.at < WallTime{}) problems.push_back({"at", "is before 1970"});
  if (content.to && (*content.to <= content.at || *content.to - content.at > longest))
    problems.push_back({"to", "must be after `at`, by at most 24 hours"});
  if (!fits(content.text, {0, most_characters}))
    problems.push_back({"text", fmt::format("must have at most {} characters, and no NUL", most_characters)});
  LT_TRY(const auto fields, fields_of(organization, content.form));
  auto typed = without(content.tags, tags_in(content.fields, fields));
  if (before) {
    LT_TRY(const auto fields_before, fields_of(organization, before->form));
    typed = without(std::move(typed), tags_in(before->fields, fields_before));
  }
  check_tags(typed, problems);
  check_spelling(before ? without(typed, before->tags) : content.tags, problems);
  const ValueRules rules{
      .fields = &fields, .before = before ? &before->fields : nullptr, .is_member = [&](UserId user) {
        return database_.read([&](Session& session) { return is_of(session, organization, user); });
      }};
  LT_TRY(auto of_fields, check_values(content.fields, rules));
  problems.insert(problems.end(), of_fields.begin(), of_fields.end());
  if (problems.empty() && says_nothing(content))
    problems.push_back({"text", "is empty, and nothing else is said"});
  return problems;
}

Result<std::optional<Note>> Notes::find_made(OrganizationId organization, const NewNote& note) const {
  return database_.read([&](Session& session) { return find_by_key(session, organization, note); });
}

Result<Note> Notes::create(OrganizationId organization, const NewNote& wanted) {
  const auto now = clock_.now();
  auto note = wanted;
  LT_TRY(const auto fields, fields_of(organization, note.content.form));
  note.content.tags = all_tags(wanted.content, fields);
  const auto key = note.key.empty() ? std::nullopt : std::optional{note.key};
  return database_.write([&](Session& session) -> Result<Note> {
    LT_TRY(auto made, find_by_key(session, organization, wanted));
    if (made) return *std::move(made);
    const auto& content = note.content;
    LT_TRY(const auto id,
           session.find(
               insert_note, [](NoteId i) { return i; }, content.at, content.to, unless_none(content.form),
               boost::json::serialize(content.fields), content.text, format_tags(content.tags), note.author,
               now, now, note.author, key, request_hash(wanted.content), content.channel, organization));
    if (!id) return make_error(Code::not_found, "there is no such channel");
    LT_TRY(const auto place, free_place(session, content.at, *id));
    LT_CHECK(session.execute(place_note, place, *id));
    const Note there{.id = *id, .content = content, .place = place, .author = {note.author, {}}};
    LT_CHECK(add_to_index(session, organization, there));
    return get_note(session, organization, *id);
  });
}

Result<Note> Notes::get(OrganizationId organization, NoteId id) const {
  return database_.read([&](Session& session) { return get_note(session, organization, id); });
}

Result<Note> Notes::update(OrganizationId organization, NoteId id, const NoteEdit& edit) {
  const auto now = clock_.now();
  auto content = edit.content;
  LT_TRY(const auto fields, fields_of(organization, content.form));
  LT_TRY(const auto known, get(organization, id));
  LT_TRY(const auto fields_before, fields_of(organization, known.content.form));
  // What a field gave and gives no more goes with its value.
  const auto given = tags_in(content.fields, fields);
  content.tags = without(content.tags, without(tags_in(known.content.fields, fields_before), given));
  content.tags = all_tags(content, fields);
  return database_.write([&](Session& session) -> Result<Note> {
    LT_TRY(const auto before, get_note(session, organization, id));
    if (edit.expected_version && *edit.expected_version != before.version) return stale();
    content.channel = before.content.channel;
    if (content == before.content) return before;
    LT_CHECK(session.execute(insert_revision, id, before.version, format_content(before.content),
                             before.editor.id, before.updated));
    LT_CHECK(take_from_index(session, organization, before));
    auto place = before.place;
    if (content.at != before.content.at) {
      LT_TRY(place, free_place(session, content.at, id));
    }
    LT_CHECK(session.execute(update_note, content.at, content.to, place, unless_none(content.form),
                             boost::json::serialize(content.fields), content.text, format_tags(content.tags),
                             now, edit.editor, id, organization));
    const Note there{.id = id, .content = content, .place = place, .author = before.author};
    LT_CHECK(add_to_index(session, organization, there));
    return get_note(session, organization, id);
  });
}

Status Notes::remove(OrganizationId organization, NoteId id, std::optional<std::int64_t> expected_version) {
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto before, get_note(session, organization, id));
    if (expected_version && *expected_version != before.version) return stale();
    LT_CHECK(take_from_index(session, organization, before));
    LT_CHECK(session.execute(remove_note, now, id, organization));
    LT_CHECK(session.execute(let_screenshots_go, id));
    LT_CHECK(session.execute(let_clips_go, id));
    return {};
  });
}

Result<std::vector<NoteRevision>> Notes::revisions(OrganizationId organization, NoteId id,
                                                   std::int64_t before, std::size_t limit) const {
  struct Row {
    NoteRevision revision;
    std::string body;
  };
  return database_.read([&](Session& session) -> Result<std::vector<NoteRevision>> {
    LT_TRY(const auto note, get_note(session, organization, id));
    LT_TRY(auto rows,
           session.query(
               select_revisions,
               [](std::int64_t version, std::string body, UserId author, std::string name, WallTime at) {
                 return Row{{.version = version, .author = {author, std::move(name)}, .at = at},
                            std::move(body)};
               },
               id, before == 0 ? INT64_MAX : before, limit));
    std::vector<NoteRevision> out;
    for (auto& row : rows) {
      LT_TRY(row.revision.content, parse_content(note.content.channel, row.body));
      out.push_back(std::move(row.revision));
    }
    return out;
  });
}

Result<std::vector<Note>> Notes::written_by(UserId author, NoteId after, std::size_t limit) const {
  return database_.read([&](Session& session) { return notes_of_author(session, author, after, limit); });
}

}  // namespace longtake::desk
