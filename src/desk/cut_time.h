#pragma once
// When a clip can be cut: its end may still lie in the future, or be on its way from the source. Pure.

#include <chrono>
#include <optional>

#include "base/time.h"

namespace longtake::desk {

/// What is recorded of a channel by now.
struct Recorded {
  WallTime now;
  std::optional<WallTime> newest;  ///< end of the newest picture
  bool live = false;               ///< more is coming
  bool wanted = true;              ///< not live: but meant to be, it may come back
};

/// Pictures of a live source come at most so late.
constexpr std::chrono::seconds longest_delay{120};

/// A source that is lost, or a server that starts again, is back within so long, or the clip ends with what
/// was recorded before.
constexpr std::chrono::seconds longest_break{15};

/// Nothing: cut what there is. Else: ask again then.
std::optional<WallTime> wait_to_cut(WallTime to, const Recorded& recorded);

}  // namespace longtake::desk
