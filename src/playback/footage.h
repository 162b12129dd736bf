#pragma once
// Segments of a range as pieces of wall time that neither overlap nor leave a hole inside a run, and the
// places in them where decoding must begin. Every view starts here.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "archive/archive.h"
#include "base/result.h"
#include "base/time.h"
#include "media/index.h"

namespace longtake::playback {

/// Successive anchors slew by at most 500 ppm: within an hour, the longest segment, by 1.8 s. A neighbour
/// that a joint needs lies within this of it on the wall: `Footage::pieces` looks so far beyond its range.
constexpr Micros joint_reach = std::chrono::seconds{2};

/// A segment and the wall time in which it is what is shown.
struct Piece {
  archive::SharedSegment segment;
  WallTime from;        ///< its first picture (sound, without a picture)
  WallTime to;          ///< end of its last picture, or where the next piece takes over
  bool joined = false;  ///< continues the piece before it: the same run without a gap
};

/// A fragment of a piece.
struct Cursor {
  std::size_t piece = 0;
  std::size_t fragment = 0;
  bool operator==(const Cursor&) const = default;
};

/// Where a channel's footage ends now. Taken before its segments are read, so it is never ahead of them.
struct MovingEdge {
  std::optional<WallTime> oldest;
  std::optional<WallTime> newest;  ///< end of the newest picture
  bool live = false;
  /// What is recorded before this instant will not change; nothing will be added.
  WallTime settled;
};

/// Video when it is there, else audio: the track whose pictures (or sound) span the wall time.
media::TrackKind shown_kind(const media::Tracks& tracks);

/// Ticks of a track as an instant, rounded to microseconds.
WallTime wall_of(const archive::SegmentView& segment, std::int64_t ticks, std::uint32_t timescale);

/// Instants of a fragment in one track; of its other track when it has none of the wanted one.
WallRange shown(const archive::SegmentView& segment, std::size_t fragment, media::TrackKind kind);

/// First displayed tick of a sync fragment's own keyframe: after `min_pts` when leading pictures precede it.
std::int64_t keyframe_pts(const media::FragmentView& fragment);

/// The last fragment of which decoding begins at or before `t`; the first one when all begin later.
std::size_t covering(const archive::SegmentView& segment, MediaTime t, media::TrackKind kind);

/// Orders segments and cuts them where the next begins: a later segment is shown from its first picture on.
std::vector<Piece> join_pieces(std::vector<archive::SharedSegment> segments);

/// The piece shown at `at`; nothing in a gap.
std::optional<std::size_t> find_piece(std::span<const Piece> pieces, WallTime at);

/// Where decoding must begin to show what is displayed at `at`; in a gap, the begin of the piece after it.
/// Nothing when no piece reaches beyond `at`. Leading pictures of an open GOP need the sync fragment before
/// theirs, also when that lies in the piece before.
std::optional<Cursor> find_entry(std::span<const Piece> pieces, WallTime at, media::TrackKind kind);

/// Where to begin to read a piece that follows another. One that is not joined may hold fragments from before
/// its `from`, of time that was taken when they came (a source that gives what it has kept, after a restart):
/// of these only what decoding needs, less than a group of pictures.
std::size_t first_fragment(std::span<const Piece> pieces, std::size_t piece, media::TrackKind kind);

/// The archive as playback reads it.
class Footage {
 public:
  enum class Reach {
    disk,    ///< all there is; may wait
    memory,  ///< what can be had without waiting
  };
  Footage(const archive::Archive& archive, const Clock& clock, Reach reach = Reach::disk)
      : archive_(archive), clock_(clock), reach_(reach) {}

  MovingEdge edge(ChannelId channel) const;
  /// Pieces that overlap the range, and the neighbours that a joint or an open GOP at its edges needs. Pieces
  /// wholly outside the range may be among them. unavailable: they are beyond our reach.
  Result<std::vector<Piece>> pieces(ChannelId channel, WallRange range) const;
  Result<archive::SharedSegment> segment(ChannelId channel, SegmentId id) const {
    return archive_.segment(channel, id);
  }
  /// not_found that says why nothing is recorded at an instant (or between two).
  Error nothing_at(ChannelId channel, WallTime at) const;
  Error nothing_in(ChannelId channel, WallRange range) const;
  WallTime now() const { return clock_.now(); }

 private:
  const archive::Archive& archive_;  // outlives playback: app destroys in the opposite order
  const Clock& clock_;               // likewise
  const Reach reach_;
};

}  // namespace longtake::playback
