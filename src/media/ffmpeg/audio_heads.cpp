#include "media/ffmpeg/audio_heads.h"

#include <array>
#include <cstring>

#include "media/bitstream.h"

namespace longtake::media::ffmpeg {

namespace {

/// Bits, most significant first; zeros past the end.
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint32_t take(unsigned count) {
    std::uint32_t value = 0;
    for (; count > 0; --count, ++at_) {
      const unsigned byte = at_ / 8 < bytes_.size() ? std::to_integer<unsigned>(bytes_[at_ / 8]) : 0;
      value = value << 1 | (byte >> (7 - at_ % 8) & 1);
    }
    return value;
  }
  bool overrun() const { return at_ > bytes_.size() * 8; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

class BitWriter {
 public:
  BitWriter& put(std::uint32_t value, unsigned count) {
    for (; count > 0; --count, ++at_) {
      if (at_ % 8 == 0) bytes_.push_back(std::byte{0});
      if (value >> (count - 1) & 1) bytes_.back() |= static_cast<std::byte>(0x80 >> at_ % 8);
    }
    return *this;
  }
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

std::optional<AudioHead> adts_head(std::span<const std::byte> bytes) {
  auto parsed = parse_adts(bytes);
  if (!parsed || parsed->frame_size <= parsed->header_size || parsed->sample_rate == 0) return {};
  AudioHead head;
  head.codec = Codec::aac;
  head.header = parsed->header_size;
  head.size = parsed->frame_size;
  const unsigned blocks = (std::to_integer<unsigned>(bytes[6]) & 3) + 1;
  head.samples = 1024 * blocks;
  head.sample_rate = parsed->sample_rate;
  head.channels = parsed->channels == 0 ? 2 : parsed->channels;
  head.config = make_audio_specific_config(parsed->object_type, parsed->sample_rate, parsed->channels);
  return head;
}

std::optional<AudioHead> loas_head(std::span<const std::byte> bytes) {
  BitReader bits{bytes};
  if (bits.take(11) != 0x2B7) return {};
  AudioHead head;
  head.size = bits.take(13) + 3;
  return head;
}

/// ISO/IEC 11172-3 2.4.2.3, with the lower rates of 13818-3.
std::optional<AudioHead> mpeg_head(std::span<const std::byte> bytes) {
  BitReader bits{bytes};
  if (bits.take(11) != 0x7FF) return {};
  const unsigned version = bits.take(2);  // 3: 1, 2: 2, 0: 2.5
  const unsigned layer = 4 - bits.take(2);
  bits.take(1);
  const unsigned rate_index = bits.take(4), frequency_index = bits.take(2), padding = bits.take(1);
  bits.take(1);
  const unsigned mode = bits.take(2);
  if (version == 1 || layer == 4 || layer == 1 || rate_index == 0 || rate_index == 15 ||
      frequency_index == 3) {
    return {};
  }
  static constexpr std::array<std::array<std::uint16_t, 15>, 3> kKilobits{{
      {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},  // version 1, layer 2
      {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},   // version 1, layer 3
      {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},       // version 2
  }};
  static constexpr std::array<std::uint32_t, 3> kRates{44100, 48000, 32000};
  AudioHead head;
  head.codec = layer == 3 ? Codec::mp3 : Codec::mp2;
  head.sample_rate = kRates[frequency_index] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
  head.channels = mode == 3 ? 1 : 2;
  head.samples = layer == 3 && version != 3 ? 576 : 1152;
  const unsigned kilobits = kKilobits[version != 3 ? 2 : layer - 2][rate_index];
  head.size = head.samples / 8 * kilobits * 1000 / head.sample_rate + padding;
  if (head.size < 24) return {};
  return head;
}

/// ETSI TS 102 366 4.3, E.1.2; configurations of annex F.
std::optional<AudioHead> ac3_head(std::span<const std::byte> bytes) {
  if (bytes.size() < 8) return {};
  BitReader bits{bytes};
  if (bits.take(16) != 0x0B77) return {};
  static constexpr std::array<std::uint32_t, 3> kRates{48000, 44100, 32000};
  static constexpr std::array<std::uint8_t, 8> kChannels{2, 1, 2, 3, 3, 4, 4, 5};
  AudioHead head;
  const unsigned id = std::to_integer<unsigned>(bytes[5]) >> 3;
  if (id <= 10) {
    bits.take(16);
    const unsigned frequency = bits.take(2), size_code = bits.take(6);
    if (frequency == 3 || size_code > 37) return {};
    bits.take(5);
    const unsigned mode = bits.take(3), acmod = bits.take(3);
    if ((acmod & 1) && acmod != 1) bits.take(2);
    if (acmod & 4) bits.take(2);
    if (acmod == 2) bits.take(2);
    const unsigned lfe = bits.take(1);
    static constexpr std::array<std::uint16_t, 19> kKilobits{32,  40,  48,  56,  64,  80,  96,  112, 128, 160,
                                                             192, 224, 256, 320, 384, 448, 512, 576, 640};
    const unsigned kilobits = kKilobits[size_code / 2];
    head.codec = Codec::ac3;
    head.sample_rate = kRates[frequency] >> (id > 8 ? id - 8 : 0);
    head.samples = 1536;
    const unsigned words = frequency == 0   ? kilobits * 2
                           : frequency == 2 ? kilobits * 3
                                            : kilobits * 96000 / 44100 + (size_code & 1);
    head.size = words * 2;
    head.channels = kChannels[acmod] + lfe;
    head.config = BitWriter{}
                      .put(frequency, 2)
                      .put(id, 5)
                      .put(mode, 3)
                      .put(acmod, 3)
                      .put(lfe, 1)
                      .put(size_code / 2, 5)
                      .put(0, 5)
                      .take();
    return head;
  }
  if (id > 16) return {};
  const unsigned stream_type = bits.take(2), substream = bits.take(3);
  const std::uint32_t frame_size = (bits.take(11) + 1) * 2;
  const unsigned frequency = bits.take(2), second = bits.take(2);
  const unsigned acmod = bits.take(3), lfe = bits.take(1);
  static constexpr std::array<std::uint32_t, 4> kBlocks{1, 2, 3, 6};
  if (stream_type == 3) return {};
  head.codec = Codec::eac3;
  head.size = frame_size;
  head.samples = frequency == 3 ? 1536 : kBlocks[second] * 256;
  if (stream_type == 1 || substream != 0) head.samples = 0;  // goes with the frame before it
  head.sample_rate = frequency == 3 ? (second < 3 ? kRates[second] / 2 : 0) : kRates[frequency];
  if (head.sample_rate == 0) return {};
  head.channels = kChannels[acmod] + lfe;
  const std::uint32_t kilobits =
      head.samples
          ? static_cast<std::uint32_t>(std::uint64_t{frame_size} * 8 * head.sample_rate / head.samples / 1000)
          : 0;
  head.config = BitWriter{}
                    .put(kilobits, 13)
                    .put(0, 3)
                    .put(frequency, 2)
                    .put(id, 5)
                    .put(0, 1)
                    .put(0, 1)
                    .put(0, 3)
                    .put(acmod, 3)
                    .put(lfe, 1)
                    .put(0, 3)
                    .put(0, 4)
                    .put(0, 1)
                    .take();
  return head;
}

/// Opus in MPEG-TS: a control header before each packet (ETSI TS 103 491, opus_control_header).
std::optional<AudioHead> opus_head(std::span<const std::byte> bytes) {
  if (bytes.size() < 3) return {};
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? std::to_integer<unsigned>(bytes[i]) : 0U;
  };
  if (byte(0) != 0x7F || (byte(1) & 0xE0) != 0xE0) return {};
  AudioHead head;
  std::size_t at = 2;
  std::size_t size = 0;
  unsigned part = 0;
  do {
    if (at >= bytes.size()) return {};
    part = byte(at++);
    size += part;
  } while (part == 0xFF);
  if (byte(1) & 0x10) at += 2;             // start trim
  if (byte(1) & 0x08) at += 2;             // end trim
  if (byte(1) & 0x04) at += 1 + byte(at);  // extension
  head.codec = Codec::opus;
  head.header = at;
  head.size = at + size;
  head.sample_rate = 48000;
  return head;
}

}  // namespace

std::optional<AudioHead> find_audio_head(AudioForm form, std::span<const std::byte> bytes) {
  switch (form) {
    case AudioForm::adts:
      return adts_head(bytes);
    case AudioForm::loas:
      return loas_head(bytes);
    case AudioForm::mpeg:
      return mpeg_head(bytes);
    case AudioForm::ac3:
      return ac3_head(bytes);
    case AudioForm::opus_ts:
      return opus_head(bytes);
    case AudioForm::whole:
      break;
  }
  return {};
}

std::optional<AudioHead> parse_audio_specific_config(std::span<const std::byte> config) {
  static constexpr std::array<std::uint32_t, 13> kRates{96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                                        22050, 16000, 12000, 11025, 8000,  7350};
  BitReader bits{config};
  const auto object_type = [&bits] {
    const unsigned type = bits.take(5);
    return type == 31 ? 32 + bits.take(6) : type;
  };
  const auto rate = [&bits]() -> std::uint32_t {
    const unsigned index = bits.take(4);
    return index == 15 ? bits.take(24) : index < kRates.size() ? kRates[index] : 0;
  };
  AudioHead head;
  head.codec = Codec::aac;
  unsigned type = object_type();
  const std::uint32_t core_rate = rate();
  head.sample_rate = core_rate;
  const unsigned channels = bits.take(4);
  head.channels = channels == 7 ? 8 : channels;
  if (type == 5 || type == 29) {
    head.sample_rate = rate();
    if (type == 29) head.channels = 2;
    type = object_type();
  }
  const bool short_frames = bits.take(1) == 1;
  if (bits.overrun() || head.sample_rate == 0 || core_rate == 0) return {};
  const std::uint32_t core_samples = short_frames ? 960 : 1024;
  head.samples = static_cast<std::uint32_t>(std::uint64_t{core_samples} * head.sample_rate / core_rate);
  head.config.assign(config.begin(), config.end());
  return head;
}

Bytes make_dops(std::span<const std::byte> opus_head, std::uint32_t channels) {
  BitWriter out;
  out.put(0, 8);
  const bool known = opus_head.size() >= 19 && std::memcmp(opus_head.data(), "OpusHead", 8) == 0;
  if (!known) {
    return out.put(channels == 0 ? 2 : channels, 8).put(312, 16).put(48000, 32).put(0, 16).put(0, 8).take();
  }
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(opus_head[i]); };
  out.put(at(9), 8).put(at(10) | at(11) << 8, 16);
  out.put(at(12) | at(13) << 8 | at(14) << 16 | at(15) << 24, 32)
      .put(at(16) | at(17) << 8, 16)
      .put(at(18), 8);
  if (at(18) != 0) {
    for (std::size_t i = 19; i < opus_head.size() && i < 21 + at(9); ++i)
      out.put(at(i), 8);
  }
  return out.take();
}

std::uint32_t opus_samples(std::span<const std::byte> packet) {
  if (packet.empty()) return 0;
  const auto toc = std::to_integer<unsigned>(packet[0]);
  const unsigned config = toc >> 3;
  static constexpr std::array<std::uint32_t, 4> kSilk{480, 960, 1920, 2880}, kCelt{120, 240, 480, 960};
  const std::uint32_t frame = config < 12   ? kSilk[config & 3]
                              : config < 16 ? kSilk[config & 1]
                                            : kCelt[config & 3];
  unsigned count = (toc & 3) == 0 ? 1 : 2;
  if ((toc & 3) == 3) count = packet.size() > 1 ? std::to_integer<unsigned>(packet[1]) & 0x3F : 0;
  return frame * count;
}

}  // namespace longtake::media::ffmpeg
