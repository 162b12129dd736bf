#include "desk/ranges.h"

#include <algorithm>

namespace longtake::desk {

Ranges united(std::vector<WallRange> ranges) {
  std::ranges::sort(ranges, {}, &WallRange::from);
  Ranges out;
  for (const auto& range : ranges) {
    if (range.empty()) continue;
    if (out.empty() || range.from > out.back().to + touching)
      out.push_back(range);
    else
      out.back().to = std::max(out.back().to, range.to);
  }
  return out;
}

Ranges without(const Ranges& ranges, const Ranges& cuts) {
  Ranges out;
  auto cut = cuts.begin();
  for (auto rest : ranges) {
    while (cut != cuts.end() && cut->to <= rest.from)
      ++cut;
    for (auto c = cut; c != cuts.end() && c->from < rest.to; ++c) {
      if (rest.from < c->from) out.push_back({rest.from, c->from});
      rest.from = std::max(rest.from, c->to);
    }
    if (!rest.empty()) out.push_back(rest);
  }
  return out;
}

Ranges clipped(const Ranges& ranges, WallRange bounds) {
  Ranges out;
  for (const auto& range : ranges) {
    const WallRange part{std::max(range.from, bounds.from), std::min(range.to, bounds.to)};
    if (!part.empty()) out.push_back(part);
  }
  return out;
}

Micros total(const Ranges& ranges) {
  Micros sum{0};
  for (const auto& range : ranges)
    sum += range.length();
  return sum;
}

}  // namespace longtake::desk
