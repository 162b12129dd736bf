#pragma once
// ftyp + moov of stored segments and of served fragments, and reading them back. ISO/IEC 14496-12.

#include <array>
#include <cstdint>
#include <optional>

#include "base/id.h"
#include "media/anchor.h"
#include "media/track.h"

namespace longtake::media::mp4 {

/// What the identity box (uuid, last in the header of a stored segment) says, so that the catalogue can be
/// rebuilt from files alone. Format: docs/reference/stored-form.md.
struct Identity {
  ChannelId channel;
  RunId run;
  std::uint32_t sequence = 0;  ///< of the segment within the channel
  Anchor anchor;
  WallTime run_started;
  bool operator==(const Identity&) const = default;
};

/// Header of a stored segment: ftyp moov(mvex) uuid. Track ids: video 1, audio 2 (also when alone). HEVC
/// tagged hvc1.
Bytes segment_header(const Tracks& tracks, const Identity& identity);
/// Header for served fragments: ftyp moov(mvex) with the kept tracks.
struct InitOptions {
  bool video = true;
  bool audio = true;
};
Bytes init_segment(const Tracks& tracks, InitOptions options);

struct ParsedHeader {
  Tracks tracks;
  std::optional<Identity> identity;
  std::uint64_t size = 0;  ///< bytes of the header: the first moof begins here
};
/// Reads a header made by segment_header. Hostile bytes give `invalid`, never undefined behaviour.
Result<ParsedHeader> parse_header(std::span<const std::byte> bytes);

}  // namespace longtake::media::mp4
