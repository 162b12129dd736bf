#pragma once
// Numbered steps from an empty database to today's tables. A step that has been released never changes: its
// checksum is kept in `schema_migrations` and compared at every start.

#include <span>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "storage/sql/session.h"

namespace longtake::storage::sql {

struct Migration {
  std::int64_t version = 0;  ///< 1, 2, 3, ...
  std::string_view name;
  std::string_view sql;  ///< statements, each ended by `;` at the end of a line
};

/// The list of this program, in order.
std::span<const Migration> migrations();

class Migrator {
 public:
  /// Applies what is missing. Inside one write transaction: all or nothing. Error conflict when the database
  /// is newer than `steps` or a step was changed after it had been applied.
  static Status apply(Session& session, std::span<const Migration> steps, WallTime now);
};

}  // namespace longtake::storage::sql
