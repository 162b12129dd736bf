#pragma once
// What a stream really carries: frame rate, distance of keyframes, bit rate, over the last ten seconds of its
// own time. Pure.

#include <chrono>
#include <optional>

#include "ingest/interleaver.h"

namespace longtake::ingest {

class Meter {
 public:
  void add(const TimedPacket& timed);

  double frame_rate() const;              ///< pictures a second; 0 before two were seen
  std::chrono::milliseconds gop() const;  ///< between the last two keyframes; 0 before two were seen
  std::uint64_t bit_rate() const;         ///< of all tracks; 0 before half a second was seen
  std::uint32_t keyframes() const { return keyframes_; }
  Micros seen() const;  ///< stream time since the start

 private:
  /// Half of the time that is measured over: the current one fills while the previous one is complete.
  struct Window {
    std::optional<MediaTime> first, last;  ///< of any track
    std::optional<MediaTime> first_picture, last_picture;
    std::uint64_t bytes = 0;
    std::uint32_t pictures = 0;
  };

  Window previous_, current_;
  std::optional<MediaTime> start_, newest_, last_keyframe_;
  Micros gop_{0};
  std::uint32_t keyframes_ = 0;
};

}  // namespace longtake::ingest
