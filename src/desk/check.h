#pragma once
// `longtake check` of what is kept: every row has its file, whole, and every file a row.

#include <vector>

#include "archive/maintenance.h"
#include "base/result.h"
#include "base/time.h"
#include "storage/blobs/volume.h"
#include "storage/sql/database.h"

namespace longtake::desk {

struct BlobCheck {
  bool repair = false;       ///< unknown files go to <folder>/quarantine, never deleted
  bool server_runs = false;  ///< which writes a file before its row
};
Result<std::vector<archive::Finding>> check_blobs(storage::blobs::Volume& volume,
                                                  storage::sql::Database& database, const Clock& clock,
                                                  const BlobCheck& options);

}  // namespace longtake::desk
