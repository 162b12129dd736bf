#pragma once
// Arithmetic of half-open ranges of instants.

#include <vector>

#include "base/time.h"

namespace longtake::desk {

/// Ordered and disjoint.
using Ranges = std::vector<WallRange>;

/// Distances below this are rounding, never a gap.
inline constexpr Micros touching{1'000};

/// Any ranges as ordered and disjoint ones; those that touch become one.
Ranges united(std::vector<WallRange> ranges);

/// What of `ranges` is not in `cuts`; both ordered and disjoint.
Ranges without(const Ranges& ranges, const Ranges& cuts);

/// What of `ranges` is inside of `bounds`.
Ranges clipped(const Ranges& ranges, WallRange bounds);

Micros total(const Ranges& ranges);

}  // namespace longtake::desk
