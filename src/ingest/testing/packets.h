#pragma once
// Made-up streams for tests: 25 pictures a second, AAC-like sound, all on one clock.

#include <vector>

#include "media/packet.h"
#include "media/track.h"

namespace longtake::ingest::testing {

constexpr std::uint32_t video_timescale = 90000;
constexpr std::uint32_t audio_timescale = 48000;
constexpr std::int64_t picture_ticks = 3600;
constexpr std::int64_t sound_ticks = 1024;

inline media::Tracks av_tracks() {
  media::Tracks tracks;
  tracks.video =
      media::Track{.codec = media::Codec::h264, .timescale = video_timescale, .width = 640, .height = 360};
  tracks.audio = media::Track{.codec = media::Codec::aac,
                              .timescale = audio_timescale,
                              .sample_rate = audio_timescale,
                              .channels = 2};
  return tracks;
}
inline media::Tracks video_tracks() {
  auto tracks = av_tracks();
  tracks.audio.reset();
  return tracks;
}
inline media::Tracks audio_tracks() {
  auto tracks = av_tracks();
  tracks.video.reset();
  return tracks;
}

inline const WallTime noon = wall_from_us(1'795'608'000'000'000);  // 2026-11-25T12:00:00Z

/// The n-th picture; arrives `delay` after its time stamp, counted from noon.
inline media::Packet picture(std::int64_t n, bool sync, Micros delay = Micros{0}, std::size_t size = 100) {
  media::Packet p{.kind = media::TrackKind::video, .dts = n * picture_ticks, .pts = n * picture_ticks};
  p.duration = picture_ticks;
  p.sync = sync;
  p.payload = media::Payload::of(media::Bytes(size, std::byte{1}));
  p.arrival = noon + Micros{n * 40'000} + delay;
  return p;
}
/// The n-th frame of sound.
inline media::Packet sound(std::int64_t n, Micros delay = Micros{0}, std::size_t size = 20) {
  media::Packet p{.kind = media::TrackKind::audio, .dts = n * sound_ticks, .pts = n * sound_ticks};
  p.duration = sound_ticks;
  p.sync = true;
  p.payload = media::Payload::of(media::Bytes(size, std::byte{2}));
  p.arrival = noon + Micros{n * sound_ticks * 1'000'000 / audio_timescale} + delay;
  return p;
}

}  // namespace longtake::ingest::testing
