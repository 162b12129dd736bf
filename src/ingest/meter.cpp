#include "ingest/meter.h"

#include <algorithm>

namespace longtake::ingest {
namespace {
constexpr Micros window_length{5'000'000};
}

void Meter::add(const TimedPacket& timed) {
  const auto t = timed.dts;
  if (!start_) start_ = t;
  newest_ = std::max(newest_.value_or(t), t);
  if (current_.first && t - *current_.first >= window_length) {
    previous_ = current_;
    current_ = {};
  }
  if (!current_.first) current_.first = current_.last = t;
  current_.last = std::max(*current_.last, t);
  current_.bytes += timed.packet.payload.bytes.size();
  if (timed.packet.kind != media::TrackKind::video) return;
  if (!current_.first_picture) current_.first_picture = t;
  current_.last_picture = t;
  ++current_.pictures;
  if (!timed.packet.sync) return;
  if (last_keyframe_) gop_ = timed.pts - *last_keyframe_;
  last_keyframe_ = timed.pts;
  ++keyframes_;
}

double Meter::frame_rate() const {
  const auto pictures = previous_.pictures + current_.pictures;
  const auto first = previous_.first_picture ? previous_.first_picture : current_.first_picture;
  const auto last = current_.last_picture ? current_.last_picture : previous_.last_picture;
  if (pictures < 2 || *last <= *first) return 0;
  return (pictures - 1) * 1e6 / static_cast<double>((*last - *first).count());
}

std::chrono::milliseconds Meter::gop() const {
  return std::chrono::round<std::chrono::milliseconds>(gop_);
}

std::uint64_t Meter::bit_rate() const {
  const auto first = previous_.first ? previous_.first : current_.first;
  if (!first) return 0;
  const auto span = std::max(*current_.last, *first) - *first;
  if (span < Micros{500'000}) return 0;
  return (previous_.bytes + current_.bytes) * 8'000'000 / static_cast<std::uint64_t>(span.count());
}

Micros Meter::seen() const {
  return start_ ? *newest_ - *start_ : Micros{0};
}

}  // namespace longtake::ingest
