#include "ingest/interleaver.h"

#include "media/ticks.h"

namespace longtake::ingest {

using media::TrackKind;

Interleaver::Interleaver(const media::Tracks& tracks, Options options)
    : options_(options),
      video_timescale_(tracks.video ? tracks.video->timescale : 0),
      audio_timescale_(tracks.audio ? tracks.audio->timescale : 0) {}

void Interleaver::push(media::Packet packet) {
  const bool video = packet.kind == TrackKind::video;
  const auto timescale = video ? video_timescale_ : audio_timescale_;
  if (timescale == 0) return;  // a track the run does not carry
  const auto dts = media::to_media_nearest(packet.dts, timescale);
  const auto pts = media::to_media_nearest(packet.pts, timescale);
  auto plays = dts;
  if (video) {
    if (!video_delay_ && packet.sync) video_delay_ = pts - dts;
    plays += video_delay_.value_or(Micros{0});
  }
  (video ? video_ : audio_).push_back({{std::move(packet), dts, pts}, plays});
}

std::optional<TimedPacket> Interleaver::take(Queue& queue) {
  std::optional<TimedPacket> out{std::move(queue.front().timed)};
  queue.pop_front();
  return out;
}

bool Interleaver::overdue(const Queue& queue) const {
  const auto& front = queue.front();
  const auto& back = queue.back();
  return queue.size() > options_.limit || back.plays - front.plays > options_.patience ||
         back.timed.packet.arrival - front.timed.packet.arrival > options_.patience;
}

std::optional<TimedPacket> Interleaver::pop() {
  if (!video_.empty() && !audio_.empty()) return drain();
  auto& queue = video_.empty() ? audio_ : video_;
  if (queue.empty()) return std::nullopt;
  const bool alone = video_timescale_ == 0 || audio_timescale_ == 0;
  if (alone || overdue(queue)) return take(queue);
  return std::nullopt;
}

std::optional<TimedPacket> Interleaver::drain() {
  if (video_.empty() && audio_.empty()) return std::nullopt;
  if (audio_.empty()) return take(video_);
  if (video_.empty()) return take(audio_);
  return video_.front().plays <= audio_.front().plays ? take(video_) : take(audio_);
}

}  // namespace longtake::ingest
