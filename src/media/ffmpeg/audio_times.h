#pragma once
// Where sound frames lie in time. Private to this folder.

#include <algorithm>
#include <cstdint>
#include <optional>

namespace longtake::media::ffmpeg {

/// Sound frames follow each other without a seam, but their time stamps jitter (a millisecond in RTMP, more
/// in RTP after a sender report). Stamps are believed only when they are off by more than a frame: then sound
/// was lost (a gap stays a gap) or comes twice (it is dropped).
class AudioTimes {
 public:
  explicit AudioTimes(std::uint32_t rate) : rate_(rate) {}

  /// Time of a frame of `duration` ticks with the stamp `said`, if any; nothing when it must be dropped.
  std::optional<std::int64_t> place(std::optional<std::int64_t> said, std::uint32_t duration) {
    const std::int64_t tolerance = std::max<std::int64_t>(duration, rate_ / 50);
    if (!next_) {
      if (!said) return std::nullopt;
      next_ = *said;
    } else if (said && *said > *next_ + tolerance) {
      next_ = *said;
    } else if (said && *said < *next_ - tolerance) {
      return std::nullopt;
    }
    const std::int64_t at = *next_;
    next_ = at + duration;
    return at;
  }
  void reset() { next_.reset(); }
  /// For streams without any stamps.
  void start_at(std::int64_t ticks) { next_ = ticks; }

 private:
  std::uint32_t rate_;
  std::optional<std::int64_t> next_;
};

}  // namespace longtake::media::ffmpeg
