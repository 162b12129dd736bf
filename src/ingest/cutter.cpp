#include "ingest/cutter.h"

#include <algorithm>

namespace longtake::ingest {

using media::TrackKind;

namespace {
/// How long sound may run on before a missing picture no longer delays the end of a fragment.
constexpr Micros video_grace{500'000};
}  // namespace

Cut Cutter::on(const TimedPacket& timed) {
  return timed.packet.kind == TrackKind::video ? on_video(timed) : on_audio(timed);
}

Cut Cutter::on_video(const TimedPacket& timed) {
  if (!has_video_) return {Cut::Kind::drop};
  if (timed.packet.sync) return begin(timed, true);
  if (!last_video_) return {Cut::Kind::drop};  // before the first keyframe
  const bool too_long = timed.dts - from_ >= options_.max_fragment;
  const bool too_big = bytes_ + timed.packet.payload.bytes.size() > options_.max_bytes;
  if (too_long || too_big) return begin(timed, false);
  return add(timed);
}

Cut Cutter::on_audio(const TimedPacket& timed) {
  if (!has_video_) {
    if (!open_ || timed.dts - from_ >= options_.audio_fragment) return begin(timed, true);
    return add(timed);
  }
  if (!last_video_) return {Cut::Kind::drop};
  // Sound that goes on while the picture is away advances in small steps; a broken clock leaps.
  if (timed.dts < *last_video_ - options_.max_skew || timed.dts > newest_ + options_.max_skew)
    return {Cut::Kind::drop};
  if (timed.dts - from_ >= options_.max_fragment && timed.dts - *last_video_ > video_grace)
    return begin(timed, false);
  return add(timed);
}

Cut Cutter::begin(const TimedPacket& timed, bool sync) {
  open_ = true;
  from_ = timed.dts;
  bytes_ = 0;
  add(timed);
  return {Cut::Kind::begin, sync};
}

Cut Cutter::add(const TimedPacket& timed) {
  bytes_ += timed.packet.payload.bytes.size();
  if (timed.packet.kind == TrackKind::video) {
    last_video_ = newest_ = timed.dts;
  } else {
    newest_ = std::max(newest_, timed.dts);
  }
  return {};
}

WallTime next_boundary(WallTime t, std::chrono::seconds length) {
  const auto midnight = std::chrono::floor<std::chrono::days>(t);
  const auto passed = (t - midnight) / std::chrono::duration_cast<Micros>(length);
  return std::min<WallTime>(midnight + (passed + 1) * length, midnight + std::chrono::days{1});
}

}  // namespace longtake::ingest
