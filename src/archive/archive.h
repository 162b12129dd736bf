#pragma once
// Channels' recorded past and moving edge: the one place that knows where footage is. Thread-safe.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/run_writer.h"
#include "archive/segment_view.h"
#include "archive/timeline.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::archive {

struct Options {
  /// Root: <folder>/<channel>/<YYYY>/<MM>/<DD>/<HHMMSS>Z-<sequence>.mp4
  std::string folder;
  std::chrono::seconds sync_interval{5};      ///< fdatasync at least this often; 0: after each fragment
  std::uint64_t buffer_bytes = 32u << 20;     ///< per channel, not yet on disk
  std::uint64_t min_free_bytes = 2ull << 30;  ///< free-space floor of the volume
  bool direct_io = true;                      ///< where the volume allows
  unsigned disk_threads = 2;
  std::chrono::seconds retention_interval{10};
  std::size_t open_segment_views = 256;  ///< cache of sealed segments' mapped indexes
  bool operator==(const Options&) const = default;
};

/// Told after a fragment became readable, a run began or ended, footage was deleted. Called on a lane of the
/// archive: be quick, never call back into the archive synchronously for writing.
struct LiveEvent {
  enum class Kind { fragment, run_started, run_ended, deleted } kind;
  ChannelId channel;
};

struct RunStart {
  ChannelId channel;
  media::Tracks tracks;
  WallTime started;  ///< wall instant of the run's first picture
};

struct Usage {
  std::uint64_t recorded_bytes = 0;  ///< of all segments
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t disk_total_bytes = 0;
};

class Archive {
 public:
  /// Opens the folder and catalogue, recovers what a crash left (only segments marked open): truncates torn
  /// tails, rebuilds indexes, seals, deletes rows without fragments, opens gaps with server_crashed. Starts
  /// disk lane and retention. Errors name the folder and the mend (not writable, not a directory, in use by
  /// another server).
  static Result<std::unique_ptr<Archive>> open(Options options, storage::sql::Database& database,
                                               const Clock& clock, Log& log);
  virtual ~Archive() = default;

  // --- writing (ingest)
  virtual Result<std::unique_ptr<RunWriter>> start_run(RunStart start) = 0;
  /// Records why a channel is not recording when no run preceded it or the cause changed (idempotent).
  virtual Status note_gap(ChannelId channel, GapCause cause, std::string detail) = 0;
  /// Waits until all that was handed on has been written to the disk (not: synced) and to the catalogue.
  virtual void flush() = 0;

  // --- reading (playback, api)
  /// Includes the moving edge. not_found never: an unknown channel has an empty timeline.
  virtual Result<Timeline> timeline(ChannelId channel, WallRange range) const = 0;
  /// Segments that overlap the range, in order of time, open ones included.
  virtual Result<std::vector<SharedSegment>> segments(ChannelId channel, WallRange range) const = 0;
  /// The same when memory holds all that it takes, else nothing: for threads that must not wait for a disk
  /// and have just looked at the database (sql::Remembered).
  virtual std::optional<std::vector<SharedSegment>> recall_segments(ChannelId /*channel*/,
                                                                    WallRange /*range*/) const {
    return std::nullopt;
  }
  /// The segment with this id (HLS byte-range addresses). not_found when expired.
  virtual Result<SharedSegment> segment(ChannelId channel, SegmentId id) const = 0;
  /// End of the newest readable picture; nothing when there is no footage. Cheap (memory).
  virtual std::optional<WallTime> newest(ChannelId channel) const = 0;
  virtual std::optional<WallTime> oldest(ChannelId channel) const = 0;
  /// Recording at this moment: the open run's view of the moving edge is growing.
  virtual bool is_live(ChannelId channel) const = 0;
  /// Bytes of a channel's segments on disk. Cheap (memory).
  virtual std::uint64_t recorded_bytes(ChannelId channel) const = 0;

  virtual Result<Usage> usage() const = 0;

  /// Calls back on every LiveEvent until the returned token is destroyed.
  virtual std::shared_ptr<void> subscribe(std::function<void(const LiveEvent&)> listener) = 0;

  /// Seals everything that is open and stops lanes; further writes fail. Called once, before destruction.
  virtual void stop() = 0;
};

}  // namespace longtake::archive
