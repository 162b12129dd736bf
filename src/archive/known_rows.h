#pragma once
// Rows of segments by range: from the catalogue, or from what was read of it lately.

#include <memory>
#include <vector>

#include "archive/rows.h"
#include "base/result.h"
#include "storage/sql/remembered.h"

namespace longtake::archive {

/// Thread-safe.
class KnownRows {
 public:
  explicit KnownRows(storage::sql::Database& database);

  using Rows = std::shared_ptr<const std::vector<rows::SegmentRow>>;
  /// Every segment that overlaps the range, in order of time; others may be among them.
  Result<Rows> around(ChannelId channel, WallRange range) const;
  /// The same from memory, waiting for nothing, for who has just looked at the database (sql::Remembered);
  /// null: not known.
  Rows recall(ChannelId channel, WallRange range) const;

 private:
  /// All segments that overlap [from, to) are among the rows.
  struct Window {
    WallTime from, to;
    Rows rows;
  };
  static Window window_of(WallRange range, Rows rows);
  static Rows find(const std::optional<std::vector<Window>>& windows, WallRange range);

  storage::sql::Database& database_;
  mutable storage::sql::Remembered<ChannelId, std::vector<Window>> windows_;  // newest first
};

}  // namespace longtake::archive
