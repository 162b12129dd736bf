#include "media/track.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace longtake::media {
namespace {

constexpr std::array<std::pair<Codec, std::string_view>, 11> names{{{Codec::h264, "h264"},
                                                                    {Codec::hevc, "hevc"},
                                                                    {Codec::av1, "av1"},
                                                                    {Codec::aac, "aac"},
                                                                    {Codec::mp3, "mp3"},
                                                                    {Codec::opus, "opus"},
                                                                    {Codec::ac3, "ac3"},
                                                                    {Codec::eac3, "eac3"},
                                                                    {Codec::mp2, "mp2"},
                                                                    {Codec::pcm_alaw, "pcm_alaw"},
                                                                    {Codec::pcm_mulaw, "pcm_mulaw"}}};

unsigned u8(const Bytes& config, std::size_t i) {
  return i < config.size() ? std::to_integer<unsigned>(config[i]) : 0;
}

std::string h264_name(const Bytes& avcc) {
  return fmt::format("avc1.{:02X}{:02X}{:02X}", u8(avcc, 1), u8(avcc, 2), u8(avcc, 3));
}

/// ISO/IEC 14496-15 annex E: profile, compatibility flags in reverse bit order, tier and level, constraints
/// without trailing zero bytes.
std::string hevc_name(const Bytes& hvcc) {
  const unsigned profile = u8(hvcc, 1);
  std::uint32_t flags = 0;
  for (std::size_t i = 0; i < 4; ++i)
    flags = flags << 8 | u8(hvcc, 2 + i);
  std::uint32_t reversed = 0;
  for (int i = 0; i < 32; ++i)
    reversed |= (flags >> i & 1U) << (31 - i);
  std::string out = "hvc1.";
  if (const unsigned space = profile >> 6; space != 0) out += static_cast<char>('A' + space - 1);
  out += fmt::format("{}.{:X}.{}{}", profile & 31U, reversed, (profile & 32U) != 0 ? 'H' : 'L', u8(hvcc, 12));
  std::size_t last = 6;
  while (last > 0 && u8(hvcc, 5 + last) == 0)
    --last;
  for (std::size_t i = 0; i < last; ++i)
    out += fmt::format(".{:X}", u8(hvcc, 6 + i));
  return out;
}

std::string av1_name(const Bytes& av1c) {
  const unsigned profile = u8(av1c, 1) >> 5, level = u8(av1c, 1) & 31U, flags = u8(av1c, 2);
  const bool high = (flags & 0x40U) != 0, twelve = (flags & 0x20U) != 0;
  const int depth = high ? (profile == 2 && twelve ? 12 : 10) : 8;
  return fmt::format("av01.{}.{:02}{}.{:02}", profile, level, (flags & 0x80U) != 0 ? 'H' : 'M', depth);
}

std::string aac_name(const Bytes& config) {
  unsigned type = u8(config, 0) >> 3;
  if (type == 31) type = 32 + ((u8(config, 0) & 7U) << 3 | u8(config, 1) >> 5);
  return fmt::format("mp4a.40.{}", type == 0 ? 2 : type);
}

}  // namespace

std::string_view to_string(Codec codec) {
  for (const auto& [value, name] : names)
    if (value == codec) return name;
  return "unknown";
}

std::optional<Codec> find_codec(std::string_view name) {
  for (const auto& [value, text] : names)
    if (text == name) return value;
  return std::nullopt;
}

std::string Track::rfc6381() const {
  switch (codec) {
    case Codec::h264:
      return h264_name(config);
    case Codec::hevc:
      return hevc_name(config);
    case Codec::av1:
      return av1_name(config);
    case Codec::aac:
      return aac_name(config);
    case Codec::mp3:
      return "mp4a.6B";
    case Codec::opus:
      return "opus";
    case Codec::ac3:
      return "ac-3";
    case Codec::eac3:
      return "ec-3";
    case Codec::mp2:
      return "mp4a.69";
    case Codec::pcm_alaw:
      return "alaw";
    case Codec::pcm_mulaw:
      return "ulaw";
  }
  return {};
}

std::string Tracks::rfc6381() const {
  std::string out;
  if (video) out = video->rfc6381();
  if (audio) out += (out.empty() ? "" : ",") + audio->rfc6381();
  return out;
}

}  // namespace longtake::media
