#include <array>

#include "storage/sql/migrations.h"
#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql {

std::span<const Migration> migrations() {
  static const std::array steps{
      Migration{1, "first light", sqlite::first_light},
      Migration{2, "people", sqlite::people},
      Migration{3, "jobs", sqlite::jobs},
      Migration{4, "indexes of people", sqlite::people_indexes},
      Migration{5, "layouts", sqlite::layouts},
      Migration{6, "notes", sqlite::notes},
      Migration{7, "clips", sqlite::clips},
      Migration{8, "screenshots", sqlite::screenshots},
      Migration{9, "coverage", sqlite::coverage},
      Migration{10, "what is kept, with notes and words", sqlite::kept},
      Migration{11, "edges of clips", sqlite::clip_edges},
      Migration{12, "authors of clips", sqlite::clip_authors},
      Migration{13, "jobs of clips", sqlite::clip_jobs},
      Migration{14, "addresses that are proven", sqlite::proven_addresses},
  };
  return steps;
}

}  // namespace longtake::storage::sql
