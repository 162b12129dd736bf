#pragma once

#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"

namespace longtake::archive {

/// Why recorded time is missing. Stored as text; closed so that the page can translate it.
enum class GapCause {
  source_lost,     ///< connection failed or went silent
  source_ended,    ///< the source said it ended
  source_changed,  ///< codec, time line or address changed: a new run had to start
  stopped,         ///< a person stopped the channel
  server_stopped,  ///< orderly restart
  server_crashed,  ///< killed or lost power
  disk_full,
  disk_slow,  ///< the bounded buffer overflowed
  expired     ///< retention deleted it (only in answers about the past before the oldest footage)
};
std::string_view to_string(GapCause cause);
GapCause parse_gap_cause(std::string_view text);

/// Half-open instants of displayed pictures (of sound, without a picture).
struct Span {
  WallTime from, to;
  RunId run;
  bool operator==(const Span&) const = default;
};
struct Gap {
  WallTime from, to;  ///< `to` of an open gap is the end of the asked range or now
  GapCause cause = GapCause::source_lost;
  std::string detail;  ///< one line for people, where the cause does not say all
  bool operator==(const Gap&) const = default;
};
/// Spans and gaps clipped to `range`, in order; no overlap.
struct Timeline {
  WallRange range;
  std::vector<Span> spans;
  std::vector<Gap> gaps;
};

}  // namespace longtake::archive
