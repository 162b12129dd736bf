#include "desk/cut_time.h"

namespace longtake::desk {

std::optional<WallTime> wait_to_cut(WallTime to, const Recorded& recorded) {
  if (recorded.newest && *recorded.newest >= to) return {};
  if (recorded.now < to) return to;
  const auto patience = recorded.live     ? longest_delay
                        : recorded.wanted ? longest_break
                                          : std::chrono::seconds{0};
  if (recorded.now < to + patience) return recorded.now + std::chrono::seconds{1};
  return {};
}

}  // namespace longtake::desk
