#pragma once
// Notes found again. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "desk/notes.h"

namespace longtake::desk {

/// All of what is set.
struct NoteFilter {
  std::string text;  ///< words anywhere in it, the last one by its beginning; "in quotes" a phrase
  ChannelId channel;
  std::string tag;
  UserId author;
  UserId mentions;
  NoteTemplateId form;
  std::optional<WallTime> from, to;  ///< of `at`, half-open
};

struct TagCount {
  std::string tag;
  std::int64_t notes = 0;
};

struct Colleague {
  UserId id;
  std::string name;
};

class NoteSearch {
 public:
  explicit NoteSearch(storage::sql::Database& database) : database_(database) {}

  struct Page {
    std::vector<Note> notes;           ///< newest first
    std::optional<std::int64_t> next;  ///< where the next page begins; nothing: this is the last
  };
  /// `before`: the `next` of the page before; zero: from the newest on.
  Result<Page> list(OrganizationId organization, const NoteFilter& filter, std::int64_t before,
                    std::size_t limit) const;
  /// Most used first.
  Result<std::vector<TagCount>> tags(OrganizationId organization, std::size_t limit) const;
  /// Who can be named in a note: the members that are not disabled, by id after `after`.
  Result<std::vector<Colleague>> colleagues(OrganizationId organization, UserId after,
                                            std::size_t limit) const;

 private:
  storage::sql::Database& database_;
};

}  // namespace longtake::desk
