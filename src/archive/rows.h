#pragma once
// The catalogue's rows and their SQL. Every function runs inside a session of the caller's transaction.

#include <optional>
#include <string>
#include <vector>

#include "archive/segment_view.h"
#include "archive/timeline.h"
#include "storage/sql/session.h"

namespace longtake::archive::rows {

using storage::sql::Session;

struct SegmentRow {
  SegmentId id;
  ChannelId channel;
  RunId run;
  std::uint32_t run_number = 0;
  std::uint32_t sequence = 0;
  std::uint64_t first_fragment = 0;
  std::uint64_t fragments = 0;
  media::Anchor anchor;
  WallRange range;
  std::uint64_t bytes = 0;
  std::uint64_t index_bytes = 0;
  bool sealed = false;
  std::string path;  ///< of the .mp4, relative to the archive's folder

  SegmentSummary summary() const;
};
std::string index_path(const std::string& segment_path);

struct RunRow {
  RunId id;
  ChannelId channel;
  std::uint32_t number = 0;
  WallTime started;
  std::string tracks;  ///< for people
};

struct GapRow {
  GapId id;
  ChannelId channel;
  WallTime from;
  std::optional<WallTime> to;
  GapCause cause = GapCause::source_lost;
  std::string detail;
};

/// Counters of a channel that outlive its segments.
struct RecordingRow {
  ChannelId channel;
  std::uint32_t last_sequence = 0;
  std::uint64_t fragments = 0;
  std::uint32_t runs = 0;
  std::optional<WallTime> first;    ///< first recorded instant ever
  std::optional<WallTime> expired;  ///< end of what retention deleted
};

// --- writing
Status insert_run(Session& session, const RunRow& run);
Status end_run(Session& session, RunId run, WallTime ended);
Status insert_segment(Session& session, const SegmentRow& segment);
Status update_segment(Session& session, const SegmentRow& segment);
Status delete_segment(Session& session, SegmentId id);
Status delete_empty_runs(Session& session, ChannelId channel);
Status save_gap(Session& session, const GapRow& gap);
Status delete_gap(Session& session, GapId id);
Status move_gap_start(Session& session, ChannelId channel, WallTime from, WallTime to);
/// End of the last closed gap.
Result<std::optional<WallTime>> last_gap_end(Session& session, ChannelId channel);
Status delete_gaps_before(Session& session, ChannelId channel, WallTime to);
/// All but `expired`, which only retention changes.
Status save_recording(Session& session, const RecordingRow& recording);
Status set_expired(Session& session, ChannelId channel, WallTime to);
/// The channel has counted at least this many fragments.
Status raise_fragments(Session& session, ChannelId channel, std::uint64_t fragments);
/// Takes `count` ids of "runs", "segments" or "gaps": [result, result + count).
Result<std::int64_t> take_ids(Session& session, std::string_view name, std::int64_t count);

/// At least `next` from here on.
Status raise_next_id(Session& session, std::string_view name, std::int64_t next);
Status renumber(Session& session, SegmentId id, std::uint32_t sequence);
/// A stopped channel in the first organization, unless the id is known.
Status make_channel(Session& session, ChannelId channel, const std::string& name, WallTime now);

// --- reading
/// Segments that touch the range and their neighbours on both sides, in order of time.
Result<std::vector<SegmentRow>> segments_around(Session& session, ChannelId channel, WallRange range);
Result<std::optional<SegmentRow>> find_segment(Session& session, ChannelId channel, SegmentId id);
Result<std::vector<SegmentRow>> open_segments(Session& session);
/// All of a channel, by sequence, after `after`.
Result<std::vector<SegmentRow>> segments_after(Session& session, ChannelId channel, std::uint32_t after,
                                               std::size_t limit);
/// Sealed segments of a channel, oldest first.
Result<std::vector<SegmentRow>> oldest_segments(Session& session, ChannelId channel, std::size_t limit);
/// Sealed segments of all channels, oldest first.
Result<std::vector<SegmentRow>> oldest_segments(Session& session, std::size_t limit);
Result<std::vector<GapRow>> gaps_in(Session& session, ChannelId channel, WallRange range);
Result<std::vector<GapRow>> open_gaps(Session& session);
Result<std::vector<RecordingRow>> recordings(Session& session);
struct UnendedRun {
  RunId run;
  ChannelId channel;
};
Result<std::vector<UnendedRun>> unended_runs(Session& session);
/// `from` of the first segment that ends after `t`.
Result<std::optional<WallTime>> first_footage_after(Session& session, ChannelId channel, WallTime t);
Result<bool> channel_exists(Session& session, ChannelId channel);
Result<std::uint32_t> highest_run_number(Session& session, ChannelId channel);
Result<std::int64_t> next_id(Session& session, std::string_view name);
Result<std::vector<ChannelId>> channels_with_segments(Session& session);
/// Closed before they begin, or a second open one of a channel.
Result<std::vector<GapRow>> impossible_gaps(Session& session);
Result<bool> path_is_known(Session& session, const std::string& segment_path);
Result<std::optional<RunRow>> find_run(Session& session, RunId run);
struct Extent {
  std::optional<WallTime> from, to;
  std::uint64_t bytes = 0;
};
Result<Extent> extent(Session& session, ChannelId channel);

}  // namespace longtake::archive::rows
