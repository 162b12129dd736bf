#include "media/ffmpeg/fragments.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "media/ffmpeg/errors.h"
#include "media/mp4/box.h"
#include "media/ticks.h"

namespace longtake::media::ffmpeg {

namespace {

using mp4::BoxReader;
using mp4::fourcc;

constexpr std::uint64_t kMoovLimit = 8 << 20;
constexpr std::uint64_t kMoofLimit = 4 << 20;
constexpr std::uint32_t kSampleLimit = 64 << 20;
constexpr std::size_t kEntriesLimit = 200'000;

/// Calls `visit(type, payload)` for each child box; a broken size ends the walk.
template <class Visit>
void each_box(std::span<const std::byte> bytes, Visit visit) {
  for (BoxReader reader{bytes}; reader.left() >= 8;) {
    const auto box = reader.box();
    if (!reader.ok()) return;
    visit(box.type, box.body);
  }
}

std::span<const std::byte> find_box(std::span<const std::byte> in,
                                    std::initializer_list<std::uint32_t> path) {
  for (const std::uint32_t wanted : path) {
    std::span<const std::byte> found;
    each_box(in, [&](std::uint32_t type, std::span<const std::byte> payload) {
      if (type == wanted && found.empty()) found = payload;
    });
    if (found.empty()) return {};
    in = found;
  }
  return in;
}

Error broken(std::string_view what) {
  return make_error(Code::invalid, "broken MP4 stream: {}", what);
}

struct MemoryReader {
  std::span<const std::byte> bytes;
  std::size_t at = 0;

  static int read(void* self, std::uint8_t* into, int size) {
    auto& me = *static_cast<MemoryReader*>(self);
    const std::size_t n = std::min<std::size_t>(static_cast<std::size_t>(size), me.bytes.size() - me.at);
    if (n == 0) return AVERROR_EOF;
    std::memcpy(into, me.bytes.data() + me.at, n);
    me.at += n;
    return static_cast<int>(n);
  }
};

/// Lets libav read ftyp and moov: sample entries are its strength.
Result<FormatPtr> describe_streams(std::span<const std::byte> header) {
  constexpr int kBuffer = 4096;
  MemoryReader reader{header};
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBuffer));
  OwnAvioPtr avio{avio_alloc_context(buffer, kBuffer, 0, &reader, &MemoryReader::read, nullptr, nullptr)};
  AVFormatContext* raw = avformat_alloc_context();
  raw->pb = avio.get();
  raw->flags |= AVFMT_FLAG_CUSTOM_IO;
  Options options;
  options.set("format_whitelist", "mov");
  options.set("protocol_whitelist", "none");
  options.set("enable_drefs", std::int64_t{0});
  const int result = avformat_open_input(&raw, "", av_find_input_format("mov"), options.ptr());
  if (result < 0) return codec_error(result, "reading the stream's MP4 header");
  raw->pb = nullptr;
  return FormatPtr{raw};
}

}  // namespace

Result<bool> FragmentDemuxer::read_box(Box& box) {
  std::array<std::byte, 16> head{};
  LT_TRY(const bool more, read_(std::span(head).first(8)));
  if (!more) return false;
  BoxReader cursor{std::span<const std::byte>(head).first(8)};
  std::uint64_t size = cursor.u32();
  box.type = cursor.u32();
  box.header = 8;
  if (size == 1) {
    LT_TRY(const bool extended, read_(std::span(head).first(8)));
    if (!extended) return false;
    size = BoxReader{std::span<const std::byte>(head).first(8)}.u64();
    box.header = 16;
  }
  if (size < box.header) return broken("a box without a valid size");
  box.size = size - box.header;
  return true;
}

Result<bool> FragmentDemuxer::skip(std::uint64_t size) {
  std::array<std::byte, 4096> trash;
  while (size > 0) {
    const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(size, trash.size()));
    LT_TRY(const bool more, read_(std::span(trash).first(part)));
    if (!more) return false;
    size -= part;
  }
  return true;
}

Result<bool> FragmentDemuxer::read_payload(const Box& box, std::uint64_t limit, Bytes& into) {
  if (box.size > limit) return broken("a header box is too large");
  into.resize(static_cast<std::size_t>(box.size));
  if (into.empty()) return true;
  return read_(into);
}

Result<FormatPtr> FragmentDemuxer::open() {
  for (;;) {
    Box box;
    LT_TRY(const bool more, read_box(box));
    if (!more)
      return make_error(Code::invalid, "the stream ended before its MP4 header").named("source-not-a-stream");
    if (box.type == fourcc("moov")) return take_moov(box);
    if (box.type == fourcc("moof")) return broken("a fragment comes before the header (moov)");
    if (box.type == fourcc("mdat")) {
      return make_error(Code::invalid, "the address is an MP4 file, not a live stream of fragments")
          .named("source-not-a-stream");
    }
    if (box.type == fourcc("ftyp")) {
      LT_TRY([[maybe_unused]] const bool whole, read_payload(box, kMoofLimit, header_));
      continue;
    }
    LT_TRY([[maybe_unused]] const bool skipped, skip(box.size));
  }
}

Result<FormatPtr> FragmentDemuxer::take_moov(const Box& box) {
  Bytes moov;
  LT_TRY(const bool more, read_payload(box, kMoovLimit, moov));
  if (!more) return broken("the header (moov) is cut off");
  Bytes file;
  file.reserve(header_.size() + moov.size() + 16);
  const auto append = [&file](std::uint32_t type, const Bytes& payload) {
    const auto size = static_cast<std::uint32_t>(payload.size() + 8);
    for (int shift = 24; shift >= 0; shift -= 8)
      file.push_back(static_cast<std::byte>(size >> shift & 0xFF));
    for (int shift = 24; shift >= 0; shift -= 8)
      file.push_back(static_cast<std::byte>(type >> shift & 0xFF));
    file.insert(file.end(), payload.begin(), payload.end());
  };
  if (!header_.empty()) append(fourcc("ftyp"), header_);
  append(fourcc("moov"), moov);
  LT_TRY(FormatPtr context, describe_streams(file));
  LT_CHECK(parse_moov(moov, *context));
  entries_.clear();
  mdat_end_ = -1;
  return context;
}

Status FragmentDemuxer::parse_moov(std::span<const std::byte> moov, const AVFormatContext& context) {
  tracks_.clear();
  bool encrypted = false;
  each_box(moov, [&](std::uint32_t type, std::span<const std::byte> payload) {
    if (type == fourcc("trak")) {
      const auto stsd = find_box(payload, {fourcc("mdia"), fourcc("minf"), fourcc("stbl"), fourcc("stsd")});
      BoxReader cursor{stsd};
      cursor.take(12);
      const std::uint32_t entry = cursor.u32();
      encrypted = encrypted || entry == fourcc("encv") || entry == fourcc("enca");
    } else if (type == fourcc("mvex")) {
      each_box(payload, [&](std::uint32_t child, std::span<const std::byte> trex) {
        if (child != fourcc("trex")) return;
        BoxReader cursor{trex};
        cursor.u32();
        TrackDefaults track;
        track.id = cursor.u32();
        cursor.u32();
        track.duration = cursor.u32();
        track.size = cursor.u32();
        track.flags = cursor.u32();
        if (cursor.ok()) tracks_.push_back(track);
      });
    }
  });
  BoxReader mvhd{find_box(moov, {fourcc("mvhd")})};
  mvhd.take(mvhd.u32() >> 24 != 0 ? 16 : 8);
  const std::uint32_t movie_scale = mvhd.u32();
  each_box(moov, [&](std::uint32_t type, std::span<const std::byte> trak) {
    if (type == fourcc("trak")) take_edit(trak, movie_scale);
  });
  if (encrypted)
    return make_error(Code::invalid, "the stream is encrypted (DRM), it cannot be recorded")
        .named("source-no-media");
  if (tracks_.empty()) {
    return make_error(Code::invalid, "the address is an MP4 file, not a live stream of fragments")
        .named("source-not-a-stream");
  }
  for (TrackDefaults& track : tracks_) {
    for (unsigned i = 0; i < context.nb_streams; ++i) {
      if (static_cast<std::uint32_t>(context.streams[i]->id) == track.id) track.stream = static_cast<int>(i);
    }
  }
  return {};
}

/// Edit list of a track (8.6.6): sound is commonly shifted against the picture by the encoder delay.
void FragmentDemuxer::take_edit(std::span<const std::byte> trak, std::uint32_t movie_scale) {
  BoxReader tkhd{find_box(trak, {fourcc("tkhd")})};
  tkhd.take(tkhd.u32() >> 24 != 0 ? 16 : 8);
  const std::uint32_t id = tkhd.u32();
  BoxReader mdhd{find_box(trak, {fourcc("mdia"), fourcc("mdhd")})};
  mdhd.take(mdhd.u32() >> 24 != 0 ? 16 : 8);
  const std::uint32_t media_scale = mdhd.u32();
  BoxReader elst{find_box(trak, {fourcc("edts"), fourcc("elst")})};
  const bool wide = elst.u32() >> 24 != 0;
  std::int64_t shift = 0;
  for (std::uint32_t count = elst.u32(); count > 0 && elst.ok(); --count) {
    const std::uint64_t duration = wide ? elst.u64() : elst.u32();
    const std::uint64_t raw = wide ? elst.u64() : elst.u32();
    const std::int64_t start = wide ? static_cast<std::int64_t>(raw) : static_cast<std::int32_t>(raw);
    elst.u32();
    if (!elst.ok()) break;
    if (start >= 0) {
      shift += start;
      break;
    }
    if (movie_scale > 0 && duration < UINT32_MAX) {  // an empty edit: shown later
      shift -= rescale_nearest(static_cast<std::int64_t>(duration), media_scale, movie_scale);
    }
  }
  for (TrackDefaults& track : tracks_) {
    if (track.id == id) track.shift = shift;
  }
}

Status FragmentDemuxer::parse_moof(std::span<const std::byte> moof, std::uint64_t box_size) {
  entries_.clear();
  absolute_ = false;
  Status status;
  each_box(moof, [&](std::uint32_t type, std::span<const std::byte> payload) {
    if (type == fourcc("traf") && status.ok()) status = parse_traf(payload);
  });
  LT_CHECK(std::move(status));
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
  if (absolute_ && !entries_.empty()) {
    // The first sample then begins the mdat, which follows the moof.
    const std::int64_t shift = static_cast<std::int64_t>(box_size) + 8 - entries_.front().offset;
    for (Entry& entry : entries_)
      entry.offset += shift;
  }
  return {};
}

Status FragmentDemuxer::parse_traf(std::span<const std::byte> traf) {
  BoxReader tfhd{find_box(traf, {fourcc("tfhd")})};
  const std::uint32_t flags = tfhd.u32() & 0xFFFFFF;
  const std::uint32_t id = tfhd.u32();
  const auto track = std::find_if(tracks_.begin(), tracks_.end(), [id](const auto& t) { return t.id == id; });
  if (!tfhd.ok() || track == tracks_.end() || track->stream < 0) return {};  // a track we do not know
  std::int64_t base = 0;
  if (flags & 0x1) {
    base = static_cast<std::int64_t>(tfhd.u64());
    absolute_ = true;
  }
  if (flags & 0x2) tfhd.u32();
  const std::uint32_t duration = flags & 0x8 ? tfhd.u32() : track->duration;
  const std::uint32_t size = flags & 0x10 ? tfhd.u32() : track->size;
  const std::uint32_t sample_flags = flags & 0x20 ? tfhd.u32() : track->flags;
  BoxReader tfdt{find_box(traf, {fourcc("tfdt")})};
  if (tfdt.left() >= 8) {
    const bool wide = tfdt.u32() >> 24 != 0;
    track->next_dts = static_cast<std::int64_t>(wide ? tfdt.u64() : tfdt.u32());
  }

  std::int64_t offset = base;
  Status status;
  each_box(traf, [&](std::uint32_t type, std::span<const std::byte> payload) {
    if (type != fourcc("trun") || !status.ok()) return;
    BoxReader trun{payload};
    const std::uint32_t head = trun.u32();
    const std::uint32_t count = trun.u32();
    if (head & 0x1) offset = base + static_cast<std::int32_t>(trun.u32());
    std::optional<std::uint32_t> first_flags;
    if (head & 0x4) first_flags = trun.u32();
    if (entries_.size() + count > kEntriesLimit) {
      status = broken("a fragment of too many samples");
      return;
    }
    for (std::uint32_t i = 0; i < count && trun.ok(); ++i) {
      Entry entry;
      entry.stream = track->stream;
      entry.duration = head & 0x100 ? trun.u32() : duration;
      entry.size = head & 0x200 ? trun.u32() : size;
      std::uint32_t own_flags = head & 0x400 ? trun.u32() : sample_flags;
      if (i == 0 && first_flags) own_flags = *first_flags;
      if (head & 0x800) entry.cts = static_cast<std::int32_t>(trun.u32());
      if (!trun.ok()) break;
      if (entry.size > kSampleLimit) {
        status = broken("a sample is too large");
        return;
      }
      entry.sync = (own_flags & 0x10000) == 0;
      entry.dts = track->next_dts - track->shift;
      entry.offset = offset;
      track->next_dts += entry.duration;
      offset += entry.size;
      entries_.push_back(entry);
    }
    if (!trun.ok()) status = broken("a sample table (trun) is cut off");
  });
  return status;
}

Result<bool> FragmentDemuxer::read_sample(AVPacket& packet) {
  const Entry entry = entries_.front();
  entries_.pop_front();
  if (entry.offset > position_) {
    LT_TRY(const bool more, skip(static_cast<std::uint64_t>(entry.offset - position_)));
    if (!more) return false;
    position_ = entry.offset;
  }
  if (const int result = av_new_packet(&packet, static_cast<int>(entry.size)); result < 0) {
    return codec_error(result, "reading a sample");
  }
  if (entry.size > 0) {
    LT_TRY(const bool more,
           read_(std::span(reinterpret_cast<std::byte*>(packet.data), static_cast<std::size_t>(entry.size))));
    if (!more) return false;
  }
  position_ += entry.size;
  packet.stream_index = entry.stream;
  packet.dts = entry.dts;
  packet.pts = entry.dts + entry.cts;
  packet.duration = entry.duration;
  if (entry.sync) packet.flags |= AV_PKT_FLAG_KEY;
  return true;
}

Result<bool> FragmentDemuxer::next(AVPacket& packet, FormatPtr& replaced) {
  for (;;) {
    if (mdat_end_ >= 0) {
      // Samples that overlap or lie before what was read cannot be had from a stream.
      while (!entries_.empty() && entries_.front().offset < position_)
        entries_.pop_front();
      if (!entries_.empty() && entries_.front().offset + entries_.front().size <= mdat_end_) {
        return read_sample(packet);
      }
      LT_TRY(const bool more, skip(static_cast<std::uint64_t>(mdat_end_ - position_)));
      if (!more) return false;
      position_ = mdat_end_;
      mdat_end_ = -1;
    }
    Box box;
    LT_TRY(const bool more, read_box(box));
    if (!more) return false;
    if (box.type == fourcc("moof")) {
      Bytes moof;
      LT_TRY(const bool whole, read_payload(box, kMoofLimit, moof));
      if (!whole) return false;
      LT_CHECK(parse_moof(moof, box.size + box.header));
      position_ = static_cast<std::int64_t>(box.size + box.header);
    } else if (box.type == fourcc("moov")) {
      LT_TRY(replaced, take_moov(box));
    } else if (box.type == fourcc("mdat")) {
      position_ += box.header;
      mdat_end_ = position_ + static_cast<std::int64_t>(box.size);
    } else if (box.type == fourcc("ftyp")) {
      LT_TRY(const bool whole, read_payload(box, kMoofLimit, header_));
      if (!whole) return false;
    } else {
      LT_TRY(const bool skipped, skip(box.size));
      if (!skipped) return false;
      position_ += box.header + static_cast<std::int64_t>(box.size);
    }
  }
}

}  // namespace longtake::media::ffmpeg
