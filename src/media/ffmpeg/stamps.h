#pragma once
// Time stamps that wrap (33 bits in MPEG-TS, 32 in RTMP) become ones that do not. Private to this folder.

#include <cstdint>
#include <optional>

namespace longtake::media::ffmpeg {

class Unwrapper {
 public:
  explicit Unwrapper(int bits) : bits_(bits) {}

  /// The value closest to the last one that has these low bits. The first one is taken as it is.
  std::int64_t unwrap(std::int64_t raw) {
    last_ = nearest(raw, last_.value_or(raw));
    return *last_;
  }
  /// Where the next value is expected: another stream of the source may have wrapped already.
  void expect(std::int64_t value) { last_ = value; }
  /// Close to the last value, without moving it (display times run ahead of decode times).
  std::int64_t near_last(std::int64_t raw) const { return nearest(raw, last_.value_or(raw)); }
  void reset() { last_.reset(); }

 private:
  std::int64_t nearest(std::int64_t raw, std::int64_t to) const {
    if (bits_ <= 0 || bits_ >= 63) return raw;
    const std::int64_t period = std::int64_t{1} << bits_;
    std::int64_t step = (raw - to) % period;
    if (step >= period / 2) step -= period;
    if (step < -period / 2) step += period;
    return to + step;
  }

  int bits_;
  std::optional<std::int64_t> last_;
};

}  // namespace longtake::media::ffmpeg
