#pragma once
// Fragments as others want them: a moof made in memory in front of bytes that stay in the file.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "media/index.h"

namespace longtake::media::mp4 {

/// Where the times of a served moof come from: ticks are moved by `offset` (added), then divided by `speed`.
struct FragmentTimes {
  std::int64_t video_offset = 0;  ///< ticks of the video timescale
  std::int64_t audio_offset = 0;  ///< ticks of the audio timescale
  std::uint32_t speed = 1;
};

/// moof + mdat header for a fragment with one or both tracks; the media bytes follow from the file:
/// `payload_offset`, `payload_size` name the contiguous half (or whole) of the stored mdat.
struct FragmentHead {
  Bytes head;
  std::uint64_t payload_offset = 0;
  std::uint64_t payload_size = 0;
};
struct FragmentParts {
  bool video = true;
  bool audio = true;
};
/// Nothing when the fragment has none of the wanted tracks, or all of it would lie before zero. A fragment
/// that straddles zero keeps its display times: decode times of pictures are squeezed up to zero, sound
/// before zero is left out.
std::optional<FragmentHead> refragment(const FragmentView& fragment, FragmentParts parts, FragmentTimes times,
                                       std::uint32_t sequence);

/// A keyframe as a sample of its own, decoded when it is displayed; ticks as served.
struct KeyframeSample {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::uint64_t payload_offset = 0;  ///< in the stored segment
  std::uint32_t payload_size = 0;
};
/// The keyframe of a fragment, displayed for `duration` (ticks before division by speed). Nothing when the
/// fragment does not begin with a keyframe, would begin before zero, or would last no tick.
std::optional<KeyframeSample> keyframe_sample(const FragmentView& fragment, std::uint64_t duration,
                                              FragmentTimes times);

/// moof + mdat header for keyframes each of which begins where the one before it ends; their bytes follow, in
/// the same order, from wherever each lies.
Bytes keyframes_head(std::span<const KeyframeSample> keyframes, std::uint32_t sequence);

}  // namespace longtake::media::mp4
