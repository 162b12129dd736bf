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

/// "2026-11-21 18-40-12", local: a file's name holds no colon.
Result<std::string> format_local_for_file(std::string_view zone, WallTime t);

/// "2026-11-21 18:40:12.340 +01:00", local, with its distance from UTC: the hour that comes twice is told
/// apart.
Result<std::string> format_local(std::string_view zone, WallTime t);

}  // namespace longtake
