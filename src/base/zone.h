#pragma once
// Local time, through the system's table of IANA zones. The only place that knows which library reads it.

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace longtake {

/// invalid names the zone: "'Europe/Nowhere' is no time zone; write one like Europe/Moscow or UTC".
Status check_zone(std::string_view zone);

/// The local day that `t` is in: from its midnight (or its first moment, where midnight is skipped) to the
/// next.
Result<WallRange> day_of(std::string_view zone, WallTime t);

}  // namespace longtake
