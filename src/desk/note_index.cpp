#include "desk/note_index.h"

#include <algorithm>
#include <limits>

#include "desk/mentions.h"
#include "desk/note_rows.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

constexpr std::string_view select_taken = "select 1 from notes where place = ?";
constexpr std::string_view count_tag =
    "insert into note_tags (organization_id, tag, notes) values (?, ?, 1) on conflict (organization_id, tag) "
    "do "
    "update set notes = notes + 1";
constexpr std::string_view uncount_tag =
    "update note_tags set notes = notes - 1 where organization_id = ? and tag = ?";
constexpr std::string_view delete_unused =
    "delete from note_tags where organization_id = ? and tag = ? and notes < 1";
constexpr std::string_view insert_mention = "insert into note_mentions (note_id, user_id) values (?, ?)";
constexpr std::string_view delete_mentions = "delete from note_mentions where note_id = ?";

constexpr int place_bits = 20;

std::string words_of(const NoteContent& content) {
  auto words = without_mentions(content.text) + ' ' + words_in(content.fields);
  for (const auto& tag : content.tags)
    words += tag + ' ';
  return words;
}

}  // namespace

std::int64_t first_place(WallTime at) {
  constexpr auto last = std::numeric_limits<std::int64_t>::max() >> place_bits;  // in the year 2248
  const std::int64_t ms = std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count();
  return std::clamp<std::int64_t>(ms, 0, last) << place_bits;
}

Result<std::int64_t> free_place(Session& session, WallTime at, NoteId id) {
  constexpr std::int64_t in_one = (std::int64_t{1} << place_bits) - 1;
  for (std::int64_t number = id.value;; ++number) {
    const auto place = first_place(at) | (number & in_one);
    LT_TRY(const auto taken, session.find(
                                 select_taken, [](std::int64_t one) { return one; }, place));
    if (!taken && place > 0) return place;
  }
}

std::string mark_of(OrganizationId id) {
  return fmt::format("o{}", id);
}
std::string mark_of(ChannelId id) {
  return fmt::format("c{}", id);
}
std::string mark_of_author(UserId id) {
  return fmt::format("u{}", id);
}
std::string mark_of_mention(UserId id) {
  return fmt::format("m{}", id);
}
std::string mark_of(NoteTemplateId id) {
  return fmt::format("t{}", id);
}
std::string mark_of_tag(const std::string& tag) {
  return storage::sql::text_mark("g", tag);
}

Status add_to_index(Session& session, OrganizationId organization, const Note& note) {
  const auto& content = note.content;
  std::vector<std::string> marks{mark_of(organization), mark_of(content.channel),
                                 mark_of_author(note.author.id)};
  if (content.form) marks.push_back(mark_of(content.form));
  for (const auto& tag : content.tags) {
    marks.push_back(mark_of_tag(tag));
    LT_CHECK(session.execute(count_tag, organization, tag));
  }
  for (const auto user : mentions_in(content.text)) {
    LT_TRY(const bool known, is_of(session, organization, user));
    if (!known) continue;  // somebody who left: the text stays as it was typed
    marks.push_back(mark_of_mention(user));
    LT_CHECK(session.execute(insert_mention, note.id, user));
  }
  return note_texts.put(session,
                        {.place = note.place, .marks = std::move(marks), .words = words_of(content)});
}

Status take_from_index(Session& session, OrganizationId organization, const Note& note) {
  for (const auto& tag : note.content.tags) {
    LT_CHECK(session.execute(uncount_tag, organization, tag));
    LT_CHECK(session.execute(delete_unused, organization, tag));
  }
  LT_CHECK(session.execute(delete_mentions, note.id));
  return note_texts.drop(session, note.place);
}

}  // namespace longtake::desk
