#include "desk/note_search.h"

#include <algorithm>

#include "desk/note_index.h"
#include "desk/note_rows.h"
#include "storage/sql/database.h"

namespace longtake::desk {
namespace {

using storage::sql::Session;

constexpr std::string_view select_tags =
    "select tag, notes from note_tags where organization_id = ? order by notes desc, tag limit ?";
constexpr std::string_view select_colleagues =
    "select u.id, u.name from memberships m join users u on u.id = m.user_id where m.organization_id = ? and "
    "u.id > ? and u.disabled_us is null and u.erased_us is null order by u.id limit ?";

std::vector<std::string> marks_of(OrganizationId organization, const NoteFilter& filter) {
  std::vector<std::string> marks{mark_of(organization)};
  if (filter.channel) marks.push_back(mark_of(filter.channel));
  if (!filter.tag.empty()) marks.push_back(mark_of_tag(filter.tag));
  if (filter.author) marks.push_back(mark_of_author(filter.author));
  if (filter.mentions) marks.push_back(mark_of_mention(filter.mentions));
  if (filter.form) marks.push_back(mark_of(filter.form));
  return marks;
}

/// Places are of milliseconds; the first and the last one may lie outside by less.
bool within(const NoteFilter& filter, WallTime at) {
  return (!filter.from || at >= *filter.from) && (!filter.to || at < *filter.to);
}

}  // namespace

Result<NoteSearch::Page> NoteSearch::list(OrganizationId organization, const NoteFilter& filter,
                                          std::int64_t before, std::size_t limit) const {
  storage::sql::TextIndex::Question question{
      .marks = marks_of(organization, filter), .text = filter.text, .limit = limit + 1};
  if (filter.from) question.from = first_place(*filter.from);
  if (filter.to) question.before = first_place(*filter.to + std::chrono::milliseconds{1});
  if (before != 0) question.before = std::min(question.before, before);
  return database_.read([&](Session& session) -> Result<Page> {
    LT_TRY(const auto places, note_texts.find(session, question));
    Page page;
    LT_TRY(page.notes,
           notes_at(session, organization, std::span{places}.first(std::min(limit, places.size()))));
    std::erase_if(page.notes, [&](const Note& note) { return !within(filter, note.content.at); });
    if (places.size() > limit) page.next = places[limit - 1];
    return page;
  });
}

Result<std::vector<TagCount>> NoteSearch::tags(OrganizationId organization, std::size_t limit) const {
  return database_.read([&](Session& session) {
    return session.query(
        select_tags,
        [](std::string tag, std::int64_t notes) {
          return TagCount{std::move(tag), notes};
        },
        organization, limit);
  });
}

Result<std::vector<Colleague>> NoteSearch::colleagues(OrganizationId organization, UserId after,
                                                      std::size_t limit) const {
  return database_.read([&](Session& session) {
    return session.query(
        select_colleagues,
        [](UserId id, std::string name) {
          return Colleague{id, std::move(name)};
        },
        organization, after, limit);
  });
}

}  // namespace longtake::desk
