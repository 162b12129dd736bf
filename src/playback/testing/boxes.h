#pragma once
// A small reader of ISO files, written apart from the code under test.

#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "media/slices.h"

namespace longtake::playback::testing {

struct Box {
  std::string type;
  std::size_t offset = 0, size = 0, header = 8;
};

class Reader {
 public:
  explicit Reader(const media::Bytes& bytes) : bytes_(bytes) {}
  std::uint64_t number(std::size_t at, int size) const {
    std::uint64_t out = 0;
    for (int i = 0; i < size; ++i)
      out = out << 8 | std::to_integer<std::uint64_t>(bytes_.at(at + static_cast<std::size_t>(i)));
    return out;
  }
  std::vector<Box> boxes(std::size_t from, std::size_t to) const {
    std::vector<Box> out;
    while (from < to) {
      Box box{.offset = from};
      box.size = number(from, 4);
      for (int i = 0; i < 4; ++i)
        box.type += static_cast<char>(bytes_.at(from + 4 + static_cast<std::size_t>(i)));
      if (box.size == 1) box.size = number(from + 8, 8), box.header = 16;
      if (box.size < box.header || from + box.size > to) throw std::runtime_error("broken box " + box.type);
      out.push_back(box);
      from += box.size;
    }
    return out;
  }
  std::vector<Box> all() const { return boxes(0, bytes_.size()); }
  std::vector<Box> in(const Box& box) const { return boxes(box.offset + box.header, box.offset + box.size); }
  std::optional<Box> find(const Box& box, const std::string& type) const {
    for (const auto& child : in(box))
      if (child.type == type) return child;
    return std::nullopt;
  }

 private:
  const media::Bytes& bytes_;
};

/// A sample of a fragmented file.
struct Shot {
  std::uint32_t track = 0;
  std::int64_t dts = 0, pts = 0;
  std::uint32_t duration = 0, size = 0;
  bool sync = false;
  std::uint64_t number = 0;  ///< what the tape wrote into it
  bool operator==(const Shot&) const = default;
};

struct Fragmented {
  bool init = false;
  std::vector<Shot> video, audio;
  std::size_t fragments = 0;
};

inline void read_traf(const Reader& reader, const media::Bytes& bytes, const Box& moof, const Box& traf,
                      Fragmented& out) {
  const auto tfhd = reader.find(traf, "tfhd").value();
  const auto tfdt = reader.find(traf, "tfdt").value();
  const auto flags = reader.number(tfhd.offset + 9, 3);
  auto at = tfhd.offset + 12;
  const auto track = static_cast<std::uint32_t>(reader.number(at, 4));
  at += 4;
  if ((flags & 0x1) != 0) throw std::runtime_error("base-data-offset is used");
  if ((flags & 0x2) != 0) at += 4;
  std::uint64_t duration = 0, size = 0, sample_flags = 0;
  if ((flags & 0x8) != 0) duration = reader.number(at, 4), at += 4;
  if ((flags & 0x10) != 0) size = reader.number(at, 4), at += 4;
  if ((flags & 0x20) != 0) sample_flags = reader.number(at, 4);
  const auto wide = reader.number(tfdt.offset + 8, 1) == 1;
  auto dts = static_cast<std::int64_t>(reader.number(tfdt.offset + 12, wide ? 8 : 4));
  for (const auto& trun : reader.in(traf)) {
    if (trun.type != "trun") continue;
    const auto version = reader.number(trun.offset + 8, 1);
    const auto use = reader.number(trun.offset + 9, 3);
    const auto count = reader.number(trun.offset + 12, 4);
    at = trun.offset + 16;
    std::uint64_t data = moof.offset;
    if ((use & 0x1) != 0) data += reader.number(at, 4), at += 4;
    std::optional<std::uint64_t> first_flags;
    if ((use & 0x4) != 0) first_flags = reader.number(at, 4), at += 4;
    for (std::uint64_t i = 0; i < count; ++i) {
      Shot shot{.track = track, .dts = dts};
      auto d = duration, s = size, f = i == 0 && first_flags ? *first_flags : sample_flags;
      std::int64_t cts = 0;
      if ((use & 0x100) != 0) d = reader.number(at, 4), at += 4;
      if ((use & 0x200) != 0) s = reader.number(at, 4), at += 4;
      if ((use & 0x400) != 0) f = reader.number(at, 4), at += 4;
      if ((use & 0x800) != 0) {
        const auto raw = reader.number(at, 4);
        cts = version == 0 ? static_cast<std::int64_t>(raw) : static_cast<std::int32_t>(raw);
        at += 4;
      }
      shot.duration = static_cast<std::uint32_t>(d);
      shot.size = static_cast<std::uint32_t>(s);
      shot.pts = dts + cts;
      shot.sync = (f & 0x10000) == 0;
      if (data + s > bytes.size()) throw std::runtime_error("sample lies outside the file");
      if (s >= 8) std::memcpy(&shot.number, bytes.data() + data, 8);
      data += s;
      dts += shot.duration;
      (track == 1 ? out.video : out.audio).push_back(shot);
    }
  }
}

inline Fragmented read_fragmented(const media::Bytes& bytes) {
  const Reader reader{bytes};
  Fragmented out;
  for (const auto& box : reader.all()) {
    if (box.type == "moov") out.init = true;
    if (box.type != "moof") continue;
    ++out.fragments;
    for (const auto& traf : reader.in(box))
      if (traf.type == "traf") read_traf(reader, bytes, box, traf, out);
  }
  return out;
}

}  // namespace longtake::playback::testing
