// AV1 bitstream, sections 5.3 (OBU header), 5.5 (sequence header), 5.9.2 (frame header).

#include <optional>

#include "media/bit_reader.h"
#include "media/bitstream.h"
#include "media/bitstream_nal.h"
#include "media/mp4/box.h"

namespace longtake::media {
namespace {

constexpr unsigned obu_sequence_header = 1, obu_frame_header = 3, obu_frame = 6;

struct Obu {
  unsigned type = 0;
  ByteView whole;  ///< with header
  ByteView payload;
};

/// Takes the first OBU off `bytes`; nothing when it is broken.
std::optional<Obu> next_obu(ByteView& bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto head = std::to_integer<unsigned>(bytes[0]);
  const bool extended = (head & 4U) != 0, sized = (head & 2U) != 0;
  std::size_t at = extended ? 2 : 1;
  std::uint64_t size = 0;
  if (sized) {
    unsigned shift = 0;
    for (;; shift += 7) {
      if (at >= bytes.size() || shift > 28) return std::nullopt;
      const auto b = std::to_integer<std::uint64_t>(bytes[at++]);
      size |= (b & 0x7FU) << shift;
      if ((b & 0x80U) == 0) break;
    }
  } else if (at <= bytes.size()) {
    size = bytes.size() - at;
  }
  if ((head & 0x80U) != 0 || at > bytes.size() || size > bytes.size() - at) return std::nullopt;
  Obu out{head >> 3 & 0xFU, bytes.first(at + size), bytes.subspan(at, size)};
  bytes = bytes.subspan(at + size);
  return out;
}

struct SequenceHeader {
  unsigned profile = 0, level = 0, tier = 0;
  bool reduced_still = false;
  bool high_depth = false, twelve_bit = false, mono = false, chroma_x = true, chroma_y = true;
  unsigned chroma_position = 0;
};

void skip_timing(BitReader& r, bool& decoder_model, unsigned& delay_bits) {
  r.skip(64);
  if (r.flag()) r.ue();  // num_ticks_per_picture, uvlc
  decoder_model = r.flag();
  if (!decoder_model) return;
  delay_bits = r.bits(5) + 1;
  r.skip(32 + 5 + 5);
}

void read_operating_points(BitReader& r, SequenceHeader& out) {
  bool decoder_model = false;
  unsigned delay_bits = 0;
  if (r.flag()) skip_timing(r, decoder_model, delay_bits);
  const bool initial_delay = r.flag();
  const auto count = r.bits(5) + 1;
  for (unsigned i = 0; i < count && r.ok(); ++i) {
    r.skip(12);
    const auto level = r.bits(5);
    const auto tier = level > 7 ? r.bit() : 0;
    if (i == 0) out.level = level, out.tier = tier;
    if (decoder_model && r.flag()) r.skip(std::size_t{delay_bits} * 2 + 1);
    if (initial_delay && r.flag()) r.skip(4);
  }
}

void skip_tools(BitReader& r, bool reduced) {
  const auto width_bits = r.bits(4) + 1, height_bits = r.bits(4) + 1;
  r.skip(width_bits), r.skip(height_bits);
  if (!reduced && r.flag()) r.skip(7);  // frame ids
  r.skip(3);
  if (!reduced) {
    r.skip(4);
    const bool order_hint = r.flag();
    if (order_hint) r.skip(2);
    const unsigned screen = r.flag() ? 2 : r.bit();
    if (screen > 0 && !r.flag()) r.skip(1);
    if (order_hint) r.skip(3);
  }
  r.skip(3);
}

/// color_config(), 5.5.2
void read_colour(BitReader& r, SequenceHeader& out) {
  out.high_depth = r.flag();
  if (out.profile == 2 && out.high_depth) out.twelve_bit = r.flag();
  out.mono = out.profile != 1 && r.flag();
  unsigned primaries = 2, transfer = 2, matrix = 2;
  if (r.flag()) primaries = r.bits(8), transfer = r.bits(8), matrix = r.bits(8);
  if (out.mono) return;
  if (primaries == 1 && transfer == 13 && matrix == 0) {
    out.chroma_x = out.chroma_y = false;
    return;
  }
  r.skip(1);
  if (out.profile == 1) {
    out.chroma_x = out.chroma_y = false;
  } else if (out.profile == 2) {
    out.chroma_x = !out.twelve_bit || r.flag();
    out.chroma_y = out.twelve_bit && out.chroma_x && r.flag();
  }
  if (out.chroma_x && out.chroma_y) out.chroma_position = r.bits(2);
}

std::optional<SequenceHeader> read_sequence_header(ByteView payload) {
  BitReader r{payload};
  SequenceHeader out;
  out.profile = r.bits(3);
  r.skip(1);
  out.reduced_still = r.flag();
  if (out.reduced_still)
    out.level = r.bits(5);
  else
    read_operating_points(r, out);
  skip_tools(r, out.reduced_still);
  read_colour(r, out);
  if (!r.ok() || out.profile > 2) return std::nullopt;
  return out;
}

}  // namespace

bool is_av1_keyframe(ByteView sample) {
  bool reduced_still = false;
  while (const auto obu = next_obu(sample)) {
    if (obu->type == obu_sequence_header) {
      const auto header = read_sequence_header(obu->payload);
      reduced_still = header && header->reduced_still;
    }
    if (obu->type != obu_frame && obu->type != obu_frame_header) continue;
    if (reduced_still) return true;
    BitReader r{obu->payload};
    const bool existing = r.flag();
    const auto type = r.bits(2);
    const bool shown = r.flag();
    return r.ok() && !existing && type == 0 && shown;
  }
  return false;
}

Result<Bytes> make_av1c(ByteView obus) {
  while (const auto obu = next_obu(obus)) {
    if (obu->type != obu_sequence_header) continue;
    const auto s = read_sequence_header(obu->payload);
    if (!s) break;
    Bytes out;
    mp4::BoxWriter w{out};
    w.u8(0x81);
    w.u8(s->profile << 5 | s->level);
    w.u8(s->tier << 7 | (s->high_depth ? 0x40U : 0U) | (s->twelve_bit ? 0x20U : 0U) | (s->mono ? 0x10U : 0U) |
         (s->chroma_x ? 8U : 0U) | (s->chroma_y ? 4U : 0U) | s->chroma_position);
    w.u8(0);
    // configOBUs must have a size field (AV1-ISOBMFF 2.3.4).
    w.u8(obu_sequence_header << 3 | 2U);
    for (auto size = obu->payload.size();; size >>= 7) {
      w.u8((size & 0x7FU) | (size > 0x7F ? 0x80U : 0U));
      if (size <= 0x7F) break;
    }
    w.bytes(obu->payload);
    return out;
  }
  return make_error(Code::invalid, "AV1 stream without a readable sequence header");
}

}  // namespace longtake::media
