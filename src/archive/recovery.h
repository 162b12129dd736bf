#pragma once
// What start-up does with what a crash left. Looks only at segments marked open, and for files newer than
// the catalogue (their row was still on its way).

#include "archive/rows.h"
#include "base/log.h"
#include "storage/blobs/volume.h"
#include "storage/sql/database.h"

namespace longtake::archive {

struct Recovery {
  std::size_t sealed = 0;   ///< segments that were open
  std::size_t adopted = 0;  ///< files whose row was missing
  std::size_t empty = 0;    ///< rows without a whole fragment, deleted
};

/// Only while no server writes to the folder. Afterwards no segment is open, no row lacks bytes, every
/// run has an end, and a channel that was being recorded has an open gap with server_crashed.
Result<Recovery> recover(storage::blobs::Volume& volume, storage::sql::Database& database, Log& log);

}  // namespace longtake::archive
