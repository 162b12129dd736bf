#include "media/mp4/init.h"

#include <algorithm>

#include "media/mp4/box.h"
#include "media/mp4/moof.h"
#include "media/mp4/sample_entry.h"
#include "media/mp4/trak.h"

namespace longtake::media::mp4 {
namespace {

/// Marks the identity box: 11106fa5-2dcc-4fbd-a0fe-4710f53c2e4b. Never change it.
constexpr std::uint8_t identity_uuid[16] = {0x11, 0x10, 0x6f, 0xa5, 0x2d, 0xcc, 0x4f, 0xbd,
                                            0xa0, 0xfe, 0x47, 0x10, 0xf5, 0x3c, 0x2e, 0x4b};
constexpr std::uint32_t identity_version = 1;

void write_ftyp(BoxWriter& w) {
  w.box(fourcc("ftyp"), [&] {
    w.u32(fourcc("iso6"));
    w.u32(0);
    w.u32(fourcc("iso6")), w.u32(fourcc("iso5")), w.u32(fourcc("mp41"));
  });
}

void write_trak(BoxWriter& w, std::uint32_t id, const Track& track) {
  w.box(fourcc("trak"), [&] {
    write_tkhd(w, id, 0, track);
    w.box(fourcc("mdia"), [&] {
      write_media_header(w, track, 0);
      w.box(fourcc("minf"), [&] {
        write_media_information(w, track.kind());
        w.box(fourcc("stbl"), [&] {
          w.full_box(fourcc("stsd"), 0, 0, [&] {
            w.u32(1);
            write_sample_entry(w, track);
          });
          w.full_box(fourcc("stts"), 0, 0, [&] { w.u32(0); });
          w.full_box(fourcc("stsc"), 0, 0, [&] { w.u32(0); });
          w.full_box(fourcc("stsz"), 0, 0, [&] { w.u32(0), w.u32(0); });
          w.full_box(fourcc("stco"), 0, 0, [&] { w.u32(0); });
        });
      });
    });
  });
}

void write_moov(BoxWriter& w, const Track* video, const Track* audio) {
  w.box(fourcc("moov"), [&] {
    write_mvhd(w, movie_timescale, 0);
    if (video != nullptr) write_trak(w, video_track_id, *video);
    if (audio != nullptr) write_trak(w, audio_track_id, *audio);
    w.box(fourcc("mvex"), [&] {
      for (const auto id : {video_track_id, audio_track_id}) {
        if ((id == video_track_id ? video : audio) == nullptr) continue;
        w.full_box(fourcc("trex"), 0, 0, [&] {
          w.u32(id), w.u32(1);  // sample description 1
          w.u32(0), w.u32(0), w.u32(0);
        });
      }
    });
  });
}

const Track* address(const std::optional<Track>& track) {
  return track ? &*track : nullptr;
}

void write_identity(BoxWriter& w, const Identity& identity) {
  w.box(fourcc("uuid"), [&] {
    w.bytes(std::as_bytes(std::span{identity_uuid}));
    w.u8(identity_version), w.u24(0);
    w.i64(identity.channel.value);
    w.i64(identity.run.value);
    w.u32(identity.sequence);
    w.i64(to_us(identity.anchor.media));
    w.i64(to_us(identity.anchor.wall));
    w.i64(to_us(identity.run_started));
  });
}

// --- reading -----------------------------------------------------------------------------------------------

/// Follows a path of single children; an empty body when one is missing.
BoxReader::Box find_child(std::span<const std::byte> body, std::uint32_t type) {
  BoxReader r{body};
  while (r.ok() && r.left() >= 8)
    if (const auto box = r.box(); r.ok() && box.type == type) return box;
  return {};
}

std::span<const std::byte> find_path(std::span<const std::byte> body,
                                     std::initializer_list<std::uint32_t> path) {
  for (const auto type : path)
    body = find_child(body, type).body;
  return body;
}

std::uint32_t read_timescale(std::span<const std::byte> mdhd) {
  BoxReader r{mdhd};
  const auto version = r.u32() >> 24;
  r.skip(version == 1 ? 16 : 8);
  return r.u32();
}

bool read_trak(std::span<const std::byte> trak, Tracks& out) {
  const auto mdia = find_path(trak, {fourcc("mdia")});
  const auto stsd = find_path(mdia, {fourcc("minf"), fourcc("stbl"), fourcc("stsd")});
  BoxReader r{stsd};
  r.skip(4);
  if (r.u32() != 1 || !r.ok()) return false;
  const auto entry = r.box();
  if (!r.ok()) return false;
  auto track = read_sample_entry(entry);
  if (!track) return false;
  track->timescale = read_timescale(find_path(mdia, {fourcc("mdhd")}));
  if (track->timescale == 0) return false;
  const bool video = track->kind() == TrackKind::video;
  if (!video && track->sample_rate == 0) track->sample_rate = track->timescale;
  auto& place = video ? out.video : out.audio;
  if (place) return false;
  place = std::move(track);
  return true;
}

bool read_moov(std::span<const std::byte> moov, Tracks& out) {
  BoxReader r{moov};
  while (r.ok() && r.left() > 0)
    if (const auto box = r.box(); r.ok() && box.type == fourcc("trak"))
      if (!read_trak(box.body, out)) return false;
  return r.ok() && (out.video || out.audio);
}

std::optional<Identity> read_identity(std::span<const std::byte> body) {
  BoxReader r{body};
  const auto uuid = r.take(16);
  if (!r.ok() || !std::ranges::equal(uuid, std::as_bytes(std::span{identity_uuid}))) return std::nullopt;
  if (r.u8() != identity_version) return std::nullopt;
  r.skip(3);
  Identity out;
  out.channel = ChannelId{r.i64()};
  out.run = RunId{r.i64()};
  out.sequence = r.u32();
  out.anchor.media = media_from_us(r.i64());
  out.anchor.wall = wall_from_us(r.i64());
  out.run_started = wall_from_us(r.i64());
  if (!r.ok()) return std::nullopt;
  return out;
}

}  // namespace

Bytes segment_header(const Tracks& tracks, const Identity& identity) {
  Bytes out;
  BoxWriter w{out};
  write_ftyp(w);
  write_moov(w, address(tracks.video), address(tracks.audio));
  write_identity(w, identity);
  return out;
}

Bytes init_segment(const Tracks& tracks, InitOptions options) {
  Bytes out;
  BoxWriter w{out};
  write_ftyp(w);
  write_moov(w, options.video ? address(tracks.video) : nullptr,
             options.audio ? address(tracks.audio) : nullptr);
  return out;
}

Result<ParsedHeader> parse_header(std::span<const std::byte> bytes) {
  ParsedHeader out;
  BoxReader r{bytes};
  if (r.box().type != fourcc("ftyp"))
    return make_error(Code::invalid, "not a segment: no ftyp box at its start");
  const auto moov = r.box();
  if (!r.ok() || moov.type != fourcc("moov"))
    return make_error(Code::invalid, "not a segment: no whole moov box behind ftyp");
  if (!read_moov(moov.body, out.tracks))
    return make_error(Code::invalid, "segment header describes no track that can be read");
  out.size = bytes.size() - r.left();
  const auto uuid = r.box();
  if (r.ok() && uuid.type == fourcc("uuid")) {
    out.size = bytes.size() - r.left();
    out.identity = read_identity(uuid.body);
  }
  return out;
}

}  // namespace longtake::media::mp4
