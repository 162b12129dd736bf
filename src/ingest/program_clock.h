#pragma once
// EXT-X-PROGRAM-DATE-TIME belongs to the first picture of a segment, but demuxed packets do not say which
// segment they came from, and demuxers run a few frames behind the bytes. This finds each segment's first
// picture by its predicted time stamp. Pure.

#include <deque>
#include <optional>

#include "base/time.h"

namespace longtake::ingest {

class ProgramClock {
 public:
  /// Bytes of another segment are about to be fed, in order.
  void segment(std::optional<WallTime> program_date_time, Micros duration);

  /// The source's wall time of a packet. `may_begin`: a segment can start with it (a keyframe; any sound,
  /// when there is no picture).
  std::optional<WallTime> wall_of(MediaTime pts, bool may_begin);

  /// Time stamps have jumped inside a segment: nothing is known until the next one.
  void time_line_broke();

 private:
  struct Mark {
    std::optional<WallTime> wall;
    Micros duration;
  };
  void begin(MediaTime pts);

  std::deque<Mark> ahead_;
  std::optional<Mark> current_;
  MediaTime from_;  ///< first picture of the current segment
  std::optional<MediaTime> last_candidate_;
};

}  // namespace longtake::ingest
