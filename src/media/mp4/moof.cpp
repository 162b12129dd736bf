#include "media/mp4/moof.h"

#include <algorithm>

#include "media/mp4/box.h"

namespace longtake::media::mp4 {
namespace {

// tfhd and trun flags, 8.8.7 and 8.8.8
constexpr std::uint32_t tfhd_base_is_moof = 0x020000, tfhd_duration = 0x08, tfhd_size = 0x10,
                        tfhd_flags = 0x20;
constexpr std::uint32_t trun_offset = 0x001, trun_first_flags = 0x004, trun_duration = 0x100,
                        trun_size = 0x200, trun_flags = 0x400, trun_cts = 0x800;
// sample_depends_on 2 (on nothing), or 1 with sample_is_non_sync_sample, 8.8.3.1
constexpr std::uint32_t sync_flags = 0x02000000, non_sync_flags = 0x01010000;

std::uint32_t flags_of(const SampleRow& row) {
  return row.sync ? sync_flags : non_sync_flags;
}

/// Which columns of a run are constant, so that tfhd can say them once.
struct Shape {
  bool duration = true, size = true, flags = true, first_flags = false, cts = false;

  explicit Shape(std::span<const SampleRow> rows) {
    bool later_flags = true;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      duration = duration && rows[i].duration == rows.front().duration;
      size = size && rows[i].size == rows.front().size;
      flags = flags && rows[i].sync == rows.front().sync;
      later_flags = later_flags && (i == 0 || rows[i].sync == rows.back().sync);
      cts = cts || rows[i].cts != 0;
    }
    first_flags = !flags && later_flags;
  }
  std::uint32_t tfhd() const {
    return tfhd_base_is_moof | (duration ? tfhd_duration : 0) | (size ? tfhd_size : 0) |
           (flags || first_flags ? tfhd_flags : 0);
  }
  std::uint32_t trun() const {
    return trun_offset | (duration ? 0 : trun_duration) | (size ? 0 : trun_size) |
           (first_flags ? trun_first_flags : 0) | (flags || first_flags ? 0 : trun_flags) |
           (cts ? trun_cts : 0);
  }
};

/// Writes a traf; returns where the data offset of its trun stands.
std::size_t write_traf(BoxWriter& w, const MoofTrack& track) {
  const Shape shape{track.samples};
  std::size_t offset_at = 0;
  w.box(fourcc("traf"), [&] {
    w.full_box(fourcc("tfhd"), 0, shape.tfhd(), [&] {
      w.u32(track.id);
      if (shape.duration) w.u32(track.samples.front().duration);
      if (shape.size) w.u32(track.samples.front().size);
      if (shape.flags || shape.first_flags) w.u32(flags_of(track.samples.back()));
    });
    w.full_box(fourcc("tfdt"), 1, 0, [&] { w.i64(track.dts); });
    w.full_box(fourcc("trun"), shape.cts ? 1 : 0, shape.trun(), [&] {
      w.u32(static_cast<std::uint32_t>(track.samples.size()));
      offset_at = w.position();
      w.u32(0);
      if (shape.first_flags) w.u32(flags_of(track.samples.front()));
      for (const auto& row : track.samples) {
        if (!shape.duration) w.u32(row.duration);
        if (!shape.size) w.u32(row.size);
        if (!shape.flags && !shape.first_flags) w.u32(flags_of(row));
        if (shape.cts) w.u32(static_cast<std::uint32_t>(row.cts));
      }
    });
  });
  return offset_at;
}

}  // namespace

Bytes write_moof(std::uint32_t sequence, std::span<const MoofTrack> tracks, std::uint64_t payload_size) {
  Bytes out;
  std::size_t samples = 0;
  for (const auto& t : tracks)
    samples += t.samples.size();
  out.reserve(256 + samples * 16);
  BoxWriter w{out};
  std::vector<std::size_t> offsets;
  w.box(fourcc("moof"), [&] {
    w.full_box(fourcc("mfhd"), 0, 0, [&] { w.u32(sequence); });
    for (const auto& t : tracks)
      offsets.push_back(write_traf(w, t));
  });
  const auto payload_at = out.size() + record::mdat_header;
  for (std::size_t i = 0; i < tracks.size(); ++i)
    store_be32(out.data() + offsets[i], static_cast<std::uint32_t>(payload_at + tracks[i].payload_offset));
  w.u32(static_cast<std::uint32_t>(payload_size + record::mdat_header));
  w.u32(fourcc("mdat"));
  return out;
}

namespace {

struct ParsedTraf {
  std::uint32_t id = 0;
  std::int64_t dts = -1;
  std::uint32_t data_offset = 0;
  std::uint64_t bytes = 0;
  std::vector<SampleRow> rows;
};

struct Defaults {
  std::uint32_t has = 0, duration = 0, size = 0, flags = 0;
};

bool read_tfhd(std::span<const std::byte> body, ParsedTraf& out, Defaults& defaults) {
  BoxReader r{body};
  defaults.has = r.u32() & 0xFFFFFF;
  constexpr auto known = tfhd_base_is_moof | tfhd_duration | tfhd_size | tfhd_flags;
  if ((defaults.has & ~known) != 0 || (defaults.has & tfhd_base_is_moof) == 0) return false;
  out.id = r.u32();
  if (defaults.has & tfhd_duration) defaults.duration = r.u32();
  if (defaults.has & tfhd_size) defaults.size = r.u32();
  if (defaults.has & tfhd_flags) defaults.flags = r.u32();
  return r.ok() && r.left() == 0;
}

bool sane(const SampleRow& row, std::int64_t duration_so_far) {
  return row.size > 0 && row.size <= max_sample_bytes && row.duration > 0 &&
         duration_so_far <= 2 * max_fragment_ticks && row.cts <= max_fragment_ticks &&
         row.cts >= -max_fragment_ticks;
}

bool read_trun(std::span<const std::byte> body, const Defaults& defaults, ParsedTraf& out) {
  BoxReader r{body};
  const auto flags = r.u32() & 0xFFFFFF;
  const auto count = r.u32();
  if ((flags & trun_offset) == 0 || count == 0) return false;
  out.data_offset = r.u32();
  const auto first_flags = flags & trun_first_flags ? r.u32() : defaults.flags;
  const auto row_bytes = 4U * ((flags & trun_duration ? 1 : 0) + (flags & trun_size ? 1 : 0) +
                               (flags & trun_flags ? 1 : 0) + (flags & trun_cts ? 1 : 0));
  if (!r.ok() || std::uint64_t{count} * row_bytes != r.left() || count > max_fragment_samples) return false;
  std::int64_t duration = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    SampleRow row;
    row.duration = flags & trun_duration ? r.u32() : defaults.duration;
    row.size = flags & trun_size ? r.u32() : defaults.size;
    const auto f = flags & trun_flags ? r.u32() : i == 0 ? first_flags : defaults.flags;
    row.sync = f == sync_flags;
    row.cts = flags & trun_cts ? static_cast<std::int32_t>(r.u32()) : 0;
    duration += row.duration;
    if (!sane(row, duration)) return false;
    out.bytes += row.size;
    out.rows.push_back(row);
  }
  return out.bytes <= max_fragment_bytes;
}

bool read_traf(std::span<const std::byte> body, ParsedTraf& out) {
  BoxReader r{body};
  Defaults defaults;
  const auto tfhd = r.box(), tfdt = r.box(), trun = r.box();
  if (!r.ok() || r.left() != 0 || tfhd.type != fourcc("tfhd") || tfdt.type != fourcc("tfdt") ||
      trun.type != fourcc("trun") || tfdt.body.size() != 12)
    return false;
  BoxReader t{tfdt.body};
  t.skip(4);
  out.dts = t.i64();
  return out.dts >= 0 && out.dts <= max_dts && read_tfhd(tfhd.body, out, defaults) &&
         read_trun(trun.body, defaults, out);
}

}  // namespace

std::optional<ParsedMoof> parse_moof(std::span<const std::byte> moof) {
  BoxReader outer{moof};
  const auto box = outer.box();
  if (!outer.ok() || outer.left() != 0 || box.type != fourcc("moof")) return std::nullopt;
  BoxReader r{box.body};
  if (r.box().type != fourcc("mfhd")) return std::nullopt;
  ParsedMoof out;
  std::uint32_t last_id = 0;
  while (r.ok() && r.left() > 0) {
    const auto child = r.box();
    ParsedTraf traf;
    if (child.type != fourcc("traf") || !read_traf(child.body, traf)) return std::nullopt;
    if (traf.id <= last_id || traf.id > audio_track_id) return std::nullopt;
    if (traf.data_offset != moof.size() + record::mdat_header + out.payload_size) return std::nullopt;
    last_id = traf.id;
    out.payload_size += traf.bytes;
    if (traf.id == video_track_id)
      out.video = std::move(traf.rows), out.video_dts = traf.dts;
    else
      out.audio = std::move(traf.rows), out.audio_dts = traf.dts;
  }
  if (!r.ok() || last_id == 0 || out.payload_size > max_fragment_bytes) return std::nullopt;
  return out;
}

}  // namespace longtake::media::mp4
