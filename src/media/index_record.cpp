#include "media/index_record.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "media/checksum.h"
#include "media/index.h"

namespace longtake::media {
namespace {

static_assert(std::endian::native == std::endian::little, "index records are little endian");
using namespace record;

constexpr std::uint32_t max_record_bytes = 64U << 20;

/// Finds base and width of a column, then packs it.
struct Packing {
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::int64_t high = std::numeric_limits<std::int64_t>::min();
  void see(std::int64_t v) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  std::int32_t base() const { return low > high ? 0 : static_cast<std::int32_t>(low); }
  unsigned code() const {
    const auto spread = low > high ? 0 : high - low;
    return spread == 0 ? 0 : spread <= 0xFF ? 1 : spread <= 0xFFFF ? 2 : 3;
  }
};

template <class Value>
void pack(Bytes& out, const Packing& packing, std::size_t count, Value value) {
  const auto base = packing.base();
  const auto width = width_of(static_cast<std::uint16_t>(packing.code()), 0);
  if (width == 0) return;
  const auto start = out.size();
  out.resize(start + count * width);
  std::byte* at = out.data() + start;
  for (std::size_t i = 0; i < count; ++i, at += width) {
    const auto delta = static_cast<std::uint32_t>(value(i) - base);
    std::memcpy(at, &delta, width);
  }
}

void seal_record(Bytes& out) {
  store(out.data(), checksum, static_cast<std::uint32_t>(xxh64(std::span{out}.subspan(total))));
}

struct Extent {
  std::uint64_t duration = 0, bytes = 0;
  std::int64_t min_pts = 0, end_pts = 0;  // from the first dts
};

Extent extent_of(std::span<const SampleRow> rows) {
  Extent e;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto pts = static_cast<std::int64_t>(e.duration) + rows[i].cts;
    e.min_pts = i == 0 ? pts : std::min(e.min_pts, pts);
    e.end_pts = i == 0 ? pts + rows[i].duration : std::max(e.end_pts, pts + rows[i].duration);
    e.duration += rows[i].duration;
    e.bytes += rows[i].size;
  }
  return e;
}

}  // namespace

Bytes encode_record(const RecordFields& f) {
  const bool keyframe = !f.video.empty() && f.video.front().sync;
  Packing packing[columns];
  for (std::size_t i = 0; i < f.video.size(); ++i) {
    if (i > 0 || !keyframe) packing[video_sizes].see(f.video[i].size);
    packing[video_durations].see(f.video[i].duration);
    packing[video_cts].see(f.video[i].cts);
  }
  for (const auto& row : f.audio) {
    packing[audio_sizes].see(row.size);
    packing[audio_durations].see(row.duration);
  }
  std::uint16_t widths_bits = 0;
  for (unsigned c = 0; c < columns; ++c)
    widths_bits = static_cast<std::uint16_t>(widths_bits | packing[c].code() << (2 * c));
  const auto video = extent_of(f.video), audio = extent_of(f.audio);

  Bytes out(fixed);
  auto* d = out.data();
  store<std::uint16_t>(d, flags, keyframe || f.video.empty() ? flag_sync : 0);
  store<std::uint16_t>(d, widths, widths_bits);
  store(d, moof_size, f.moof_size);
  store(d, offset, f.offset);
  store(d, size, f.size);
  store<std::uint32_t>(d, keyframe_size, keyframe ? f.video.front().size : 0);
  store(d, v_count, static_cast<std::uint32_t>(f.video.size()));
  store(d, v_dts, f.video.empty() ? 0 : f.video_dts);
  store(d, v_duration, static_cast<std::uint32_t>(video.duration));
  store(d, v_min_pts, static_cast<std::int32_t>(video.min_pts));
  store(d, v_end_pts, static_cast<std::int32_t>(video.end_pts));
  store(d, v_bytes, static_cast<std::uint32_t>(video.bytes));
  store(d, v_size, packing[video_sizes].base());
  store(d, v_dur, packing[video_durations].base());
  store(d, v_cts, packing[video_cts].base());
  store(d, a_count, static_cast<std::uint32_t>(f.audio.size()));
  store(d, a_dts, f.audio.empty() ? 0 : f.audio_dts);
  store(d, a_duration, static_cast<std::uint32_t>(audio.duration));
  store(d, a_size, packing[audio_sizes].base());
  store(d, a_dur, packing[audio_durations].base());
  // The keyframe's size is stored apart; its place in the column keeps the others at their own number.
  pack(out, packing[video_sizes], f.video.size(), [&](std::size_t i) -> std::int64_t {
    return i == 0 && keyframe ? packing[video_sizes].base() : f.video[i].size;
  });
  pack(out, packing[video_durations], f.video.size(),
       [&](std::size_t i) -> std::int64_t { return f.video[i].duration; });
  pack(out, packing[video_cts], f.video.size(),
       [&](std::size_t i) -> std::int64_t { return f.video[i].cts; });
  pack(out, packing[audio_sizes], f.audio.size(),
       [&](std::size_t i) -> std::int64_t { return f.audio[i].size; });
  pack(out, packing[audio_durations], f.audio.size(),
       [&](std::size_t i) -> std::int64_t { return f.audio[i].duration; });
  store(out.data(), total, static_cast<std::uint32_t>(out.size()));
  seal_record(out);
  return out;
}

void place_record(Bytes& record, std::uint64_t at) {
  store(record.data(), offset, at);
  seal_record(record);
}

std::optional<std::size_t> check_record(std::span<const std::byte> bytes) {
  if (bytes.size() < fixed) return std::nullopt;
  const auto* d = bytes.data();
  const auto length = load<std::uint32_t>(d, total);
  if (length < fixed || length > bytes.size() || length > max_record_bytes) return std::nullopt;
  const auto sum = static_cast<std::uint32_t>(xxh64(bytes.subspan(total, length - total)));
  if (sum != load<std::uint32_t>(d, checksum)) return std::nullopt;
  const auto bits = load<std::uint16_t>(d, widths);
  std::uint64_t need = fixed;
  for (unsigned c = 0; c < columns; ++c)
    need += std::uint64_t{width_of(bits, c)} * load<std::uint32_t>(d, c < audio_sizes ? v_count : a_count);
  const auto payload =
      std::uint64_t{load<std::uint32_t>(d, moof_size)} + mdat_header + load<std::uint32_t>(d, v_bytes);
  for (const auto at : {v_dts, a_dts})
    if (const auto dts = load<std::int64_t>(d, at); dts > max_dts || dts < -max_dts) return std::nullopt;
  if (need != length || payload > load<std::uint32_t>(d, size)) return std::nullopt;
  // A keyframe is the first picture, and lies among the pictures.
  const auto key = load<std::uint32_t>(d, keyframe_size);
  if (key > load<std::uint32_t>(d, v_bytes) || (key != 0 && load<std::uint32_t>(d, v_count) == 0))
    return std::nullopt;
  return length;
}

void decode_rows(std::span<const std::byte> bytes, bool video, std::vector<SampleRow>& out) {
  const FragmentView view{bytes.data(), bytes.size()};
  const auto kind = video ? TrackKind::video : TrackKind::audio;
  const auto sizes = view.sizes(kind), durations = view.durations(kind), cts = view.cts(kind);
  const auto count = view.track(kind).count;
  const auto keyframe = video ? view.keyframe_size() : 0;
  out.reserve(out.size() + count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool first = i == 0 && keyframe != 0;
    out.push_back({.size = first ? keyframe : static_cast<std::uint32_t>(sizes.at(i)),
                   .duration = static_cast<std::uint32_t>(durations.at(i)),
                   .cts = static_cast<std::int32_t>(cts.at(i)),
                   .sync = !video || first});
  }
}

}  // namespace longtake::media
