#pragma once
// What goes, and when: by age, by bytes per channel, by the volume's free-space floor; oldest sealed segments
// first, never an open one. Rows go before files.

#include "archive/archive.h"
#include "archive/listeners.h"
#include "archive/live_channels.h"
#include "archive/rows.h"
#include "archive/view_cache.h"
#include "storage/blobs/volume.h"
#include "storage/sql/database.h"

namespace longtake::archive {

/// What a channel's owner allows it to keep.
struct RetentionRule {
  ChannelId channel;
  bool removed = false;  ///< nothing stays
  std::optional<std::chrono::hours> max_age;
  std::optional<std::uint64_t> max_bytes;
};

/// How many of `oldest` (sealed, oldest first) a rule lets go, when the channel has `stored` bytes in all.
std::size_t count_expired(const RetentionRule& rule, const std::vector<rows::SegmentRow>& oldest,
                          std::uint64_t stored, WallTime now);

/// Lane: the archive's upkeep thread.
class Retention {
 public:
  struct Parts {
    const Options& options;
    storage::blobs::Volume& volume;
    storage::sql::Database& database;
    LiveChannels& channels;
    ViewCache& views;
    Listeners& listeners;
    const Clock& clock;
    Log& log;
  };
  explicit Retention(Parts parts) : parts_(parts) {}

  struct Outcome {
    std::size_t deleted = 0;
    bool no_room = false;  ///< recording must not begin: too little is free, and nothing more can go
  };
  Result<Outcome> apply();

 private:
  Result<std::size_t> apply_rule(const RetentionRule& rule);
  Result<std::size_t> free_space();
  Status remove(const std::vector<rows::SegmentRow>& segments);
  Status forget_rows(const std::vector<rows::SegmentRow>& segments);

  Parts parts_;
  bool warned_ = false;
};

}  // namespace longtake::archive
