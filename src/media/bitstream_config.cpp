// Decoder configuration records of ISO/IEC 14496-15 and AudioSpecificConfig of 14496-3.

#include <algorithm>
#include <array>

#include "media/bit_reader.h"
#include "media/bitstream.h"
#include "media/bitstream_nal.h"
#include "media/bitstream_sps.h"
#include "media/mp4/box.h"

namespace longtake::media {
namespace {

constexpr std::size_t max_sets = 32;
constexpr std::size_t max_set_bytes = 4096;

using mp4::BoxReader;
using mp4::BoxWriter;

/// The number of a parameter set; a PPS of the same id replaces the older one.
std::optional<std::uint32_t> id_of(Codec codec, ByteView nal) {
  const auto type = nal::type_of(codec, nal);
  if (codec == Codec::h264 && type == nal::h264_sps) {
    const auto sps = read_h264_sps(nal);
    return sps.ok() ? std::optional{sps->id} : std::nullopt;
  }
  if (codec == Codec::hevc && type == nal::hevc_sps) {
    const auto sps = read_hevc_sps(nal);
    return sps.ok() ? std::optional{sps->id} : std::nullopt;
  }
  const auto rbsp = nal::to_rbsp(codec, nal, 64);
  BitReader r{rbsp};
  const auto id = codec == Codec::hevc && type == nal::hevc_vps ? r.bits(4) : r.ue();
  return r.ok() ? std::optional{id} : std::nullopt;
}

std::vector<Bytes>* list_for(Codec codec, ByteView nal, ParameterSets& sets) {
  const auto type = nal::type_of(codec, nal);
  if (codec == Codec::h264)
    return type == nal::h264_sps ? &sets.sps : type == nal::h264_pps ? &sets.pps : nullptr;
  if (codec != Codec::hevc) return nullptr;
  return type == nal::hevc_vps   ? &sets.vps
         : type == nal::hevc_sps ? &sets.sps
         : type == nal::hevc_pps ? &sets.pps
                                 : nullptr;
}

Error broken_extradata(Codec codec) {
  return make_error(Code::invalid, "{} decoder configuration cannot be read", to_string(codec));
}

void take_counted(Codec codec, BoxReader& r, unsigned count, ParameterSets& sets) {
  for (unsigned i = 0; i < count && r.ok(); ++i) {
    const auto size = r.u16();
    take_parameter_set(codec, r.take(size), sets);
  }
}

bool read_avcc(ByteView bytes, ParameterSets& sets) {
  BoxReader r{bytes};
  if (r.u8() != 1) return false;
  r.skip(4);
  take_counted(Codec::h264, r, r.u8() & 0x1FU, sets);
  take_counted(Codec::h264, r, r.u8(), sets);
  return r.ok();
}

bool read_hvcc(ByteView bytes, ParameterSets& sets) {
  BoxReader r{bytes};
  if (r.u8() != 1) return false;
  r.skip(21);
  const auto arrays = r.u8();
  for (unsigned i = 0; i < arrays && r.ok(); ++i) {
    r.skip(1);
    take_counted(Codec::hevc, r, r.u16(), sets);
  }
  return r.ok();
}

void write_sets(BoxWriter& w, const std::vector<Bytes>& sets) {
  for (const auto& s : sets) {
    w.u16(static_cast<std::uint32_t>(s.size()));
    w.bytes(s);
  }
}

}  // namespace

bool is_parameter_set(Codec codec, ByteView nal) {
  const auto type = nal::type_of(codec, nal);
  if (codec == Codec::h264) return type == nal::h264_sps || type == nal::h264_pps;
  return codec == Codec::hevc && type >= nal::hevc_vps && type <= nal::hevc_pps;
}

bool take_parameter_set(Codec codec, ByteView nal, ParameterSets& sets) {
  auto* list = list_for(codec, nal, sets);
  if (list == nullptr || nal.size() > max_set_bytes) return false;
  const auto id = id_of(codec, nal);
  if (!id) return false;
  for (auto& known : *list) {
    if (id_of(codec, known) != id) continue;
    if (std::ranges::equal(known, nal)) return false;
    known.assign(nal.begin(), nal.end());
    return true;
  }
  if (list->size() >= max_sets) return false;
  list->emplace_back(nal.begin(), nal.end());
  return true;
}

std::optional<unsigned> free_set_id(const ParameterSets& sets) {
  constexpr unsigned most = 31;  // of an SPS, H.264 7.4.2.1.1
  for (unsigned id = most + 1; id-- > 0;) {
    const auto taken = [&](const Bytes& nal) { return id_of(Codec::h264, nal) == id; };
    if (std::ranges::none_of(sets.sps, taken) && std::ranges::none_of(sets.pps, taken)) return id;
  }
  return std::nullopt;
}

Result<ParameterSets> parse_extradata(Codec codec, ByteView extradata) {
  ParameterSets out;
  if (is_annexb(extradata)) {
    for (const auto unit : split_annexb(extradata))
      take_parameter_set(codec, unit, out);
  } else if (codec == Codec::h264 ? !read_avcc(extradata, out)
                                  : codec != Codec::hevc || !read_hvcc(extradata, out)) {
    return broken_extradata(codec);
  }
  if (out.sps.empty()) return broken_extradata(codec);
  return out;
}

Result<Bytes> make_avcc(const ParameterSets& sets) {
  if (!sets.complete(Codec::h264)) return make_error(Code::invalid, "H.264 stream without SPS and PPS");
  LT_TRY(const auto sps, read_h264_sps(sets.sps.front()));
  Bytes out;
  BoxWriter w{out};
  w.u8(1);
  w.u8(sps.profile), w.u8(sps.constraints), w.u8(sps.level);
  w.u8(0xFC | 3);  // four-byte lengths
  w.u8(0xE0 | static_cast<std::uint32_t>(sets.sps.size()));
  write_sets(w, sets.sps);
  w.u8(static_cast<std::uint32_t>(sets.pps.size()));
  write_sets(w, sets.pps);
  // 5.3.3.1.2: the High profiles say their chroma format and depths.
  if (sps.profile == 100 || sps.profile == 110 || sps.profile == 122 || sps.profile == 244 ||
      sps.profile == 44) {
    w.u8(0xFCU | sps.shape.chroma_format);
    w.u8(0xF8U | (sps.shape.bit_depth - 8U));
    w.u8(0xF8U | (sps.chroma_bit_depth - 8U));
    w.u8(0);
  }
  return out;
}

Result<Bytes> make_hvcc(const ParameterSets& sets) {
  if (!sets.complete(Codec::hevc)) return make_error(Code::invalid, "HEVC stream without VPS, SPS and PPS");
  LT_TRY(const auto sps, read_hevc_sps(sets.sps.front()));
  Bytes out;
  BoxWriter w{out};
  w.u8(1);
  w.bytes(sps.profile_tier_level);
  w.u16(0xF000);  // min_spatial_segmentation_idc: not known
  w.u8(0xFC);     // parallelismType: not known
  w.u8(0xFCU | sps.shape.chroma_format);
  w.u8(0xF8U | (sps.shape.bit_depth - 8U));
  w.u8(0xF8U | (sps.chroma_bit_depth - 8U));
  w.u16(0);  // avgFrameRate: not known
  w.u8(static_cast<std::uint32_t>(sps.temporal_layers) << 3 | (sps.temporal_nesting ? 4U : 0U) | 3U);
  w.u8(3);
  const std::array<std::pair<unsigned, const std::vector<Bytes>*>, 3> arrays{
      {{nal::hevc_vps, &sets.vps}, {nal::hevc_sps, &sets.sps}, {nal::hevc_pps, &sets.pps}}};
  for (const auto& [type, list] : arrays) {
    w.u8(0x80U | type);  // all sets of this type are here
    w.u16(static_cast<std::uint32_t>(list->size()));
    write_sets(w, *list);
  }
  return out;
}

// --- AAC ---------------------------------------------------------------------------------------------------

namespace {

constexpr std::array<std::uint32_t, 13> aac_rates{96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                                  22050, 16000, 12000, 11025, 8000,  7350};

}  // namespace

Result<AdtsHeader> parse_adts(ByteView bytes) {
  BitReader r{bytes};
  AdtsHeader out;
  const auto sync = r.bits(12);
  r.skip(1);
  const auto layer = r.bits(2);
  const bool no_crc = r.flag();
  out.object_type = static_cast<std::uint8_t>(r.bits(2) + 1);
  const auto rate = r.bits(4);
  r.skip(1);
  const auto channels = r.bits(3);
  r.skip(4);
  out.frame_size = r.bits(13);
  r.skip(13);
  out.header_size = no_crc ? 7 : 9;
  if (!r.ok() || sync != 0xFFF || layer != 0 || rate >= aac_rates.size() || out.frame_size < out.header_size)
    return make_error(Code::invalid, "not an ADTS frame");
  out.sample_rate = aac_rates[rate];
  out.channels = channels == 7 ? 8 : channels;
  return out;
}

Bytes make_audio_specific_config(std::uint8_t object_type, std::uint32_t sample_rate,
                                 std::uint32_t channels) {
  const auto found = std::ranges::find(aac_rates, sample_rate);
  const std::uint64_t configuration = channels == 8 ? 7 : channels & 0xFU;
  // object type 5 bits, rate index 4, [rate 24], channels 4, three zero flags of GASpecificConfig
  std::uint64_t bits = object_type & 0x1FU;
  unsigned count = 5;
  const auto put = [&](std::uint64_t v, unsigned n) { bits = bits << n | v, count += n; };
  if (found != aac_rates.end()) {
    put(static_cast<std::uint64_t>(found - aac_rates.begin()), 4);
  } else {
    put(15, 4);
    put(sample_rate & 0xFFFFFFU, 24);
  }
  put(configuration, 4);
  put(0, 3);
  Bytes out;
  for (; count > 0; count -= 8)
    out.push_back(static_cast<std::byte>(bits >> (count - 8)));
  return out;
}

}  // namespace longtake::media
