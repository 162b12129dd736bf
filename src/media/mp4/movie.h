#pragma once
// Progressive MP4 (fast start) laid out over stored samples: ftyp, moov with edit lists, one mdat.

#include <functional>
#include <optional>
#include <vector>

#include "media/index.h"
#include "media/slices.h"

namespace longtake::media::mp4 {

/// A stretch of fragments of one segment, in order. Consecutive stretches of one run continue each other; a
/// stretch of another run, or behind a hole of more than a second, is joined so that its first picture begins
/// where the last one's displayed pictures end; its sound keeps its distance to its pictures. Give whole
/// fragments from the one that SegmentIndex::find_sync names (one more before it when sound lags behind the
/// pictures): what is not needed is left out here. Everything referenced must outlive the call only.
struct MovieStretch {
  const Tracks* tracks = nullptr;
  const SegmentIndex* index = nullptr;
  std::size_t first = 0;  ///< fragments [first, last)
  std::size_t last = 0;
  std::int64_t run = 0;  ///< equal: same timeline
  /// Bytes of [offset, offset+size) of the segment as slices.
  std::function<SliceList(std::uint64_t offset, std::uint64_t size)> slices;
};

struct MovieOptions {
  bool video = true;
  bool audio = true;
  /// On the timeline of the first stretch's run: displayed from here, exact to the tick by edit list.
  /// Nothing: from the first sample.
  std::optional<MediaTime> from;
  /// On the timeline of the last stretch's run: displayed up to here (half-open).
  std::optional<MediaTime> to;
  /// False, for tools that ignore edit lists: the movie's clock is that of the samples. The first picture
  /// kept must then begin at `from`, and none after `to` may be among those kept (playback/edges.h sees to
  /// it); offsets of pictures may be negative (ctts version 1); sound is cut at the sound frame nearest to
  /// each end. A track that begins later than the other by more than such a frame still waits behind an empty
  /// edit.
  bool edit_list = true;
};

/// Lays out the movie. Only samples needed to display [from, to) are kept: pictures from the last keyframe
/// displayed at or before `from` to the last one, in decode order, displayed before `to`; sound that
/// overlaps. Each track has one edit, behind an empty one when it begins later than the other. A picture that
/// began before `from` is displayed from `from` on, because readers drop what begins before an edit. mdat
/// uses a 64-bit size and co64 when needed. Error invalid when nothing is left to show.
Result<SliceList> layout_movie(const std::vector<MovieStretch>& stretches, const MovieOptions& options);

}  // namespace longtake::media::mp4
