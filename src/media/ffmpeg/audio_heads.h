#pragma once
// Headers of sound frames in byte streams: where a frame ends, what it holds. Private to this folder.

#include <cstdint>
#include <optional>
#include <span>

#include "media/track.h"

namespace longtake::media::ffmpeg {

/// How frames lie in a stream's packets.
enum class AudioForm {
  whole,    ///< a packet is one frame without a header (FLV, MP4, RTP)
  adts,     ///< AAC with ADTS headers
  loas,     ///< AAC in LATM
  mpeg,     ///< MPEG layer 1, 2, 3
  ac3,      ///< AC-3 and E-AC-3
  opus_ts,  ///< Opus behind MPEG-TS control headers
};

struct AudioHead {
  Codec codec = Codec::aac;
  std::size_t header = 0;     ///< bytes that are not part of the sample
  std::size_t size = 0;       ///< header and sample
  std::uint32_t samples = 0;  ///< 0: only a decoder knows
  std::uint32_t sample_rate = 0, channels = 0;
  Bytes config;  ///< as Track::config
};

/// The head of a frame at the start of `bytes`: nothing when there is none. Needs kAudioHeadSize bytes.
std::optional<AudioHead> find_audio_head(AudioForm form, std::span<const std::byte> bytes);
constexpr std::size_t kAudioHeadSize = 12;

/// AudioSpecificConfig (ISO/IEC 14496-3 1.6): output rate, channels (0: in the program config element),
/// samples in a frame at that rate.
std::optional<AudioHead> parse_audio_specific_config(std::span<const std::byte> config);

/// dOps box payload out of an OpusHead (RFC 7845 5.1), or for so many channels without one.
Bytes make_dops(std::span<const std::byte> opus_head, std::uint32_t channels);
/// Samples at 48 kHz in an Opus packet (RFC 6716 3.1).
std::uint32_t opus_samples(std::span<const std::byte> packet);

}  // namespace longtake::media::ffmpeg
