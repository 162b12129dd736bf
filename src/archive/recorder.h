#pragma once
// The write side: fragments from sources into the live window, and from there, on the disk lane, into files
// and, on the db lane, into rows.

#include <atomic>
#include <functional>
#include <memory>

#include "archive/archive.h"
#include "archive/id_blocks.h"
#include "archive/listeners.h"
#include "archive/live_channels.h"
#include "archive/row_queue.h"
#include "archive/segment_file.h"

namespace longtake::archive {

/// Thread-safe. start_run, append, end and note_gap come from source threads and never wait for disk or
/// database; functions named *_job run on the disk lane.
class Recorder : public std::enable_shared_from_this<Recorder> {
 public:
  struct Parts {
    const Options& options;
    storage::blobs::Volume& volume;
    RowQueue& rows;
    IdBlocks& ids;
    LiveChannels& channels;
    Listeners& listeners;
    const Clock& clock;
    Log& log;
    std::function<void()> need_room;  ///< asks retention to look now
  };
  explicit Recorder(Parts parts) : parts_(std::move(parts)) {}

  Result<std::unique_ptr<RunWriter>> start_run(RunStart start);
  Status note_gap(ChannelId channel, GapCause cause, std::string detail);

  /// For RunWriter.
  /// `refusal` is set when the answer is full.
  Status append(LiveChannel& channel, RunId run, const media::SharedFragment& fragment, GapCause& refusal);
  void start_segment(LiveChannel& channel, RunId run, media::Anchor anchor);
  void end(LiveChannel& channel, RunId run, GapCause cause, std::string detail);

  /// Puts what was written since the last time on disk, on the disk lane; tries failed seals again.
  void sync_all();
  /// Set by retention: no new runs while the volume is full.
  void set_no_room(bool no_room) { no_room_ = no_room; }
  bool no_room() const { return no_room_; }
  /// Ends every run with server_stopped and returns when all of it is on disk.
  void stop();

 private:
  using ChannelPtr = std::shared_ptr<LiveChannel>;
  ChannelPtr shared(LiveChannel& channel) { return parts_.channels.get(channel.id()); }

  // With channel.mutex held:
  Status begin_segment(LiveChannel& channel, LiveRun& run, const media::FragmentView& first);
  void place_on_timeline(LiveChannel& channel, LiveRun& run, LiveSegment& segment, WallRange range);
  void add_fragment(LiveChannel& channel, LiveRun& run, const media::SharedFragment& fragment);
  void close_segment(LiveChannel& channel, const LiveSegmentPtr& segment);
  void end_locked(LiveChannel& channel, GapCause cause, std::string detail);
  Status change_gap(LiveChannel& channel, WallTime at, GapCause cause, std::string detail);
  Status open_gap(LiveChannel& channel, WallTime from, GapCause cause, std::string detail);
  void save_gap(LiveChannel& channel, LiveGap& gap);
  void save_closed_gap(LiveChannel& channel, LiveSegment& segment);
  void after_loss(LiveChannel& channel, const LiveSegment& segment, WallTime ended);
  void save_open_row(LiveChannel& channel, LiveSegment& segment);
  void save_sealed_row(LiveChannel& channel, const LiveSegmentPtr& segment);

  // On the disk lane:
  void create_job(LiveChannel& channel, const LiveSegmentPtr& segment, std::uint64_t expected_bytes);
  void write_job(LiveChannel& channel, const LiveSegmentPtr& segment, const SegmentView::Tail& piece);
  void seal_job(LiveChannel& channel, const LiveSegmentPtr& segment);
  void abandon_job(LiveChannel& channel, const LiveSegmentPtr& segment);
  void sync_job(LiveChannel& channel, const LiveSegmentPtr& segment);
  Result<std::unique_ptr<SegmentFile>> make_file(LiveChannel& channel, LiveSegment& segment,
                                                 std::uint64_t expected_bytes);
  void refuse(LiveChannel& channel, const LiveSegment& segment, const Error& error);

  void post(LiveChannel& channel, std::function<void(LiveChannel&)> job);

  Parts parts_;
  StagingPool staging_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> no_room_{false};
};

}  // namespace longtake::archive
