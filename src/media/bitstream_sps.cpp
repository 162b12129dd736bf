// Sequence parameter sets: H.264 7.3.2.1.1 and E.1.1, HEVC 7.3.2.2 and E.2.1.

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include "media/bit_reader.h"
#include "media/bitstream.h"
#include "media/bitstream_nal.h"
#include "media/bitstream_sps.h"

namespace longtake::media {
namespace {

constexpr std::uint32_t max_side = 16384;

/// Table E-1 of both standards.
void read_sample_aspect(BitReader& r, PictureShape& out) {
  constexpr std::array<std::array<std::uint16_t, 2>, 17> known{{{1, 1},
                                                                {1, 1},
                                                                {12, 11},
                                                                {10, 11},
                                                                {16, 11},
                                                                {40, 33},
                                                                {24, 11},
                                                                {20, 11},
                                                                {32, 11},
                                                                {80, 33},
                                                                {18, 11},
                                                                {15, 11},
                                                                {64, 33},
                                                                {160, 99},
                                                                {4, 3},
                                                                {3, 2},
                                                                {2, 1}}};
  const auto idc = r.bits(8);
  std::uint32_t num = 1, den = 1;
  if (idc == 255)
    num = r.bits(16), den = r.bits(16);
  else if (idc < known.size())
    num = known[idc][0], den = known[idc][1];
  if (!r.ok() || num == 0 || den == 0) return;
  const auto common = std::gcd(num, den);
  out.sar_num = num / common;
  out.sar_den = den / common;
}

bool skip_scaling_list(BitReader& r, unsigned size) {
  std::int64_t last = 8, next = 8;
  for (unsigned i = 0; i < size && r.ok(); ++i) {
    if (next != 0) next = (last + r.se() + 256) % 256;
    last = next == 0 ? last : next;
  }
  return r.ok();
}

bool has_chroma_fields(unsigned profile) {
  constexpr std::array<unsigned, 13> high{100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
  return std::ranges::find(high, profile) != high.end();
}

/// Sets the cropped size from coded size and offsets in crop units; false when nothing is left.
bool crop(PictureShape& out, std::uint64_t width, std::uint64_t height, std::uint64_t cut_x,
          std::uint64_t cut_y) {
  if (width > max_side || height > max_side || cut_x >= width || cut_y >= height) return false;
  out.width = static_cast<std::uint32_t>(width - cut_x);
  out.height = static_cast<std::uint32_t>(height - cut_y);
  return true;
}

Error unreadable(std::string_view what) {
  return make_error(Code::invalid, "{} sequence parameter set cannot be read", what);
}

void skip_pic_order(BitReader& r) {
  const auto type = r.ue();
  if (type == 0) {
    r.ue();
  } else if (type == 1) {
    r.skip(1);
    r.se(), r.se();
    const auto count = std::min(r.ue(), 255U);
    for (std::uint32_t i = 0; i < count && r.ok(); ++i)
      r.se();
  }
}

}  // namespace

Result<H264Sps> read_h264_sps(ByteView nal) {
  if (nal::type_of(Codec::h264, nal) != nal::h264_sps) return unreadable("H.264");
  const auto rbsp = nal::to_rbsp(Codec::h264, nal);
  BitReader r{rbsp};
  H264Sps out;
  auto& shape = out.shape;
  out.profile = r.bits(8), out.constraints = r.bits(8), out.level = r.bits(8);
  out.id = r.ue();
  bool separate_planes = false;
  if (has_chroma_fields(out.profile)) {
    const auto chroma = r.ue();
    if (chroma > 3) return unreadable("H.264");
    shape.chroma_format = static_cast<std::uint8_t>(chroma);
    if (chroma == 3) separate_planes = r.flag();
    const auto luma = r.ue(), chroma_depth = r.ue();
    if (luma > 6 || chroma_depth > 6) return unreadable("H.264");
    shape.bit_depth = static_cast<std::uint8_t>(8 + luma);
    out.chroma_bit_depth = static_cast<std::uint8_t>(8 + chroma_depth);
    r.skip(1);
    if (r.flag())
      for (unsigned i = 0; i < (chroma == 3 ? 12U : 8U); ++i)
        if (r.flag() && !skip_scaling_list(r, i < 6 ? 16 : 64)) return unreadable("H.264");
  }
  r.ue();
  skip_pic_order(r);
  r.ue(), r.skip(1);
  const std::uint64_t width = (std::uint64_t{r.ue()} + 1) * 16;
  const std::uint64_t map_units = std::uint64_t{r.ue()} + 1;
  const bool frames_only = r.flag();
  if (!frames_only) r.skip(1);
  r.skip(1);
  std::uint64_t cut_x = 0, cut_y = 0;
  if (r.flag()) {
    const bool planar = shape.chroma_format == 0 || separate_planes;
    const unsigned unit_x = planar || shape.chroma_format == 3 ? 1 : 2;
    const unsigned unit_y = (planar || shape.chroma_format != 1 ? 1U : 2U) * (frames_only ? 1U : 2U);
    cut_x = std::uint64_t{r.ue()} + r.ue(), cut_y = std::uint64_t{r.ue()} + r.ue();
    cut_x *= unit_x, cut_y *= unit_y;
  }
  if (!r.ok() || !crop(shape, width, map_units * 16 * (frames_only ? 1 : 2), cut_x, cut_y))
    return unreadable("H.264");
  if (r.flag() && r.flag()) read_sample_aspect(r, shape);
  return out;
}

namespace {

/// profile_tier_level( 1, max_sub_layers_minus1 ), HEVC 7.3.3
void read_profile_tier_level(BitReader& r, unsigned sub_layers_minus1, HevcSps& out) {
  for (auto& b : out.profile_tier_level)
    b = static_cast<std::byte>(r.bits(8));
  std::array<bool, 8> profile{}, level{};
  for (unsigned i = 0; i < sub_layers_minus1; ++i)
    profile[i] = r.flag(), level[i] = r.flag();
  if (sub_layers_minus1 > 0) r.skip(2 * (8 - sub_layers_minus1));
  for (unsigned i = 0; i < sub_layers_minus1; ++i)
    r.skip((profile[i] ? 88U : 0U) + (level[i] ? 8U : 0U));
}

bool skip_hevc_scaling_lists(BitReader& r) {
  for (unsigned size = 0; size < 4; ++size)
    for (unsigned matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1) {
      if (!r.flag()) {
        r.ue();
        continue;
      }
      const unsigned count = std::min(64U, 1U << (4 + (size << 1)));
      if (size > 1) r.se();
      for (unsigned i = 0; i < count && r.ok(); ++i)
        r.se();
    }
  return r.ok();
}

/// st_ref_pic_set( index ), 7.3.7; returns the number of delta POCs, or nothing when broken.
std::optional<unsigned> skip_reference_set(BitReader& r, unsigned index, std::uint32_t before) {
  constexpr unsigned most = 16;
  if (index != 0 && r.flag()) {
    r.skip(1);
    r.ue();
    unsigned count = 0;
    for (std::uint32_t i = 0; i <= before; ++i) {
      const bool used = r.flag();
      const bool delta = used || r.flag();
      count += delta ? 1 : 0;
    }
    return r.ok() && count <= most ? std::optional{count} : std::nullopt;
  }
  const auto negative = r.ue(), positive = r.ue();
  if (!r.ok() || negative > most || positive > most) return std::nullopt;
  for (std::uint32_t i = 0; i < negative + positive; ++i)
    r.ue(), r.skip(1);
  return negative + positive;
}

/// Behind the picture size up to the VUI; false when broken.
bool skip_to_vui(BitReader& r, unsigned sub_layers_minus1, HevcSps& out) {
  const auto luma = r.ue(), chroma = r.ue();
  if (luma > 8 || chroma > 8) return false;
  out.shape.bit_depth = static_cast<std::uint8_t>(8 + luma);
  out.chroma_bit_depth = static_cast<std::uint8_t>(8 + chroma);
  const auto poc_bits = r.ue() + 4;
  const bool all_layers = r.flag();
  for (unsigned i = all_layers ? 0 : sub_layers_minus1; i <= sub_layers_minus1; ++i)
    r.ue(), r.ue(), r.ue();
  for (int i = 0; i < 6; ++i)
    r.ue();
  if (r.flag() && r.flag() && !skip_hevc_scaling_lists(r)) return false;
  r.skip(2);
  if (r.flag()) {  // pcm
    r.skip(8);
    r.ue(), r.ue();
    r.skip(1);
  }
  const auto sets = r.ue();
  if (!r.ok() || sets > 64 || poc_bits > 16) return false;
  unsigned before = 0;
  for (unsigned i = 0; i < sets; ++i) {
    const auto count = skip_reference_set(r, i, before);
    if (!count) return false;
    before = *count;
  }
  if (r.flag()) {
    const auto count = r.ue();
    if (count > 32) return false;
    for (std::uint32_t i = 0; i < count; ++i)
      r.skip(poc_bits + 1);
  }
  r.skip(2);
  return r.ok();
}

}  // namespace

Result<HevcSps> read_hevc_sps(ByteView nal) {
  if (nal::type_of(Codec::hevc, nal) != nal::hevc_sps) return unreadable("HEVC");
  const auto rbsp = nal::to_rbsp(Codec::hevc, nal);
  BitReader r{rbsp};
  HevcSps out;
  auto& shape = out.shape;
  r.skip(4);
  const auto sub_layers_minus1 = r.bits(3);
  if (sub_layers_minus1 > 6) return unreadable("HEVC");
  out.temporal_layers = static_cast<std::uint8_t>(sub_layers_minus1 + 1);
  out.temporal_nesting = r.flag();
  read_profile_tier_level(r, sub_layers_minus1, out);
  out.id = r.ue();
  const auto chroma = r.ue();
  if (chroma > 3) return unreadable("HEVC");
  shape.chroma_format = static_cast<std::uint8_t>(chroma);
  const bool separate_planes = chroma == 3 && r.flag();
  const auto width = r.ue(), height = r.ue();
  std::uint64_t cut_x = 0, cut_y = 0;
  if (r.flag()) {
    const bool planar = chroma == 0 || separate_planes;
    cut_x = std::uint64_t{r.ue()} + r.ue(), cut_y = std::uint64_t{r.ue()} + r.ue();
    cut_x *= planar || chroma == 3 ? 1 : 2, cut_y *= planar || chroma != 1 ? 1 : 2;
  }
  if (!r.ok() || !crop(shape, width, height, cut_x, cut_y)) return unreadable("HEVC");
  if (!skip_to_vui(r, sub_layers_minus1, out)) return unreadable("HEVC");
  if (r.flag() && r.flag()) read_sample_aspect(r, shape);
  return out;
}

Result<PictureShape> parse_sps(Codec codec, ByteView nal) {
  if (codec == Codec::h264) {
    LT_TRY(const auto sps, read_h264_sps(nal));
    return sps.shape;
  }
  if (codec == Codec::hevc) {
    LT_TRY(const auto sps, read_hevc_sps(nal));
    return sps.shape;
  }
  return make_error(Code::invalid, "{} has no sequence parameter set", to_string(codec));
}

}  // namespace longtake::media
