#pragma once
// Ticks and MediaTime. Ticks exist only inside `media` and where a view is laid out; every conversion names
// its rounding. A tick is longer than a microsecond for every timescale we store (<= 192000), so
// to_ticks_nearest(to_media_nearest(t)) == t.

#include <cstdint>

#include "base/time.h"

namespace longtake::media {

/// a * b / c rounded to nearest (half away from zero) / down; 128-bit inside.
std::int64_t rescale_nearest(std::int64_t a, std::int64_t b, std::int64_t c);
std::int64_t rescale_down(std::int64_t a, std::int64_t b, std::int64_t c);

inline MediaTime to_media_nearest(std::int64_t ticks, std::uint32_t timescale) {
  return media_from_us(rescale_nearest(ticks, 1'000'000, timescale));
}
inline std::int64_t to_ticks_nearest(MediaTime t, std::uint32_t timescale) {
  return rescale_nearest(to_us(t), timescale, 1'000'000);
}
inline std::int64_t to_ticks_nearest(Micros d, std::uint32_t timescale) {
  return rescale_nearest(d.count(), timescale, 1'000'000);
}

}  // namespace longtake::media
