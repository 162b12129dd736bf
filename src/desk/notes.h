#pragma once
// Notes: what somebody wrote of a moment of a channel. Any thread; writes wait for the database's writer.

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "desk/ids.h"
#include "desk/note_fields.h"
#include "desk/note_templates.h"

namespace longtake::desk {

/// What a person says.
struct NoteContent {
  ChannelId channel;
  WallTime at;
  std::optional<WallTime> to;  ///< after `at`, when it is about more than a moment
  NoteTemplateId form;         ///< the template; zero: none
  boost::json::object fields;  ///< values, by the template's keys
  std::string text;            ///< mentions as `<@42>`
  std::vector<std::string> tags;
  bool operator==(const NoteContent&) const = default;
};

/// A person as a note shows them. The name is empty when they were erased.
struct NamedPerson {
  UserId id;
  std::string name;
};

struct Note {
  NoteId id;
  NoteContent content;
  std::string channel_name;
  std::int64_t place = 0;  ///< grows with `at`: lists are in its order
  NamedPerson author;
  NamedPerson editor;  ///< of this version
  std::vector<NamedPerson> mentions;
  std::vector<ScreenshotId> screenshots;  ///< that are kept with it, oldest first
  std::vector<ClipId> clips;
  WallTime created, updated;
  std::int64_t version = 1;  ///< counts edits; the ETag
};

/// What a note said before an edit. Its channel stays.
struct NoteRevision {
  std::int64_t version = 1;
  NoteContent content;
  NamedPerson author;  ///< of that version
  WallTime at;
};

struct NewNote {
  NoteContent content;
  UserId author;
  /// Chosen by the author's page or program, unique for them: the same note sent again is the same note.
  /// Empty: none.
  std::string key;
};

struct NoteEdit {
  NoteContent content;
  UserId editor;
  std::optional<std::int64_t> expected_version;
};

class Notes {
 public:
  Notes(storage::sql::Database& database, const Clock& clock)
      : database_(database), clock_(clock), templates_(database, clock) {}

  static constexpr std::size_t most_characters = 10'000;
  static constexpr std::size_t most_tags = 30;

  /// Everything that a person could mend, by name; `before` is what is edited. not_found: the template is
  /// none of the organization's.
  Result<std::vector<FieldProblem>> check(OrganizationId organization, const NoteContent& content,
                                          const NoteContent* before = nullptr) const;

  /// The note that this one was made as before, when its key says so. conflict: the key was used for another
  /// note, or that note was removed since.
  Result<std::optional<Note>> find_made(OrganizationId organization, const NewNote& note) const;
  /// The same when it was made meanwhile. Checked by who calls. not_found: the channel is none of the
  /// organization's.
  Result<Note> create(OrganizationId organization, const NewNote& note);

  /// not_found for another organization's, and for what was removed.
  Result<Note> get(OrganizationId organization, NoteId id) const;
  /// conflict named "stale" when another version is expected. The channel stays as it is.
  Result<Note> update(OrganizationId organization, NoteId id, const NoteEdit& edit);
  /// Pictures and clips that were kept with it stay, without it.
  Status remove(OrganizationId organization, NoteId id, std::optional<std::int64_t> expected_version);

  /// Newest first, before `before` (zero: from the newest on).
  Result<std::vector<NoteRevision>> revisions(OrganizationId organization, NoteId id, std::int64_t before,
                                              std::size_t limit) const;

  /// Site-wide, for those who ask what is known of them: by id, after `after`.
  Result<std::vector<Note>> written_by(UserId author, NoteId after, std::size_t limit) const;

 private:
  Result<std::vector<Field>> fields_of(OrganizationId organization, NoteTemplateId form) const;

  storage::sql::Database& database_;
  const Clock& clock_;
  NoteTemplates templates_;
};

}  // namespace longtake::desk
