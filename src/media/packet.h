#pragma once
// One coded picture or sound frame as a source gave it.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/time.h"
#include "media/track.h"

namespace longtake::media {

/// Bytes somebody else allocated, kept alive by `owner` (an AVPacket's buffer, a vector).
struct Payload {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
  static Payload of(Bytes bytes);
};

/// Times are ticks of the track's timescale, as the source stamped them, unwrapped so that they do not jump
/// at 2^33 or 2^32. Payload is in sample format of ISO files (length-prefixed NAL units, raw AAC, OBUs
/// without temporal delimiters), never Annex B or ADTS.
struct Packet {
  TrackKind kind = TrackKind::video;
  std::int64_t dts = 0;
  std::int64_t pts = 0;
  std::uint32_t duration = 0;  ///< 0 when the source does not say
  bool sync = false;           ///< decoding can start here
  Payload payload;
  WallTime arrival;                     ///< when its last byte came in
  std::optional<WallTime> source_wall;  ///< the source's own clock for `pts` (HLS PROGRAM-DATE-TIME, RTCP)
};

}  // namespace longtake::media
