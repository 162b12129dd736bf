#pragma once
// NAL unit headers, shared by the files that implement bitstream.h.

#include <cstdint>

#include "media/bitstream.h"

namespace longtake::media::nal {

// H.264 table 7-1
inline constexpr unsigned h264_slice = 1, h264_idr = 5, h264_sei = 6, h264_sps = 7, h264_pps = 8,
                          h264_aud = 9, h264_sps_extension = 13;
// HEVC table 7-1
inline constexpr unsigned hevc_irap_first = 16, hevc_irap_last = 23, hevc_vcl_last = 31, hevc_vps = 32,
                          hevc_sps = 33, hevc_pps = 34, hevc_aud = 35;

inline unsigned type_of(Codec codec, ByteView unit) {
  if (unit.empty()) return 0;
  const auto first = std::to_integer<unsigned>(unit[0]);
  return codec == Codec::hevc ? first >> 1 & 0x3FU : first & 0x1FU;
}
inline std::size_t header_bytes(Codec codec) {
  return codec == Codec::hevc ? 2 : 1;
}

/// The payload without emulation prevention bytes (00 00 03), 7.3.1.1; at most `most` bytes of it.
Bytes to_rbsp(Codec codec, ByteView unit, std::size_t most = 4096);

}  // namespace longtake::media::nal

namespace longtake::media {
/// For is_keyframe; lives in bitstream_av1.cpp.
bool is_av1_keyframe(ByteView sample);
}  // namespace longtake::media
