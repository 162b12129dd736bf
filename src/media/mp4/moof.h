#pragma once
// The moof box of our fragments, written and read back. ISO/IEC 14496-12 8.8.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "media/index_record.h"
#include "media/slices.h"

namespace longtake::media::mp4 {

inline constexpr std::uint32_t video_track_id = 1;
inline constexpr std::uint32_t audio_track_id = 2;

struct MoofTrack {
  std::uint32_t id = video_track_id;
  std::int64_t dts = 0;  ///< tfdt, >= 0
  std::span<const SampleRow> samples;
  std::uint64_t payload_offset = 0;  ///< of the first sample, from the begin of the mdat payload
};

/// moof and the header of the mdat that follows it with `payload_size` bytes.
Bytes write_moof(std::uint32_t sequence, std::span<const MoofTrack> tracks, std::uint64_t payload_size);

struct ParsedMoof {
  std::int64_t video_dts = 0, audio_dts = 0;
  std::vector<SampleRow> video, audio;
  std::uint64_t payload_size = 0;  ///< what the mdat must hold
};
/// Reads a moof written by FragmentBuilder (`moof`: the whole box). Nothing when it is anything else.
std::optional<ParsedMoof> parse_moof(std::span<const std::byte> moof);

}  // namespace longtake::media::mp4
