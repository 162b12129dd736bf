#include "media/bitstream.h"

#include <algorithm>
#include <cstring>

#include "media/bit_reader.h"
#include "media/bitstream_nal.h"

namespace longtake::media {
namespace {

unsigned u8(ByteView bytes, std::size_t i) {
  return std::to_integer<unsigned>(bytes[i]);
}

/// Offset of the next 00 00 01 at or behind `from`, or the size.
std::size_t find_start_code(ByteView bytes, std::size_t from) {
  const auto* begin = reinterpret_cast<const unsigned char*>(bytes.data());
  // memchr for the 01 is the fastest portable way: start codes are rare.
  for (std::size_t at = from + 2; at < bytes.size(); ++at) {
    const auto* one = static_cast<const unsigned char*>(std::memchr(begin + at, 1, bytes.size() - at));
    if (one == nullptr) break;
    at = static_cast<std::size_t>(one - begin);
    if (begin[at - 1] == 0 && begin[at - 2] == 0) return at - 2;
  }
  return bytes.size();
}

/// True when an SEI unit holds a recovery point with recovery_frame_cnt 0, H.264 D.1.7.
bool has_recovery_point(ByteView sei) {
  const auto rbsp = nal::to_rbsp(Codec::h264, sei);
  std::size_t at = 0;
  const auto number = [&] {
    std::size_t v = 0;
    while (at < rbsp.size() && rbsp[at] == std::byte{0xFF})
      v += 255, ++at;
    if (at < rbsp.size()) v += std::to_integer<std::size_t>(rbsp[at++]);
    return v;
  };
  while (at + 2 < rbsp.size()) {
    const auto type = number();
    const auto size = number();
    if (size > rbsp.size() - at) return false;
    if (type == 6) {
      BitReader r{ByteView{rbsp}.subspan(at, size)};
      return r.ue() == 0 && r.ok();
    }
    at += size;
  }
  return false;
}

bool is_intra_slice(ByteView slice) {
  const auto rbsp = nal::to_rbsp(Codec::h264, slice, 16);
  BitReader r{rbsp};
  r.ue();
  const auto type = r.ue();
  return r.ok() && (type == 2 || type == 7);
}

bool is_h264_keyframe(ByteView sample) {
  bool recovery = false, pictures = false, intra = true;
  for (const auto unit : split_lengths(sample)) {
    const auto type = nal::type_of(Codec::h264, unit);
    if (type == nal::h264_idr) return true;
    if (type == nal::h264_sei) recovery = recovery || has_recovery_point(unit);
    if (type >= nal::h264_slice && type < nal::h264_idr) {
      pictures = true;
      intra = intra && type == nal::h264_slice && is_intra_slice(unit);
    }
  }
  return recovery && pictures && intra;
}

bool is_hevc_keyframe(ByteView sample) {
  for (const auto unit : split_lengths(sample)) {
    const auto type = nal::type_of(Codec::hevc, unit);
    if (type <= nal::hevc_vcl_last) return type >= nal::hevc_irap_first && type <= nal::hevc_irap_last;
  }
  return false;
}

}  // namespace

Bytes nal::to_rbsp(Codec codec, ByteView unit, std::size_t most) {
  Bytes out;
  const auto head = nal::header_bytes(codec);
  if (unit.size() <= head) return out;
  unit = unit.subspan(head);
  out.reserve(std::min(most, unit.size()));
  unsigned zeros = 0;
  for (const auto b : unit) {
    if (out.size() >= most) break;
    if (zeros >= 2 && b == std::byte{3}) {
      zeros = 0;
      continue;
    }
    zeros = b == std::byte{0} ? zeros + 1 : 0;
    out.push_back(b);
  }
  return out;
}

bool is_annexb(ByteView bytes) {
  if (bytes.size() < 4 || u8(bytes, 0) != 0 || u8(bytes, 1) != 0) return false;
  return u8(bytes, 2) == 1 || (u8(bytes, 2) == 0 && u8(bytes, 3) == 1);
}

std::vector<ByteView> split_annexb(ByteView bytes) {
  std::vector<ByteView> out;
  auto at = find_start_code(bytes, 0);
  while (at < bytes.size()) {
    const auto begin = at + 3;
    at = find_start_code(bytes, begin);
    auto unit = bytes.subspan(begin, at - begin);
    while (!unit.empty() && unit.back() == std::byte{0})
      unit = unit.first(unit.size() - 1);
    if (!unit.empty()) out.push_back(unit);
  }
  return out;
}

std::vector<ByteView> split_lengths(ByteView sample, unsigned length_size) {
  std::vector<ByteView> out;
  while (sample.size() > length_size) {
    std::size_t size = 0;
    for (unsigned i = 0; i < length_size; ++i)
      size = size << 8 | u8(sample, i);
    sample = sample.subspan(length_size);
    if (size > sample.size()) break;
    if (size > 0) out.push_back(sample.first(size));
    sample = sample.subspan(size);
  }
  return out;
}

Bytes join_lengths(std::span<const ByteView> nals) {
  std::size_t total = 0;
  for (const auto& n : nals)
    total += 4 + n.size();
  Bytes out(total);
  auto* at = out.data();
  for (const auto& n : nals) {
    const auto size = __builtin_bswap32(static_cast<std::uint32_t>(n.size()));
    std::memcpy(at, &size, 4);
    std::memcpy(at + 4, n.data(), n.size());
    at += 4 + n.size();
  }
  return out;
}

Bytes annexb_to_lengths(Codec codec, ByteView bytes) {
  auto units = split_annexb(bytes);
  const auto delimiter = codec == Codec::hevc ? nal::hevc_aud : nal::h264_aud;
  std::erase_if(units, [&](ByteView u) { return nal::type_of(codec, u) == delimiter; });
  return join_lengths(units);
}

bool is_keyframe(Codec codec, ByteView sample) {
  switch (codec) {
    case Codec::h264:
      return is_h264_keyframe(sample);
    case Codec::hevc:
      return is_hevc_keyframe(sample);
    case Codec::av1:
      return is_av1_keyframe(sample);
    default:
      return true;
  }
}

}  // namespace longtake::media
