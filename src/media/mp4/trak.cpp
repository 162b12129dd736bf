#include "media/mp4/trak.h"

#include "media/mp4/sample_entry.h"

namespace longtake::media::mp4 {
namespace {

constexpr std::uint32_t language_und = 0x55C4;

/// Version 1 boxes carry 64-bit times and durations.
std::uint32_t version_for(std::uint64_t duration) {
  return duration >= 0xFFFFFFFFU ? 1 : 0;
}

void write_times(BoxWriter& w, std::uint32_t version) {
  w.zeros(version == 1 ? 16 : 8);  // created, modified: not known, and bytes must not depend on "now"
}

void write_duration(BoxWriter& w, std::uint32_t version, std::uint64_t duration) {
  if (version == 1)
    w.u64(duration);
  else
    w.u32(static_cast<std::uint32_t>(duration));
}

void write_unity_matrix(BoxWriter& w) {
  for (const std::uint32_t v : {0x00010000U, 0U, 0U, 0U, 0x00010000U, 0U, 0U, 0U, 0x40000000U})
    w.u32(v);
}

}  // namespace

void write_mvhd(BoxWriter& w, std::uint32_t timescale, std::uint64_t duration) {
  const auto version = version_for(duration);
  w.full_box(fourcc("mvhd"), version, 0, [&] {
    write_times(w, version);
    w.u32(timescale);
    write_duration(w, version, duration);
    w.u32(0x00010000);  // rate 1
    w.u16(0x0100);      // volume 1
    w.zeros(10);
    write_unity_matrix(w);
    w.zeros(24);
    w.u32(3);  // next track id: 1 and 2 are ours
  });
}

void write_tkhd(BoxWriter& w, std::uint32_t id, std::uint64_t duration, const Track& track) {
  const auto version = version_for(duration);
  const bool audio = track.kind() == TrackKind::audio;
  w.full_box(fourcc("tkhd"), version, 3 /* enabled, in movie */, [&] {
    write_times(w, version);
    w.u32(id);
    w.u32(0);
    write_duration(w, version, duration);
    w.zeros(8);
    w.u16(0);
    w.u16(audio ? 1 : 0);  // alternate group
    w.u16(audio ? 0x0100 : 0);
    w.u16(0);
    write_unity_matrix(w);
    w.u32(audio ? 0 : display_width(track) << 16);
    w.u32(audio ? 0 : std::uint32_t{track.height} << 16);
  });
}

void write_media_header(BoxWriter& w, const Track& track, std::uint64_t duration) {
  const auto version = version_for(duration);
  w.full_box(fourcc("mdhd"), version, 0, [&] {
    write_times(w, version);
    w.u32(track.timescale);
    write_duration(w, version, duration);
    w.u16(language_und);
    w.u16(0);
  });
  const bool audio = track.kind() == TrackKind::audio;
  w.full_box(fourcc("hdlr"), 0, 0, [&] {
    w.u32(0);
    w.u32(audio ? fourcc("soun") : fourcc("vide"));
    w.zeros(12);
    w.text(audio ? "Sound" : "Video");
    w.u8(0);
  });
}

void write_media_information(BoxWriter& w, TrackKind kind) {
  if (kind == TrackKind::audio)
    w.full_box(fourcc("smhd"), 0, 0, [&] { w.zeros(4); });
  else
    w.full_box(fourcc("vmhd"), 0, 1, [&] { w.zeros(8); });
  w.box(fourcc("dinf"), [&] {
    w.full_box(fourcc("dref"), 0, 0, [&] {
      w.u32(1);
      w.full_box(fourcc("url "), 0, 1 /* same file */, [] {});
    });
  });
}

}  // namespace longtake::media::mp4
