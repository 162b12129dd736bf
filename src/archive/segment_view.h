#pragma once

#include <memory>

#include "base/id.h"
#include "media/anchor.h"
#include "media/fragment.h"
#include "media/index.h"
#include "media/slices.h"
#include "media/track.h"

namespace longtake::archive {

/// What the catalogue says of a segment; for an open one, as of now.
struct SegmentSummary {
  SegmentId id;
  ChannelId channel;
  RunId run;
  std::uint32_t sequence = 0;        ///< within the channel, counts from 1
  std::uint64_t first_fragment = 0;  ///< fragments of the channel before this segment: HLS media sequence
  std::uint32_t run_number = 0;      ///< of the run within the channel, from 1: HLS discontinuity sequence
  media::Anchor anchor;
  WallRange range;  ///< displayed pictures (sound without a picture)
  std::uint64_t bytes = 0;
  bool sealed = false;
};

/// An immutable snapshot of a segment: what is readable now stays readable for as long as the view lives,
/// also when the segment is sealed, moved or deleted meanwhile.
class SegmentView {
 public:
  SegmentSummary summary;
  std::shared_ptr<const media::Tracks> tracks;
  std::uint64_t header_size = 0;  ///< ftyp moov uuid at the start of the file
  media::SharedBytes header;      ///< those bytes, while they may not be in the file yet
  media::SegmentIndex index;

  /// Stored bytes [offset, offset + size): from the file, or from memory for what is not written yet.
  media::SliceList slices(std::uint64_t offset, std::uint64_t size) const;

  SharedFd file;
  std::uint64_t file_bytes = 0;  ///< bytes before this offset are in the file
  /// Fragments at and after file_bytes (may begin before it), in order, with their segment offsets.
  struct Tail {
    std::uint64_t offset;
    media::SharedFragment fragment;
  };
  std::vector<Tail> tail;
};
using SharedSegment = std::shared_ptr<const SegmentView>;

}  // namespace longtake::archive
