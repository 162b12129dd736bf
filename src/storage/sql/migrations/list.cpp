#include <array>

#include "storage/sql/migrations.h"
#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql {

std::span<const Migration> migrations() {
  static const std::array steps{
      Migration{1, "first light", sqlite::first_light},
      Migration{2, "people", sqlite::people},
  };
  return steps;
}

}  // namespace longtake::storage::sql
