#pragma once
// For tests only: reads a progressive MP4 as a player would and tells which sample is displayed when.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "media/mp4/box.h"
#include "media/testing/run.h"

namespace longtake::media::testing {

struct MovieSample {
  SampleName name;
  std::uint64_t offset = 0;
  std::uint32_t size = 0, entry = 0;
  std::int64_t dts = 0, pts = 0;  ///< media ticks
  std::uint32_t duration = 0;
  bool sync = false;
};
struct MovieTrack {
  std::uint32_t id = 0, timescale = 0, entries = 0;
  std::uint64_t tkhd_duration = 0, mdhd_duration = 0;
  struct Edit {
    std::uint64_t duration = 0;
    std::int64_t media_time = 0;
    bool operator==(const Edit&) const = default;
  };
  std::vector<Edit> edits;
  std::vector<MovieSample> samples;  ///< decode order
  std::uint32_t ctts_version = 0;
};
struct Movie {
  std::uint32_t timescale = 0;
  std::uint64_t duration = 0;
  std::vector<MovieTrack> tracks;
  bool wide = false;
};

class MovieReader {
 public:
  explicit MovieReader(const Bytes& bytes) : bytes_(bytes) {
    mp4::BoxReader r{bytes};
    while (r.ok() && r.left() >= 8) {
      const auto box = r.box();
      if (box.type == mp4::fourcc("moov")) moov(box.body);
    }
    good_ = r.ok();
  }
  bool good() const { return good_; }
  Movie movie;

 private:
  using Body = std::span<const std::byte>;
  static std::map<std::uint32_t, Body> children(Body body) {
    std::map<std::uint32_t, Body> out;
    mp4::BoxReader r{body};
    while (r.ok() && r.left() >= 8) {
      const auto box = r.box();
      out[box.type] = box.body;
    }
    return out;
  }
  static std::uint64_t duration_of(Body body, std::uint32_t* timescale, bool tkhd) {
    mp4::BoxReader r{body};
    const auto version = r.u32() >> 24;
    r.skip(version == 1 ? 16 : 8);
    const auto scale = r.u32();
    if (timescale != nullptr) *timescale = scale;
    if (tkhd) r.skip(4);
    return version == 1 ? r.u64() : r.u32();
  }
  void moov(Body body) {
    mp4::BoxReader r{body};
    while (r.ok() && r.left() >= 8) {
      const auto box = r.box();
      if (box.type == mp4::fourcc("mvhd")) movie.duration = duration_of(box.body, &movie.timescale, false);
      if (box.type == mp4::fourcc("trak")) trak(box.body);
    }
  }
  void trak(Body body) {
    MovieTrack t;
    auto boxes = children(body);
    t.tkhd_duration = duration_of(boxes[mp4::fourcc("tkhd")], &t.id, true);
    mp4::BoxReader elst{children(boxes[mp4::fourcc("edts")])[mp4::fourcc("elst")]};
    const auto version = elst.u32() >> 24;
    const auto edits = elst.u32();
    for (std::uint32_t i = 0; i < edits; ++i) {
      MovieTrack::Edit e;
      e.duration = version == 1 ? elst.u64() : elst.u32();
      e.media_time = version == 1 ? elst.i64() : static_cast<std::int32_t>(elst.u32());
      elst.skip(4);
      t.edits.push_back(e);
    }
    auto mdia = children(boxes[mp4::fourcc("mdia")]);
    t.mdhd_duration = duration_of(mdia[mp4::fourcc("mdhd")], &t.timescale, false);
    samples(t, children(children(mdia[mp4::fourcc("minf")])[mp4::fourcc("stbl")]));
    movie.tracks.push_back(std::move(t));
  }
  void samples(MovieTrack& t, std::map<std::uint32_t, Body> stbl) {
    mp4::BoxReader stsd{stbl[mp4::fourcc("stsd")]};
    stsd.skip(4);
    t.entries = stsd.u32();
    mp4::BoxReader stsz{stbl[mp4::fourcc("stsz")]};
    stsz.skip(8);
    t.samples.resize(stsz.u32());
    for (auto& s : t.samples)
      s.size = stsz.u32();
    durations(t, mp4::BoxReader{stbl[mp4::fourcc("stts")]});
    offsets(t, stbl[mp4::fourcc("ctts")]);
    mp4::BoxReader stss{stbl[mp4::fourcc("stss")]};
    stss.skip(4);
    for (auto n = stss.u32(); n > 0 && stss.left() >= 4; --n)
      t.samples.at(stss.u32() - 1).sync = true;
    chunks(t, stbl);
    for (auto& s : t.samples)
      if (s.offset + s.size <= bytes_.size()) std::memcpy(&s.name, bytes_.data() + s.offset, sizeof s.name);
  }
  static void durations(MovieTrack& t, mp4::BoxReader r) {
    r.skip(4);
    std::size_t i = 0;
    std::int64_t dts = 0;
    for (auto n = r.u32(); n > 0; --n) {
      const auto count = r.u32(), value = r.u32();
      for (std::uint32_t k = 0; k < count; ++k, ++i) {
        t.samples.at(i).dts = t.samples.at(i).pts = dts;
        t.samples.at(i).duration = value;
        dts += value;
      }
    }
    if (i != t.samples.size()) std::abort();
  }
  static void offsets(MovieTrack& t, Body ctts) {
    if (ctts.empty()) return;
    mp4::BoxReader r{ctts};
    t.ctts_version = r.u32() >> 24;
    std::size_t i = 0;
    for (auto n = r.u32(); n > 0; --n) {
      const auto count = r.u32(), value = r.u32();
      for (std::uint32_t k = 0; k < count; ++k, ++i)
        t.samples.at(i).pts += static_cast<std::int32_t>(value);  // version 1: signed
    }
    if (i != t.samples.size()) std::abort();
  }
  void chunks(MovieTrack& t, std::map<std::uint32_t, Body>& stbl) {
    movie.wide = stbl.contains(mp4::fourcc("co64"));
    mp4::BoxReader co{movie.wide ? stbl[mp4::fourcc("co64")] : stbl[mp4::fourcc("stco")]};
    mp4::BoxReader stsc{stbl[mp4::fourcc("stsc")]};
    co.skip(4), stsc.skip(4);
    const auto count = co.u32();
    auto runs = stsc.u32();
    std::uint32_t per_chunk = 0, entry = 0, next = runs-- > 0 ? stsc.u32() : 0;
    std::size_t i = 0;
    for (std::uint32_t chunk = 1; chunk <= count; ++chunk) {
      if (chunk == next) {
        per_chunk = stsc.u32(), entry = stsc.u32();
        next = runs > 0 ? (--runs, stsc.u32()) : 0;
      }
      auto at = movie.wide ? co.u64() : co.u32();
      for (std::uint32_t k = 0; k < per_chunk; ++k, ++i) {
        t.samples.at(i).offset = at;
        t.samples.at(i).entry = entry;
        at += t.samples.at(i).size;
      }
    }
    if (i != t.samples.size()) std::abort();
  }
  const Bytes& bytes_;
  bool good_ = false;
};

/// A sample as displayed: on the movie's clock, in ticks of the track.
struct ShownSample {
  SampleName name;
  std::int64_t from = 0, to = 0;
};
/// What a player shows of a track: samples in display order, clipped by the edit list.
inline std::vector<ShownSample> shown(const Movie& movie, const MovieTrack& t) {
  auto samples = t.samples;
  std::stable_sort(samples.begin(), samples.end(),
                   [](const MovieSample& a, const MovieSample& b) { return a.pts < b.pts; });
  const auto& edit = t.edits.back();
  const std::int64_t wait =
      t.edits.size() == 2
          ? rescale_nearest(static_cast<std::int64_t>(t.edits[0].duration), t.timescale, movie.timescale)
          : 0;
  const auto length = rescale_nearest(static_cast<std::int64_t>(edit.duration), t.timescale, movie.timescale);
  std::vector<ShownSample> out;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto begin = samples[i].pts - edit.media_time;
    const auto end = i + 1 < samples.size() ? samples[i + 1].pts - edit.media_time : length;
    if (end <= 0 || begin >= length) continue;
    out.push_back({samples[i].name, wait + std::max<std::int64_t>(0, begin), wait + std::min(end, length)});
  }
  return out;
}

}  // namespace longtake::media::testing
