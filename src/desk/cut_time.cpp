#include "desk/cut_time.h"

namespace longtake::desk {

std::optional<WallTime> wait_to_cut(WallTime to, const Recorded& recorded) {
  if (recorded.newest && *recorded.newest >= to) return {};
  if (recorded.now < to) return to;
  if (recorded.live && recorded.now < to + longest_delay) return recorded.now + std::chrono::seconds{1};
  return {};
}

}  // namespace longtake::desk
