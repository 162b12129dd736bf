#include "media/ticks.h"

#include <algorithm>
#include <limits>

namespace longtake::media {
namespace {

__extension__ using Wide = __int128;

std::int64_t clamp(Wide v) {
  constexpr Wide low = std::numeric_limits<std::int64_t>::min();
  constexpr Wide high = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::clamp(v, low, high));
}

}  // namespace

std::int64_t rescale_nearest(std::int64_t a, std::int64_t b, std::int64_t c) {
  if (c == 0) return 0;
  const Wide product = static_cast<Wide>(a) * b * (c < 0 ? -1 : 1);
  const Wide divisor = c < 0 ? -static_cast<Wide>(c) : static_cast<Wide>(c);
  const Wide half = divisor / 2;
  return clamp((product >= 0 ? product + half : product - half) / divisor);
}

std::int64_t rescale_down(std::int64_t a, std::int64_t b, std::int64_t c) {
  if (c == 0) return 0;
  const Wide product = static_cast<Wide>(a) * b * (c < 0 ? -1 : 1);
  const Wide divisor = c < 0 ? -static_cast<Wide>(c) : static_cast<Wide>(c);
  Wide q = product / divisor;
  if (product % divisor < 0) --q;
  return clamp(q);
}

}  // namespace longtake::media
