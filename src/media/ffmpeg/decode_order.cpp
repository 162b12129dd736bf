#include "media/ffmpeg/decode_order.h"

#include <algorithm>

namespace longtake::media::ffmpeg {

namespace {

constexpr std::size_t kLearnFrames = 16;
constexpr std::int64_t kLearnTicks = 90000 * 3 / 2;
constexpr std::int64_t kUsualDuration = 90000 / 30;

}  // namespace

void DecodeOrder::push(Frame frame, Frames& out) {
  if (learned_ && (primed_ || depth_ == 0)) {
    stamp(frame);
    out.push_back(std::move(frame));
    return;
  }
  held_.push_back(std::move(frame));
  const auto [low, high] = std::minmax_element(held_.begin(), held_.end(),
                                               [](const Frame& a, const Frame& b) { return a.pts < b.pts; });
  const bool enough = held_.size() >= kLearnFrames || high->pts - low->pts >= kLearnTicks;
  if (max_depth_ == 0 || enough || (learned_ && held_.size() > depth_ + 1)) learn(out);
}

void DecodeOrder::flush(Frames& out) {
  if (!held_.empty()) learn(out);
  window_.clear();
  primed_ = false;
}

void DecodeOrder::learn(Frames& out) {
  std::vector<std::int64_t> times;
  std::size_t depth = 0;
  for (const Frame& frame : held_) {
    // Pictures decoded before this one and shown after it.
    const auto later = std::upper_bound(times.begin(), times.end(), frame.pts);
    depth = std::max(depth, static_cast<std::size_t>(times.end() - later));
    times.insert(later, frame.pts);
  }
  if (!learned_ || depth > depth_) depth_ = std::min(depth, max_depth_);
  std::int64_t duration = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const std::int64_t step = times[i] - times[i - 1];
    if (step > 0 && (duration == 0 || step < duration)) duration = step;
  }
  if (duration == 0) duration = kUsualDuration;
  window_.clear();
  for (std::size_t i = depth_; i > 0; --i) {
    window_.push_back(times.front() - static_cast<std::int64_t>(i) * duration);
  }
  learned_ = true;
  last_ = times.front() - static_cast<std::int64_t>(depth_ + 1) * duration;
  primed_ = true;
  for (Frame& frame : held_) {
    stamp(frame);
    out.push_back(std::move(frame));
  }
  held_.clear();
}

void DecodeOrder::stamp(Frame& frame) {
  if (!primed_) {
    primed_ = true;
    last_ = frame.pts - 1;
  }
  window_.insert(std::upper_bound(window_.begin(), window_.end(), frame.pts), frame.pts);
  if (window_.front() <= last_ && frame.pts <= last_) {
    // Reordered further than seen so far: one more display time waits from here on.
    frame.dts = ++last_;
    return;
  }
  frame.dts = std::max(window_.front(), last_ + 1);
  window_.erase(window_.begin());
  last_ = frame.dts;
}

}  // namespace longtake::media::ffmpeg
