#pragma once
// Decode times for streams that only say when a picture is shown (RTP). Private to this folder.

#include <deque>
#include <vector>

#include "media/ffmpeg/lane.h"

namespace longtake::media::ffmpeg {

/// Learns from the first pictures how far they are reordered, then gives each the smallest of the last
/// `depth` + 1 display times. Display times are never changed: when a stream turns out to reorder more,
/// decode times stay increasing and a composition offset may be negative.
class DecodeOrder {
 public:
  /// `max_depth` 0: the codec profile knows no reordering, nothing is held back.
  void set_max_depth(std::size_t depth) { max_depth_ = depth; }
  void push(Frame frame, Frames& out);
  /// Gives what is held; forgets time, keeps the depth.
  void flush(Frames& out);

 private:
  void learn(Frames& out);
  void stamp(Frame& frame);

  std::size_t max_depth_ = 16;
  bool learned_ = false;
  bool primed_ = false;
  std::size_t depth_ = 0;
  std::deque<Frame> held_;
  std::vector<std::int64_t> window_;  // sorted display times not yet given as decode times
  std::int64_t last_ = 0;
};

}  // namespace longtake::media::ffmpeg
