#pragma once
// From rows and what is in memory to a Timeline. Pure.

#include <optional>
#include <vector>

#include "archive/timeline.h"
#include "base/id.h"
#include "base/time.h"

namespace longtake::archive {

/// A segment as the timeline sees it.
struct TimelineSegment {
  SegmentId id;
  RunId run;
  std::uint32_t sequence = 0;
  WallRange range;
};

struct TimelineGap {
  WallTime from;
  std::optional<WallTime> to;  ///< nothing: open
  GapCause cause = GapCause::source_lost;
  std::string detail;
};

struct TimelineParts {
  WallRange range;
  WallTime now;
  std::vector<TimelineSegment> segments;  ///< any order
  std::vector<TimelineGap> gaps;          ///< any order
  /// The channel's first recorded instant ever, and where its footage begins (or would) today.
  std::optional<WallTime> first;
  std::optional<WallTime> oldest;
};

/// Spans of one run stay one span; a later run never overlaps an earlier one; gaps fill what spans leave,
/// and time between two spans that no row explains is source_changed (expired, inside one run).
Timeline assemble(TimelineParts parts);

}  // namespace longtake::archive
