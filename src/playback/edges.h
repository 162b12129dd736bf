#pragma once
// A film that begins and ends at any picture without an edit list: the pictures between its ends and the
// nearest keyframes are encoded anew, everything else stays the source's own bytes. Pure but for decoding and
// encoding: knows stretches of samples, nothing of the archive.

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "media/fragment.h"
#include "media/mp4/movie.h"

namespace longtake::playback {

/// Stretches for layout_movie with `edit_list = false`. What they refer to lives here, and in the stretches
/// they were made of.
struct EdgedMovie {
  std::vector<media::mp4::MovieStretch> stretches;
  std::size_t encoded = 0;  ///< pictures

  std::deque<media::Tracks> tracks;
  std::deque<media::SegmentIndex> indices;
  std::deque<media::Fragment> fragments;
};

struct EdgeOptions {
  MediaTime from;                 ///< on the timeline of the first stretch's run
  MediaTime to;                   ///< on that of the last stretch's run
  std::function<bool()> stopped;  ///< asked for each picture that is encoded; may be empty
};

/// Nothing is encoded at an end where a keyframe lies already, or where no picture displayed later was
/// needed. conflict, named "edges-codec": pictures of this codec cannot be encoded; named "edges-keyframes":
/// no keyframe that decoding can begin at (IDR) within a minute of the end. unavailable, named "stopped".
Result<EdgedMovie> encode_edges(const std::vector<media::mp4::MovieStretch>& stretches,
                                const EdgeOptions& options);

}  // namespace longtake::playback
