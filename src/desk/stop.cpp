#include "desk/stop.h"

#include <algorithm>

namespace longtake::desk {
namespace {

struct Stretch {
  WallRange footage;
  Micros took{0};
  WallTime shown;
};

/// `played` in the order of the footage.
std::vector<Stretch> stretches_of(const std::vector<Played>& played, const Ranges& recorded) {
  std::vector<Stretch> out;
  for (const auto& [footage, shown] : played) {
    const auto hole = out.empty() ? WallRange{} : WallRange{out.back().footage.to, footage.from};
    if (out.empty() || (!hole.empty() && total(clipped(recorded, hole)) >= worth_a_stop))
      out.push_back({.footage = footage, .took = {}, .shown = shown.to});
    auto& stretch = out.back();
    stretch.footage.to = std::max(stretch.footage.to, footage.to);
    stretch.took += shown.length();
    stretch.shown = std::max(stretch.shown, shown.to);
  }
  return out;
}

}  // namespace

Result<std::optional<Stop>> find_stop(std::vector<Played> played, WallTime now,
                                      const std::function<Result<Ranges>(WallRange)>& recorded) {
  if (played.empty()) return std::optional<Stop>{};
  std::ranges::sort(played, {}, [](const Played& one) { return one.footage.from; });
  const WallRange whole{played.front().footage.from, now};
  LT_TRY(const auto footage, recorded(whole));
  auto stretches = stretches_of(played, footage);
  const auto is_look = [](const Stretch& one) { return one.took < more_than_a_look; };
  if (!std::ranges::all_of(stretches, is_look)) std::erase_if(stretches, is_look);

  Stop stop{.at = stretches.back().footage.to, .shown = stretches.back().shown};
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const auto next = i + 1 < stretches.size() ? stretches[i + 1].footage.from : whole.to;
    const auto missed = clipped(footage, {stretches[i].footage.to, next});
    if (total(missed) >= worth_a_stop) stop.at = missed.front().from;
    stop.shown = std::max(stop.shown, stretches[i].shown);
  }
  return std::optional{stop};
}

}  // namespace longtake::desk
