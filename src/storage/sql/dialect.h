#pragma once
// What databases say each in their own words.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/sql/session.h"

namespace longtake::storage::sql {

/// The highest id a table has ever given, also when its row is gone; 0 when none was.
Result<std::int64_t> last_given_id(Session& session, std::string_view table);

struct Column {
  std::string table;
  std::string name;
};
/// Every column whose name ends so, in every table.
Result<std::vector<Column>> columns_ending(Session& session, std::string_view suffix);

}  // namespace longtake::storage::sql
