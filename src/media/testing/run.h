#pragma once
// For tests only: runs of made-up samples whose bytes say who they are, cut into fragments and segments.

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "media/fragment.h"
#include "media/mp4/init.h"
#include "media/mp4/movie.h"
#include "media/ticks.h"

namespace longtake::media::testing {

inline Bytes bytes_of(std::initializer_list<int> values) {
  Bytes out;
  for (const auto v : values)
    out.push_back(static_cast<std::byte>(v));
  return out;
}

inline Track video_track() {
  return {.codec = Codec::h264,
          .timescale = 90000,
          .config = bytes_of({1, 0x64, 0, 0x1F, 0xFF, 0xE1, 0, 4, 0x67, 0x64, 0, 0x1F, 1, 0, 2, 0x68, 0xEE}),
          .width = 640,
          .height = 360};
}
inline Track audio_track(std::uint32_t rate = 48000) {
  return {.codec = Codec::aac,
          .timescale = rate,
          .config = bytes_of({0x11, 0x90}),
          .sample_rate = rate,
          .channels = 2};
}
inline Tracks both_tracks() {
  return {video_track(), audio_track()};
}

/// What a made-up sample is; its bytes begin with this.
struct SampleName {
  std::uint16_t run = 0;
  std::uint8_t kind = 0;  // TrackKind
  std::uint8_t zero = 0;
  std::uint32_t number = 0;  // in display order, from 0
  bool operator==(const SampleName&) const = default;
};
inline Payload name_payload(SampleName name, std::size_t size) {
  Bytes bytes(std::max(size, sizeof name));
  std::memcpy(bytes.data(), &name, sizeof name);
  return Payload::of(std::move(bytes));
}

/// How a run is made. Times in ticks of 90000 (video) and the audio rate.
struct RunShape {
  std::uint16_t run = 1;
  Tracks tracks = both_tracks();
  int pictures = 200;
  int gop = 50;
  bool b_frames = false;  // I P B B display order: every P is decoded before the two B it follows
  bool open_gop = false;  // with b_frames: the B pictures before an I are decoded behind it
  std::int64_t picture_ticks = 3600;
  std::int64_t video_start = 90000;  // pts of the first picture
  std::int64_t audio_start = 48000;
  std::int64_t audio_frames = 376;
  std::size_t keyframe_bytes = 5000, picture_bytes = 900, audio_bytes = 300;
};

/// Decode order of one group of pictures: display numbers. Without b_frames as displayed.
inline std::vector<int> decode_order(const RunShape& shape) {
  std::vector<int> order;
  for (int i = 0; i < shape.pictures; ++i) {
    if (!shape.b_frames) {
      order.push_back(i);
      continue;
    }
    // Anchors at 0, 3, 6, ... of a GOP; the last ones of a GOP are anchors unless it is open.
    const int in_gop = i % shape.gop, gop_end = std::min(i - in_gop + shape.gop, shape.pictures);
    if (in_gop == 0) {
      // The pictures left over by an open GOP follow its next I.
      order.push_back(i);
      if (shape.open_gop && i > 0)
        for (int b = i - (shape.gop - 1) % 3; b < i; ++b)
          order.push_back(b);
    } else if (in_gop % 3 == 1) {
      const int anchor = i + 2;
      if (anchor < gop_end) {
        order.insert(order.end(), {anchor, i, i + 1});
      } else if (!shape.open_gop || gop_end == shape.pictures) {
        for (int k = i; k < gop_end; ++k)
          order.push_back(k);
      }
    }
  }
  return order;
}

/// All packets, by decode time.
inline std::vector<Packet> make_packets(const RunShape& shape) {
  std::vector<Packet> out;
  if (shape.tracks.video) {
    const auto order = decode_order(shape);
    const std::int64_t delay = shape.b_frames ? 2 * shape.picture_ticks : 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto n = order[i];
      Packet p;
      p.kind = TrackKind::video;
      p.pts = shape.video_start + n * shape.picture_ticks;
      p.dts = shape.video_start + static_cast<std::int64_t>(i) * shape.picture_ticks - delay;
      p.sync = n % shape.gop == 0;
      p.payload = name_payload(
          {shape.run, 0, 0, static_cast<std::uint32_t>(n)},
          p.sync ? shape.keyframe_bytes : shape.picture_bytes + static_cast<std::size_t>(n % 7) * 13);
      out.push_back(std::move(p));
    }
  }
  if (shape.tracks.audio)
    for (std::int64_t n = 0; n < shape.audio_frames; ++n) {
      Packet p;
      p.kind = TrackKind::audio;
      p.pts = p.dts = shape.audio_start + n * 1024;
      p.sync = true;
      p.payload = name_payload({shape.run, 1, 0, static_cast<std::uint32_t>(n)},
                               shape.audio_bytes + static_cast<std::size_t>(n % 5));
      out.push_back(std::move(p));
    }
  const auto us = [&](const Packet& p) {
    return rescale_nearest(p.dts, 1'000'000, shape.tracks.of(p.kind)->timescale);
  };
  std::stable_sort(out.begin(), out.end(), [&](const Packet& a, const Packet& b) { return us(a) < us(b); });
  return out;
}

/// Cuts packets at keyframes (or every `audio_cut` sound frames without video).
inline std::vector<Fragment> make_fragments(const RunShape& shape, int audio_cut = 94) {
  std::vector<Fragment> out;
  FragmentBuilder builder{shape.tracks, MediaTime{}};
  const auto packets = make_packets(shape);
  int sounds = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const auto& p = packets[i];
    const bool cut = shape.tracks.video ? p.kind == TrackKind::video && p.sync : sounds == audio_cut;
    if (cut && !builder.empty()) {
      FragmentBuilder::Edges edges;
      for (auto k = i; k < packets.size(); ++k) {
        auto& edge = packets[k].kind == TrackKind::video ? edges.next_video_dts : edges.next_audio_dts;
        if (!edge) edge = packets[k].dts;
      }
      out.push_back(builder.finish(static_cast<std::uint32_t>(out.size()), edges));
      sounds = 0;
    }
    if (const auto added = builder.add(p); !added.ok()) std::abort();
    ++sounds;
  }
  if (!builder.empty()) out.push_back(builder.finish(static_cast<std::uint32_t>(out.size()), {}));
  return out;
}

/// A segment in memory: file bytes, index.
struct Segment {
  Tracks tracks;
  std::int64_t run = 0;
  std::size_t fragments = 0;
  SharedBytes bytes;
  std::vector<SharedBytes> records;
  SegmentIndex index = SegmentIndex::from_records({});

  mp4::MovieStretch stretch(std::size_t first = 0, std::size_t last = SIZE_MAX) const {
    return {&tracks,
            &index,
            first,
            std::min(last, index.size()),
            run,
            [this](std::uint64_t offset, std::uint64_t size) {
              SliceList out;
              out.append(MemorySlice{bytes, offset, size});
              return out;
            }};
  }
};

inline mp4::Identity identity(std::uint32_t sequence = 7) {
  return {ChannelId{12},
          RunId{34},
          sequence,
          {media_from_us(1'000'000), wall_from_us(1'763'719'200'040'000)},
          wall_from_us(1'763'719'199'000'001)};
}

/// Puts fragments into segments of `per_segment` each.
inline std::vector<Segment> make_segments(const RunShape& shape, std::size_t per_segment = 1000) {
  std::vector<Segment> out;
  auto fragments = make_fragments(shape);
  for (std::size_t i = 0; i < fragments.size(); i += per_segment) {
    Segment s{.tracks = shape.tracks, .run = shape.run};
    auto bytes = mp4::segment_header(shape.tracks, identity(static_cast<std::uint32_t>(out.size())));
    for (auto k = i; k < std::min(i + per_segment, fragments.size()); ++k) {
      auto& f = fragments[k];
      f.place_at(bytes.size());
      bytes.insert(bytes.end(), f.bytes->begin(), f.bytes->end());
      s.records.push_back(std::make_shared<const Bytes>(f.record));
    }
    s.fragments = s.records.size();
    s.bytes = std::make_shared<const Bytes>(std::move(bytes));
    s.index = SegmentIndex::from_records(s.records);
    out.push_back(std::move(s));
  }
  return out;
}

inline Bytes index_file(const Segment& s, bool sealed = true) {
  auto out = index_file_header();
  for (const auto& r : s.records)
    out.insert(out.end(), r->begin(), r->end());
  if (sealed) {
    const auto seal = index_file_seal(static_cast<std::uint32_t>(s.records.size()), s.bytes->size());
    out.insert(out.end(), seal.begin(), seal.end());
  }
  return out;
}

/// A folder that is gone with its owner.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "longtake-media-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string write(const std::string& name, const Bytes& bytes) const {
    const auto path = (path_ / name).string();
    std::ofstream out{path, std::ios::binary};
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace longtake::media::testing
