#pragma once
// Ids handed out ahead of the database, so that a segment has its name before its row exists. Blocks are
// reserved in `id_blocks`; a rebuild beside a running server takes its own.

#include <cstdint>
#include <mutex>
#include <string_view>

#include "archive/row_queue.h"
#include "base/result.h"
#include "storage/sql/database.h"

namespace longtake::archive {

/// Thread-safe.
class IdBlocks {
 public:
  /// Reserves the first blocks; blocks.
  static Result<std::unique_ptr<IdBlocks>> open(storage::sql::Database& database);
  /// From here on refills through the queue.
  void refill_through(RowQueue& rows) { rows_ = &rows; }

  /// unavailable when the database has not answered for so long that ids ran out.
  Result<std::int64_t> run() { return take(runs_); }
  Result<std::int64_t> segment() { return take(segments_); }
  Result<std::int64_t> gap() { return take(gaps_); }

 private:
  struct Block {
    std::string_view name;
    std::int64_t next = 0, end = 0;              // what is being handed out
    std::int64_t spare_next = 0, spare_end = 0;  // reserved for when that is used up
    bool refilling = false;
  };
  Result<std::int64_t> take(Block& block);
  void refill(Block& block);

  std::mutex mutex_;
  Block runs_{"runs"}, segments_{"segments"}, gaps_{"gaps"};
  RowQueue* rows_ = nullptr;
};

}  // namespace longtake::archive
