#include "ingest/probe.h"

#include <condition_variable>
#include <mutex>
#include <optional>

#include "ingest/input.h"
#include "ingest/meter.h"
#include "ingest/pause.h"
#include "ingest/thread.h"
#include "media/ffmpeg/frames.h"
#include "media/ticks.h"

namespace longtake::ingest {

using media::TrackKind;

namespace {

constexpr int picture_width = 480;
constexpr Micros look_at_least{2'000'000};

/// Requests a stop at the deadline, or when the caller's own token does.
class Deadline {
 public:
  Deadline(std::chrono::steady_clock::time_point at, std::stop_token outer)
      : forward_(std::move(outer), [this] { stop_.request_stop(); }), thread_("test", [this, at] {
          if (pause_until(at, stop_.get_token())) {
            passed_ = true;
            stop_.request_stop();
          }
        }) {}
  ~Deadline() { stop_.request_stop(); }
  std::stop_token token() const { return stop_.get_token(); }
  bool passed() const { return passed_; }

 private:
  std::stop_source stop_;
  std::atomic<bool> passed_ = false;
  std::stop_callback<std::function<void()>> forward_;
  Thread thread_;
};

media::Bytes picture_of(const media::Track& track, const media::Packet& keyframe) {
  auto decoder = media::ffmpeg::KeyframeDecoder::open(track);
  if (!decoder.ok()) return {};
  const auto picture = decoder->decode(keyframe.payload.bytes);
  if (!picture.ok()) return {};
  auto jpeg = media::ffmpeg::encode_picture(*picture, track, {.width = picture_width});
  return jpeg.ok() ? *std::move(jpeg) : media::Bytes{};
}

class Look {
 public:
  void take(const media::Tracks& tracks, media::Packet packet) {
    const auto& track = tracks.of(packet.kind);
    if (!track) return;
    if (packet.kind == TrackKind::video && packet.sync && picture.empty())
      picture = picture_of(*track, packet);
    const auto dts = media::to_media_nearest(packet.dts, track->timescale);
    const auto pts = media::to_media_nearest(packet.pts, track->timescale);
    meter.add({std::move(packet), dts, pts});
  }
  bool enough(const media::Tracks& tracks) const {
    if (meter.seen() < look_at_least) return false;
    return !tracks.video || (meter.keyframes() >= 2 && !picture.empty());
  }

  Meter meter;
  media::Bytes picture;
};

}  // namespace

Result<SourceReport> probe_source(const ProbeContext& context, const SourceTest& test, std::stop_token stop) {
  const Deadline deadline{context.clock.steady() + test.at_most, stop};
  const auto too_late = [&](const Error& error) {
    if (!deadline.passed()) return error;
    return make_error(Code::unavailable, "nothing playable arrived within {} s", test.at_most.count())
        .named("source-timeout");
  };
  auto input = open_input({.url = test.url,
                           .audio = test.audio,
                           .rtsp_transport = test.rtsp_transport,
                           .allow_private = context.options.allow_private,
                           .open_timeout = test.at_most,
                           .read_timeout = test.at_most,
                           .stop = deadline.token(),
                           .clock = &context.clock,
                           .log = &context.log,
                           .name = "test"});
  if (!input.ok()) return too_late(input.error());
  Look look;
  while (!look.enough((*input)->tracks())) {
    auto event = (*input)->next();
    if (!event.ok()) {
      if (look.meter.seen() > Micros{0} && deadline.passed()) break;
      return too_late(event.error());
    }
    if (event->kind == Input::Event::Kind::end) break;
    if (event->kind == Input::Event::Kind::packet)
      look.take((*input)->tracks(), std::move(event->packet));
    else
      look = {};  // another time line: measure that one
  }
  return SourceReport{.protocol = (*input)->facts().protocol,
                      .tracks = (*input)->tracks(),
                      .notes = (*input)->facts().notes,
                      .frame_rate = look.meter.frame_rate(),
                      .gop = look.meter.gop(),
                      .bit_rate = look.meter.bit_rate(),
                      .picture = std::move(look.picture)};
}

}  // namespace longtake::ingest
