#include "media/mp4/movie.h"

#include <algorithm>
#include <limits>

#include "media/mp4/box.h"
#include "media/mp4/moof.h"
#include "media/mp4/movie_plan.h"
#include "media/mp4/movie_tables.h"
#include "media/mp4/sample_entry.h"
#include "media/mp4/trak.h"
#include "media/ticks.h"

namespace longtake::media::mp4 {
namespace {

/// A track that waits no longer than half a sound frame for the other need not wait: 1/90 s.
constexpr std::int64_t longest_unsaid_wait = 90;

/// Where the chunk offsets of a track stand in the header, to be moved once the header's size is known.
struct ChunkPlace {
  std::size_t at = 0;
  std::size_t count = 0;
};

struct HeaderWriter {
  BoxWriter& w;
  const MoviePlan& plan;
  bool wide;  // co64

  void words(const TrackTables::Words& table) { w.bytes(std::as_bytes(std::span{table})); }

  bool has_edits(const Shown& shown) const {
    return plan.edit_list || shown.from > plan.timescale / longest_unsaid_wait;
  }

  /// On the movie's clock. Without edits all samples are shown.
  std::uint64_t length(const Shown& shown, const TrackTables& t, std::uint32_t timescale) const {
    if (has_edits(shown)) return static_cast<std::uint64_t>(shown.to);
    return static_cast<std::uint64_t>(
        rescale_nearest(static_cast<std::int64_t>(t.duration), plan.timescale, timescale));
  }

  /// 8.6.6: an empty edit while the other track shows alone, then one edit.
  void edits(const Shown& shown, std::int64_t media_time) {
    if (!has_edits(shown)) return;
    const auto length = static_cast<std::uint64_t>(shown.to - shown.from);
    const auto wait = static_cast<std::uint64_t>(shown.from);
    constexpr auto most = std::uint64_t{std::numeric_limits<std::int32_t>::max()};
    const bool long_form = std::max({length, wait, static_cast<std::uint64_t>(media_time)}) > most;
    const auto number = [&](std::uint64_t v) { long_form ? w.u64(v) : w.u32(static_cast<std::uint32_t>(v)); };
    const auto edit = [&](std::uint64_t duration, std::int64_t time) {
      number(duration), number(static_cast<std::uint64_t>(time));
      w.u32(0x00010000);  // rate 1
    };
    w.box(fourcc("edts"), [&] {
      w.full_box(fourcc("elst"), long_form ? 1 : 0, 0, [&] {
        w.u32(wait > 0 ? 2 : 1);
        if (wait > 0) edit(wait, -1);
        edit(length, media_time);
      });
    });
  }

  ChunkPlace sample_table(const TrackTables& t) {
    ChunkPlace place;
    w.box(fourcc("stbl"), [&] {
      w.full_box(fourcc("stsd"), 0, 0, [&] {
        w.u32(static_cast<std::uint32_t>(t.entries.size()));
        for (const auto* entry : t.entries)
          write_sample_entry(w, *entry);
      });
      counted("stts", t.stts, 2);
      if (!t.ctts.empty()) counted("ctts", t.ctts, 2, has_negative(t.ctts) ? 1 : 0);
      if (!t.stss.empty()) counted("stss", t.stss, 1);
      counted("stsc", t.stsc, 3);
      w.full_box(fourcc("stsz"), 0, 0, [&] {
        w.u32(0), w.u32(t.samples);
        words(t.stsz);
      });
      w.full_box(wide ? fourcc("co64") : fourcc("stco"), 0, 0, [&] {
        w.u32(static_cast<std::uint32_t>(t.chunks.size()));
        place = {w.position(), t.chunks.size()};
        w.zeros(t.chunks.size() * (wide ? 8 : 4));
      });
    });
    return place;
  }

  /// Of (count, offset) pairs, big endian.
  static bool has_negative(const TrackTables::Words& table) {
    for (std::size_t i = 1; i < table.size(); i += 2)
      if (static_cast<std::int32_t>(__builtin_bswap32(table[i])) < 0) return true;
    return false;
  }

  void counted(const char (&name)[5], const TrackTables::Words& table, std::size_t width,
               std::uint8_t version = 0) {
    w.full_box(fourcc(name), version, 0, [&] {
      w.u32(static_cast<std::uint32_t>(table.size() / width));
      words(table);
    });
  }

  ChunkPlace trak(std::uint32_t id, const Shown& shown, const TrackTables& t, std::uint32_t timescale) {
    ChunkPlace place;
    auto track = *t.entries.front();
    track.timescale = timescale;
    w.box(fourcc("trak"), [&] {
      write_tkhd(w, id, length(shown, t, timescale), track);
      edits(shown, t.media_time);
      w.box(fourcc("mdia"), [&] {
        write_media_header(w, track, t.duration);
        w.box(fourcc("minf"), [&] {
          write_media_information(w, track.kind());
          place = sample_table(t);
        });
      });
    });
    return place;
  }
};

void set_chunks(Bytes& header, const ChunkPlace& place, const TrackTables& t, bool wide) {
  const auto base = header.size();
  auto* at = header.data() + place.at;
  for (const auto offset : t.chunks) {
    if (wide)
      store_be64(at, base + offset);
    else
      store_be32(at, static_cast<std::uint32_t>(base + offset));
    at += wide ? 8 : 4;
  }
}

std::size_t header_estimate(const MovieTables& t) {
  std::size_t out = 8192;
  for (const auto* track : {&t.video, &t.audio}) {
    out += 4 * (track->stts.size() + track->ctts.size() + track->stsz.size() + track->stsc.size() +
                track->stss.size()) +
           8 * track->chunks.size();
    for (const auto* entry : track->entries)
      out += entry->config.size() + 512;
  }
  return out;
}

Bytes write_header(const MoviePlan& plan, const MovieTables& tables) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  const auto estimate = header_estimate(tables);
  const bool wide = tables.payload + estimate > most;
  Bytes out;
  out.reserve(estimate);
  BoxWriter w{out};
  w.box(fourcc("ftyp"), [&] {
    w.u32(fourcc("isom")), w.u32(0x200);
    w.u32(fourcc("isom")), w.u32(fourcc("iso2")), w.u32(fourcc("mp41"));
    if (!plan.edit_list) w.u32(fourcc("iso4"));  // negative offsets
  });
  ChunkPlace video, audio;
  HeaderWriter header{w, plan, wide};
  w.box(fourcc("moov"), [&] {
    write_mvhd(w, plan.timescale,
               std::max(header.length(plan.video, tables.video, plan.timescale),
                        header.length(plan.audio, tables.audio, plan.audio_timescale)));
    if (tables.video.samples > 0)
      video = header.trak(video_track_id, plan.video, tables.video, plan.timescale);
    if (tables.audio.samples > 0)
      audio = header.trak(audio_track_id, plan.audio, tables.audio, plan.audio_timescale);
  });
  if (tables.payload + 8 > most) {
    w.u32(1), w.u32(fourcc("mdat"));
    w.u64(tables.payload + 16);
  } else {
    w.u32(static_cast<std::uint32_t>(tables.payload + 8)), w.u32(fourcc("mdat"));
  }
  set_chunks(out, video, tables.video, wide);
  set_chunks(out, audio, tables.audio, wide);
  return out;
}

/// Joins neighbouring ranges of one segment before asking for their slices.
class PayloadRanges {
 public:
  explicit PayloadRanges(SliceList& out) : out_(out) {}
  void add(const MovieStretch& stretch, std::uint64_t offset, std::uint64_t size) {
    if (&stretch == stretch_ && offset == offset_ + size_) {
      size_ += size;
      return;
    }
    flush();
    stretch_ = &stretch, offset_ = offset, size_ = size;
  }
  void flush() {
    if (stretch_ != nullptr && size_ > 0) out_.append(stretch_->slices(offset_, size_));
    size_ = 0;
  }

 private:
  SliceList& out_;
  const MovieStretch* stretch_ = nullptr;
  std::uint64_t offset_ = 0, size_ = 0;
};

std::uint64_t bytes_of(const FragmentView& view, TrackKind kind, std::uint32_t first, std::uint32_t last) {
  std::uint64_t out = 0;
  for (auto i = first; i < last; ++i)
    out += view.sample_size(kind, i);
  return out;
}

void add_kept(PayloadRanges& payload, const PlannedFragment& f, TrackKind kind) {
  const auto& kept = kind == TrackKind::video ? f.kept_video : f.kept_audio;
  const auto& part = kind == TrackKind::video ? f.video : f.audio;
  if (kept.count() == 0) return;
  if (kept.first == 0 && kept.last == part.count) return payload.add(*f.stretch, part.offset, part.bytes);
  if (kept.head) payload.add(*f.stretch, part.offset, f.view.sample_size(kind, 0));
  payload.add(*f.stretch, part.offset + bytes_of(f.view, kind, 0, kept.first),
              bytes_of(f.view, kind, kept.first, kept.last));
}

}  // namespace

Result<SliceList> layout_movie(const std::vector<MovieStretch>& stretches, const MovieOptions& options) {
  LT_TRY(const auto plan, plan_movie(stretches, options));
  LT_TRY(const auto tables, build_tables(plan));
  SliceList out;
  out.append(write_header(plan, tables));
  const auto header_size = out.size();
  PayloadRanges payload{out};
  for (const auto& g : plan.groups)
    for (auto i = g.first; i < g.last; ++i) {
      add_kept(payload, plan.fragments[i], TrackKind::video);
      add_kept(payload, plan.fragments[i], TrackKind::audio);
    }
  payload.flush();
  if (out.size() - header_size != tables.payload)
    return make_error(Code::unavailable, "segments hold {} media bytes where the index says {}",
                      out.size() - header_size, tables.payload);
  return out;
}

}  // namespace longtake::media::mp4
