#pragma once
// The archive itself: joins the write side, the read side and upkeep.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "archive/archive.h"
#include "archive/id_blocks.h"
#include "archive/known_rows.h"
#include "archive/listeners.h"
#include "archive/live_channels.h"
#include "archive/recorder.h"
#include "archive/retention.h"
#include "archive/row_queue.h"
#include "archive/view_cache.h"
#include "storage/blobs/volume.h"

namespace longtake::archive {

/// Holds <folder>/.lock for as long as a server writes there. Error conflict names the mend.
Result<Fd> lock_folder(const storage::blobs::Volume& volume);

class ArchiveCore final : public Archive {
 public:
  static Result<std::unique_ptr<ArchiveCore>> open(Options options,
                                                   std::unique_ptr<storage::blobs::Volume> volume,
                                                   storage::sql::Database& database, const Clock& clock,
                                                   Log& log);
  ~ArchiveCore() override;

  Result<std::unique_ptr<RunWriter>> start_run(RunStart start) override;
  Status note_gap(ChannelId channel, GapCause cause, std::string detail) override;
  Result<Timeline> timeline(ChannelId channel, WallRange range) const override;
  Result<std::vector<SharedSegment>> segments(ChannelId channel, WallRange range) const override;
  std::optional<std::vector<SharedSegment>> recall_segments(ChannelId channel,
                                                            WallRange range) const override;
  Result<SharedSegment> segment(ChannelId channel, SegmentId id) const override;
  std::optional<WallTime> newest(ChannelId channel) const override;
  std::optional<WallTime> oldest(ChannelId channel) const override;
  bool is_live(ChannelId channel) const override;
  std::uint64_t recorded_bytes(ChannelId channel) const override;
  Result<Usage> usage() const override;
  std::shared_ptr<void> subscribe(std::function<void(const LiveEvent&)> listener) override;
  void stop() override;

  /// One round of retention, now; also what the upkeep thread does every retention_interval.
  Result<Retention::Outcome> apply_retention();
  /// What the upkeep thread does every sync_interval.
  void sync_now();
  /// Returns when everything appended so far is in files and rows.
  void flush() override;

 private:
  ArchiveCore(Options options, std::unique_ptr<storage::blobs::Volume> volume,
              storage::sql::Database& database, const Clock& clock, Log& log);
  Status load(Log& log);
  /// What memory has of a range, in part before it reaches the catalogue.
  struct InMemory {
    std::vector<SharedSegment> segments;
    std::vector<SegmentId> ids;  ///< of all of the channel, in the range or not
    bool contains(SegmentId id) const;
  };
  InMemory in_memory(ChannelId channel, WallRange range) const;
  void upkeep();
  void need_room();

  const Options options_;
  const std::unique_ptr<storage::blobs::Volume> volume_;
  storage::sql::Database& database_;
  const Clock& clock_;
  Log& log_;
  Fd lock_;
  io::Lane disk_;
  LiveChannels channels_;
  Listeners listeners_;
  RowQueue rows_;
  const KnownRows known_rows_;
  std::unique_ptr<IdBlocks> ids_;
  mutable ViewCache views_;
  std::shared_ptr<Recorder> recorder_;
  std::mutex retention_mutex_;
  Retention retention_;

  std::mutex mutex_;  // guards the next three
  std::condition_variable wake_;
  bool stopping_ = false;
  bool needs_room_ = false;
  std::mutex stop_mutex_;
  bool stopped_ = false;
  std::thread upkeep_;
};

}  // namespace longtake::archive
