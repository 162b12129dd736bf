#pragma once
// Where a person stopped on a channel: out of what they have played of it. Pure, but for asking what is
// recorded.

#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "desk/viewing.h"

namespace longtake::desk {

/// Whoever is away for less has not stopped.
inline constexpr std::chrono::seconds worth_a_stop{60};
/// Whoever plays for less has had a look: a note's moment, a link, a guess.
inline constexpr std::chrono::seconds more_than_a_look{30};

struct Stop {
  WallTime at;
  WallTime shown;  ///< when they last played some of what leads there
};

/// What a tile has played, and when.
struct Played {
  WallRange footage, shown;
};

/// The last footage, a minute or more, that follows a stretch of what was played and is not in one; else the
/// stretches' end. A stretch has no holes of a minute of recording; one that took less time than a look does
/// not count, unless there is no other. Nothing: nothing was played. `recorded`: of a range, up to `now`.
Result<std::optional<Stop>> find_stop(std::vector<Played> played, WallTime now,
                                      const std::function<Result<Ranges>(WallRange)>& recorded);

}  // namespace longtake::desk
