#pragma once
// What configuration records repeat from a sequence parameter set.

#include <array>
#include <cstdint>

#include "media/bitstream.h"

namespace longtake::media {

struct H264Sps {
  PictureShape shape;
  std::uint32_t profile = 0, constraints = 0, level = 0;
  std::uint32_t id = 0;
  std::uint8_t chroma_bit_depth = 8;
};
Result<H264Sps> read_h264_sps(ByteView nal);

struct HevcSps {
  PictureShape shape;
  /// general_profile_space ... general_level_idc as they stand in the stream, 12 bytes.
  std::array<std::byte, 12> profile_tier_level{};
  std::uint32_t id = 0;
  std::uint8_t chroma_bit_depth = 8;
  std::uint8_t temporal_layers = 1;
  bool temporal_nesting = false;
};
Result<HevcSps> read_hevc_sps(ByteView nal);

}  // namespace longtake::media
