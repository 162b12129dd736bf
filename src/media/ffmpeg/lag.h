#pragma once
// Whether reading keeps up with a live source. Private to this folder.

#include <algorithm>
#include <cstdint>
#include <limits>

namespace longtake::media::ffmpeg {

/// Arrival minus time stamp, against its minimum of the last half minute to minute (clocks drift, so an old
/// minimum says nothing). A source that comes late for reasons of its own looks the same, which does no harm:
/// the answer only decides whether it is safe to nap.
class LagMeter {
 public:
  /// Microseconds; call for every packet.
  void note(std::int64_t arrival, std::int64_t stamp) {
    const std::int64_t lag = arrival - stamp;
    if (arrival >= bucket_end_) {
      before_ = now_;
      now_ = std::numeric_limits<std::int64_t>::max();
      bucket_end_ = arrival + kBucket;
    }
    now_ = std::min(now_, lag);
    behind_ = lag - std::min(now_, before_) > kBehind;
  }
  bool behind() const { return behind_; }
  void reset() { *this = LagMeter{}; }

 private:
  static constexpr std::int64_t kBucket = 30'000'000;
  static constexpr std::int64_t kBehind = 500'000;
  std::int64_t now_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t before_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t bucket_end_ = std::numeric_limits<std::int64_t>::min();
  bool behind_ = false;
};

}  // namespace longtake::media::ffmpeg
