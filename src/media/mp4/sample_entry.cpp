#include "media/mp4/sample_entry.h"

#include <algorithm>

namespace longtake::media::mp4 {
namespace {

// objectTypeIndication, ISO/IEC 14496-1 7.2.6.6
constexpr std::uint8_t object_aac = 0x40, object_mp3 = 0x6B, object_mp2 = 0x69;

std::uint32_t entry_type(Codec codec) {
  switch (codec) {
    case Codec::h264:
      return fourcc("avc1");
    case Codec::hevc:
      return fourcc("hvc1");
    case Codec::av1:
      return fourcc("av01");
    case Codec::aac:
    case Codec::mp3:
    case Codec::mp2:
      return fourcc("mp4a");
    case Codec::opus:
      return fourcc("Opus");
    case Codec::ac3:
      return fourcc("ac-3");
    case Codec::eac3:
      return fourcc("ec-3");
    case Codec::pcm_alaw:
      return fourcc("alaw");
    case Codec::pcm_mulaw:
      return fourcc("ulaw");
  }
  return 0;
}

/// The box that holds Track::config, 0: none or esds.
std::uint32_t config_type(Codec codec) {
  switch (codec) {
    case Codec::h264:
      return fourcc("avcC");
    case Codec::hevc:
      return fourcc("hvcC");
    case Codec::av1:
      return fourcc("av1C");
    case Codec::opus:
      return fourcc("dOps");
    case Codec::ac3:
      return fourcc("dac3");
    case Codec::eac3:
      return fourcc("dec3");
    default:
      return 0;
  }
}

/// Descriptor sizes are written in four bytes of seven bits, as most writers do.
void write_descriptor(BoxWriter& w, std::uint8_t tag, std::size_t size) {
  w.u8(tag);
  for (int shift = 21; shift > 0; shift -= 7)
    w.u8((size >> shift & 0x7FU) | 0x80U);
  w.u8(size & 0x7FU);
}

/// ISO/IEC 14496-1 7.2.6.5: ES_Descriptor with DecoderConfig, DecoderSpecificInfo and SLConfig.
void write_esds(BoxWriter& w, const Track& track) {
  const std::uint8_t object = track.codec == Codec::aac   ? object_aac
                              : track.codec == Codec::mp3 ? object_mp3
                                                          : object_mp2;
  const std::size_t specific = track.config.empty() ? 0 : 5 + track.config.size();
  w.full_box(fourcc("esds"), 0, 0, [&] {
    write_descriptor(w, 0x03, 3 + 5 + 13 + specific + 5 + 1);
    w.u16(0), w.u8(0);
    write_descriptor(w, 0x04, 13 + specific);
    w.u8(object);
    w.u8(0x15);  // audio stream, upStream 0, reserved 1
    w.u24(0), w.u32(0), w.u32(0);
    if (specific != 0) {
      write_descriptor(w, 0x05, track.config.size());
      w.bytes(track.config);
    }
    write_descriptor(w, 0x06, 1);
    w.u8(0x02);
  });
}

void write_config(BoxWriter& w, const Track& track) {
  if (const auto type = config_type(track.codec); type != 0)
    w.box(type, [&] { w.bytes(track.config); });
  else if (entry_type(track.codec) == fourcc("mp4a"))
    write_esds(w, track);
}

void write_video(BoxWriter& w, const Track& track) {
  w.zeros(16);
  w.u16(track.width), w.u16(track.height);
  w.u32(0x00480000), w.u32(0x00480000);  // 72 dpi
  w.u32(0);
  w.u16(1);     // frames per sample
  w.zeros(32);  // compressor name
  w.u16(0x0018), w.u16(0xFFFF);
  write_config(w, track);
  if (track.sar_num != 0 && track.sar_den != 0)
    w.box(fourcc("pasp"), [&] { w.u32(track.sar_num), w.u32(track.sar_den); });
}

void write_audio(BoxWriter& w, const Track& track) {
  const auto rate = track.codec == Codec::opus ? 48000 : track.sample_rate;
  w.zeros(8);
  w.u16(track.channels), w.u16(16);
  w.u32(0);
  w.u32(rate <= 0xFFFF ? rate << 16 : 0);
  write_config(w, track);
}

// --- reading -----------------------------------------------------------------------------------------------

struct Descriptor {
  std::uint8_t tag = 0;
  std::span<const std::byte> body;
};

Descriptor read_descriptor(BoxReader& r) {
  Descriptor out;
  out.tag = r.u8();
  std::uint32_t size = 0;
  for (int i = 0; i < 4; ++i) {
    const auto b = r.u8();
    size = size << 7 | (b & 0x7FU);
    if ((b & 0x80U) == 0) break;
  }
  out.body = r.take(size);
  return out;
}

bool read_esds(std::span<const std::byte> body, Track& track) {
  BoxReader r{body};
  r.skip(4);
  const auto es = read_descriptor(r);
  BoxReader e{es.body};
  e.skip(3);
  const auto decoder = read_descriptor(e);
  if (!r.ok() || !e.ok() || es.tag != 0x03 || decoder.tag != 0x04) return false;
  BoxReader d{decoder.body};
  const auto object = d.u8();
  d.skip(12);
  if (!d.ok()) return false;
  track.codec = object == object_mp3 ? Codec::mp3 : object == object_mp2 ? Codec::mp2 : Codec::aac;
  if (object != object_aac && track.codec == Codec::aac) return false;
  if (d.left() > 0)
    if (const auto specific = read_descriptor(d); d.ok() && specific.tag == 0x05)
      track.config.assign(specific.body.begin(), specific.body.end());
  return true;
}

bool read_children(BoxReader& r, Track& track) {
  while (r.ok() && r.left() >= 8) {
    const auto box = r.box();
    if (box.type == config_type(track.codec) && box.type != 0) {
      track.config.assign(box.body.begin(), box.body.end());
    } else if (box.type == fourcc("esds")) {
      if (!read_esds(box.body, track)) return false;
    } else if (box.type == fourcc("pasp")) {
      BoxReader p{box.body};
      track.sar_num = p.u32(), track.sar_den = p.u32();
      if (track.sar_num == 0 || track.sar_den == 0) return false;
    }
  }
  return r.ok();
}

}  // namespace

void write_sample_entry(BoxWriter& w, const Track& track) {
  w.box(entry_type(track.codec), [&] {
    w.zeros(6);
    w.u16(1);  // data reference
    if (track.kind() == TrackKind::video)
      write_video(w, track);
    else
      write_audio(w, track);
  });
}

std::optional<Track> read_sample_entry(BoxReader::Box entry) {
  constexpr Codec codecs[] = {Codec::h264, Codec::hevc, Codec::av1,      Codec::aac,      Codec::opus,
                              Codec::ac3,  Codec::eac3, Codec::pcm_alaw, Codec::pcm_mulaw};
  const auto* codec = std::find_if(std::begin(codecs), std::end(codecs),
                                   [&](Codec c) { return entry_type(c) == entry.type; });
  if (codec == std::end(codecs)) return std::nullopt;
  Track track;
  track.codec = *codec;
  BoxReader r{entry.body};
  r.skip(8);
  if (track.kind() == TrackKind::video) {
    r.skip(16);
    track.width = r.u16(), track.height = r.u16();
    r.skip(50);
  } else {
    r.skip(8);
    track.channels = r.u16();
    r.skip(6);
    track.sample_rate = r.u32() >> 16;
  }
  if (!read_children(r, track)) return std::nullopt;
  return track;
}

std::uint32_t display_width(const Track& track) {
  if (track.sar_num == 0 || track.sar_den == 0) return track.width;
  const auto width = (std::uint64_t{track.width} * track.sar_num + track.sar_den / 2) / track.sar_den;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(width, 1, 0xFFFF));
}

}  // namespace longtake::media::mp4
