#pragma once
// What a run carries: at most one video and one audio track, each with the codec configuration that a
// decoder needs. Two equal Tracks can share one initialization; a difference starts a new run.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "media/slices.h"

namespace longtake::media {

enum class TrackKind : std::uint8_t { video = 0, audio = 1 };
enum class Codec : std::uint8_t { h264, hevc, av1, aac, mp3, opus, ac3, eac3, mp2, pcm_alaw, pcm_mulaw };

/// "h264", "aac", ... as shown to people and written to rows.
std::string_view to_string(Codec codec);
std::optional<Codec> find_codec(std::string_view name);
constexpr TrackKind kind_of(Codec c) {
  return c <= Codec::av1 ? TrackKind::video : TrackKind::audio;
}

/// One track. Times of its samples are ticks of `timescale` on the run's timeline.
struct Track {
  Codec codec = Codec::h264;
  std::uint32_t timescale = 90000;  ///< video: 90000 always; audio: its sample rate (Opus: 48000)
  /// Decoder configuration: h264 avcC, hevc hvcC, av1 av1C box payload (ISO/IEC 14496-15, AV1-ISOBMFF);
  /// aac: AudioSpecificConfig (ISO/IEC 14496-3); opus: dOps payload; ac3/eac3: dac3/dec3 payload; else empty.
  Bytes config;
  std::uint16_t width = 0, height = 0;          ///< video, coded picture size in pixels
  std::uint32_t sar_num = 1, sar_den = 1;       ///< video, sample aspect ratio
  std::uint32_t sample_rate = 0, channels = 0;  ///< audio
  TrackKind kind() const { return kind_of(codec); }
  /// RFC 6381 codecs parameter: "avc1.64001F", "hvc1.1.6.L93.B0", "av01.0.05M.08", "mp4a.40.2", "opus",
  /// "ac-3".
  std::string rfc6381() const;
  bool operator==(const Track&) const = default;
};

/// The tracks of a run; at least one is there.
struct Tracks {
  std::optional<Track> video;
  std::optional<Track> audio;
  const std::optional<Track>& of(TrackKind k) const { return k == TrackKind::video ? video : audio; }
  /// "avc1.64001F,mp4a.40.2", video first.
  std::string rfc6381() const;
  bool operator==(const Tracks&) const = default;
};

}  // namespace longtake::media
