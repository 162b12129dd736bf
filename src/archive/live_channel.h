#pragma once
// What one channel is recording now, and what of it the catalogue does not know yet. Plain state and its
// rules: no disk, no database. Everything here is guarded by `mutex`; callers hold it.

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "archive/rows.h"
#include "archive/segment_view.h"
#include "archive/serial_queue.h"
#include "archive/timeline_assembly.h"

namespace longtake::archive {

class SegmentFile;

/// A segment from its first fragment until the catalogue says it is sealed.
struct LiveSegment {
  SegmentSummary summary;
  std::string path;
  std::shared_ptr<const media::Tracks> tracks;
  media::SharedBytes header;
  std::vector<media::SharedBytes> records;  // of all fragments
  std::vector<WallTime> ends;               // displayed end after each fragment
  std::deque<SegmentView::Tail> tail;       // newest fragments: unwritten ones, and a few more
  SharedFd file;                            // to read; none before the disk lane made it
  std::uint64_t file_bytes = 0;             // readable through `file`
  std::uint64_t index_bytes = 0;            // once sealed

  WallTime run_started;
  std::optional<WallTime> newest_before;  // of the channel, before this segment
  bool closed = false;                    // takes no more fragments
  std::optional<GapId> closes_gap;        // of the channel, saved with the row
  bool row_posted = false;
  bool failed = false;                  // disk lane only: the file takes no more
  bool seal_failed = false;             // to be tried again
  std::unique_ptr<SegmentFile> output;  // touched by the disk lane only
  mutable SharedSegment view;           // dropped at every change

  SharedSegment snapshot() const;
  rows::SegmentRow row() const;
  /// Forgets fragments that never reached the file: keeps the first `count`.
  void keep_fragments(std::size_t count);
  /// Drops fragments from memory that the file has, except the newest two or `tail_bytes`.
  void trim_tail();
};
using LiveSegmentPtr = std::shared_ptr<LiveSegment>;

/// The run in progress.
struct LiveRun {
  RunId id;
  std::shared_ptr<const media::Tracks> tracks;
  WallTime started;
  std::uint32_t number = 0;                  ///< given at the first fragment
  std::optional<media::Anchor> next_anchor;  ///< of the segment that the next fragment begins
  LiveSegmentPtr segment;
  std::optional<Error> refused;  ///< the disk's answer; ends the run
  GapCause refusal = GapCause::disk_slow;
};

/// A gap row and how many of its writes are still under way.
struct LiveGap {
  rows::GapRow row;
  int pending = 0;
  bool deleted = false;
};

struct LiveChannel {
  LiveChannel(ChannelId channel, io::Lane& disk) : disk_queue(std::make_shared<SerialQueue>(disk)) {
    recording.channel = channel;
  }

  mutable std::mutex mutex;
  rows::RecordingRow recording;
  std::optional<LiveRun> run;
  std::vector<LiveSegmentPtr> segments;  // by sequence
  std::vector<LiveGap> gaps;             // open ones, and those not yet written
  std::optional<WallTime> oldest, newest;
  std::uint64_t buffered = 0;            // bytes appended and not yet in a file
  std::uint64_t stored = 0;              // bytes of all segments
  std::uint64_t last_segment_bytes = 0;  // of the last sealed one: what the next will want
  const std::shared_ptr<SerialQueue> disk_queue;

  ChannelId id() const { return recording.channel; }
  LiveGap* open_gap();
  LiveGap* find_gap(GapId id);
  LiveSegmentPtr find_segment(SegmentId id) const;
  /// Drops gaps that the catalogue knows and that are closed.
  void forget_written_gaps();
};

/// Displayed instants of one fragment: pictures, or sound where it has none.
std::optional<WallRange> displayed(const media::FragmentView& fragment, const media::Tracks& tracks,
                                   const media::Anchor& anchor);

/// "<channel>/2026/11/21/103102Z-12.mp4"
std::string segment_path(ChannelId channel, WallTime from, std::uint32_t sequence);

}  // namespace longtake::archive
