#pragma once
// The organization's own format of notes. Any thread; writes wait for the database's writer.

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "desk/note_fields.h"

namespace longtake::storage::sql {
class Database;
class Session;
}  // namespace longtake::storage::sql

namespace longtake::desk {

using NoteTemplateId = Id<struct NoteTemplateTag>;

struct NoteTemplateContent {
  std::string name;  ///< 1..80 characters, unique in its organization
  std::vector<Field> fields;
  std::vector<ChannelId> channels;  ///< it is for; empty: for all
  bool is_default = false;          ///< opens first where no template is for the channel alone; one at most
  bool operator==(const NoteTemplateContent&) const = default;
};

struct NoteTemplate {
  NoteTemplateId id;
  NoteTemplateContent content;
  std::int64_t version = 1;  ///< counts edits; the ETag
};

/// Fields are checked by who calls (check_fields): their problems have names.
class NoteTemplates {
 public:
  NoteTemplates(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// By name; all of them: there are `most` at most.
  Result<std::vector<NoteTemplate>> list(OrganizationId organization) const;
  /// not_found for another organization's.
  Result<NoteTemplate> get(OrganizationId organization, NoteTemplateId id) const;
  /// The same, also when it was removed since: notes that were made with it still say so.
  Result<NoteTemplate> get_ever(OrganizationId organization, NoteTemplateId id) const;

  /// conflict: the name is taken, or there are too many; not_found: a channel is not the organization's.
  Result<NoteTemplate> create(OrganizationId organization, const NoteTemplateContent& content);
  /// conflict named "stale" when `expected_version` is given and differs.
  Result<NoteTemplate> update(OrganizationId organization, NoteTemplateId id,
                              const NoteTemplateContent& content,
                              std::optional<std::int64_t> expected_version);
  /// Notes made with it stay as they are.
  Status remove(OrganizationId organization, NoteTemplateId id, std::optional<std::int64_t> expected_version);

  static constexpr std::size_t most = 200;

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
};

}  // namespace longtake::desk
