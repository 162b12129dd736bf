#pragma once
// Instants and durations. WallTime is UTC for people and rows; MediaTime is a position on a run's timeline.
// They are different types: mixing them does not compile.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace longtake {

using Micros = std::chrono::duration<std::int64_t, std::micro>;
using WallTime = std::chrono::sys_time<Micros>;

/// The clock of one run: zero is wherever the source's own time stamps have it. Never "now".
struct MediaClock {
  using duration = Micros;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MediaClock>;
  static constexpr bool is_steady = true;
};
using MediaTime = std::chrono::time_point<MediaClock, Micros>;

/// Half-open [from, to) of UTC instants.
struct WallRange {
  WallTime from;
  WallTime to;
  bool operator==(const WallRange&) const = default;
  bool empty() const { return to <= from; }
  bool contains(WallTime t) const { return from <= t && t < to; }
  bool overlaps(const WallRange& o) const { return from < o.to && o.from < to; }
  Micros length() const { return to - from; }
};

constexpr WallTime wall_from_us(std::int64_t us) {
  return WallTime{Micros{us}};
}
constexpr std::int64_t to_us(WallTime t) {
  return t.time_since_epoch().count();
}
constexpr MediaTime media_from_us(std::int64_t us) {
  return MediaTime{Micros{us}};
}
constexpr std::int64_t to_us(MediaTime t) {
  return t.time_since_epoch().count();
}

/// RFC 3339 in UTC with the fewest of 0, 3 or 6 fraction digits that lose nothing:
/// "2026-11-21T10:31:02.040Z".
std::string format_rfc3339(WallTime t);

/// Parses RFC 3339 with any offset and 0 to 9 fraction digits (beyond microseconds: truncated).
/// Error `invalid` names the text.
Result<WallTime> parse_rfc3339(std::string_view text);

/// Source of "now", passed in so that tests own time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// UTC now.
  virtual WallTime now() const = 0;
  /// Monotonic now, for waiting and measuring; comparable only with itself.
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime now() const override;
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace longtake
