#pragma once
// Real coded footage: made by the ffmpeg program with the frame counter of tests/support/counter.md burned
// in, read through media::ffmpeg::Reader, recorded into a fake archive, and read back from pixels.

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "media/ffmpeg/reader.h"
#include "media/ticks.h"
#include "playback/testing/fake_archive.h"

namespace longtake::playback::testing {

/// Runs a command line; throws when it fails. What it prints to standard output.
inline std::string run(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::array<char, 65536> buffer;
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    out.append(buffer.data(), n);
  if (::pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return out;
}

inline void write_file(const std::string& path, const media::Bytes& bytes) {
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// Filters that draw the counter: 32 blocks along the top edge.
inline std::string counter_filter() {
  const std::string box = ":y=0:w=iw/32:h=iw/32:color=white:t=fill";
  std::string out =
      "drawbox=x=0:y=0:w=iw:h=iw/32:color=black:t=fill,drawbox=x=0" + box + ",drawbox=x=iw*31/32" + box;
  std::string ones;
  for (int bit = 0; bit < 20; ++bit) {
    const auto test = "bitand(n\\," + std::to_string(1 << bit) + ")";
    out += fmt::format(",drawbox=x=iw*{}/32{}:enable={}", 27 - bit, box, test);
    ones += "+gt(" + test + "\\,0)";
  }
  out += ",drawbox=x=iw*28/32" + box + ":enable=gte(mod(0" + ones + "\\,4)\\,2)";
  out += ",drawbox=x=iw*29/32" + box + ":enable=mod(0" + ones + "\\,2)";
  return out;
}

inline constexpr int footage_width = 256;
inline constexpr int footage_height = 144;

/// The frame number in a grey picture of `width`; -1 when there is no counter.
inline int read_counter(const unsigned char* grey, int width) {
  const int block = width / 32;
  std::array<int, 32> bits{};
  for (int i = 0; i < 32; ++i) {
    int sum = 0, count = 0;
    for (int y = block / 4; y < block - block / 4; ++y)
      for (int x = block / 4; x < block - block / 4; ++x, ++count)
        sum += grey[y * width + i * block + x];
    const int mean = sum / std::max(1, count);
    if (mean >= 88 && mean <= 168) return -1;
    bits[static_cast<std::size_t>(i)] = mean > 168 ? 1 : 0;
  }
  int number = 0, ones = 0;
  for (std::size_t i = 2; i < 28; ++i)
    ones += bits[i];
  for (std::size_t i = 8; i < 28; ++i)
    number = number * 2 + bits[i];
  if (bits[0] != 1 || bits[1] != 0 || bits[30] != 0 || bits[31] != 1 || bits[28] * 2 + bits[29] != ones % 4)
    return -1;
  return number;
}

/// Frame numbers of everything a file displays, in order.
inline std::vector<int> counters_of(const std::string& path, int width = footage_width,
                                    int height = footage_height) {
  const auto grey =
      run("ffmpeg -v error -nostdin -i '" + path + "' -an -f rawvideo -pix_fmt gray -vsync passthrough -");
  std::vector<int> out;
  const auto size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  if (grey.size() % size != 0) throw std::runtime_error("pictures of another size");
  for (std::size_t at = 0; at + size <= grey.size(); at += size)
    out.push_back(read_counter(reinterpret_cast<const unsigned char*>(grey.data()) + at, width));
  return out;
}

struct Clip {
  int frames = 200;
  int gop = 50;
  int bframes = 0;
  bool open_gop = false;
  std::string codec = "libx264";
  bool sound = true;
};

/// A transport stream of 25 pictures a second.
inline void make_clip(const std::string& path, const Clip& clip) {
  const auto gop = std::to_string(clip.gop);
  auto command = "ffmpeg -v error -nostdin -y -f lavfi -i \"gradients=size=" + std::to_string(footage_width) +
                 "x" + std::to_string(footage_height) + ":rate=25:speed=0.05:seed=3," + counter_filter() +
                 "\"";
  if (clip.sound) command += " -f lavfi -i sine=frequency=440:sample_rate=48000 -c:a aac -b:a 64k";
  command += " -frames:v " + std::to_string(clip.frames) + " -pix_fmt yuv420p -c:v " + clip.codec;
  const auto shape = "keyint=" + gop + ":min-keyint=" + gop +
                     ":scenecut=0:bframes=" + std::to_string(clip.bframes) +
                     ":open-gop=" + (clip.open_gop ? "1" : "0");
  if (clip.codec == "libx264")
    command += " -preset veryfast -x264-params '" + shape + ":b-adapt=0'";
  else
    command += " -preset ultrafast -x265-params '" + shape + ":b-adapt=0:log-level=none'";
  run(command + " -shortest -muxdelay 0 -f mpegts '" + path + "'");
}

/// Reads a clip as a source would be read, and cuts it like ingest does: a fragment at each keyframe (or each
/// `max_fragment` pictures), a segment each `segment_fragments`.
struct Recording {
  WallTime begin;
  int segment_fragments = 1000;
  int max_fragment = 1000;
  Micros slew{0};  ///< of each segment's anchor after the first
  std::uint32_t run_number = 1;
  bool in_file = true;
};

inline void record(FakeArchive& archive, const std::string& clip, const Recording& recording) {
  const SystemClock clock;
  const auto log = make_null_log();
  auto file = std::make_shared<std::ifstream>(clip, std::ios::binary);
  media::ffmpeg::ReaderOptions options;
  options.url = "test clip";
  options.format = "mpegts";
  options.clock = &clock;
  options.log = log.get();
  options.bytes = [file](std::span<std::byte> into) -> Result<std::size_t> {
    file->read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
    return static_cast<std::size_t>(file->gcount());
  };
  auto opened = media::ffmpeg::Reader::open(std::move(options));
  if (!opened.ok()) throw std::runtime_error(opened.error().story());
  auto& reader = **opened;
  std::vector<media::Packet> packets;
  for (;;) {
    auto event = reader.next();
    if (!event.ok()) throw std::runtime_error(event.error().story());
    if (event->kind == media::ffmpeg::Reader::Event::Kind::end) break;
    if (event->kind == media::ffmpeg::Reader::Event::Kind::packet)
      packets.push_back(std::move(event->packet));
  }
  const auto tracks = reader.tracks();
  std::int64_t first_pts = std::numeric_limits<std::int64_t>::max();
  for (const auto& p : packets)
    if (p.kind == media::TrackKind::video) first_pts = std::min(first_pts, p.pts);
  media::Anchor anchor{media::to_media_nearest(first_pts, 90000), recording.begin};

  media::FragmentBuilder builder{tracks, MediaTime{}};
  std::uint32_t sequence = 0;
  int in_segment = 0, pictures = 0;
  const RunId run{recording.run_number + 40};
  const auto open = [&] {
    archive.open_segment(
        {.run = run, .run_number = recording.run_number, .anchor = anchor, .in_file = recording.in_file},
        tracks);
  };
  open();
  bool started = false;
  const auto finish = [&](std::optional<std::int64_t> next) {
    archive.append(builder.finish(++sequence, {.next_video_dts = next}));
    pictures = 0;
    ++in_segment;
  };
  for (const auto& p : packets) {
    if (p.kind == media::TrackKind::video) {
      if (p.sync || pictures >= recording.max_fragment) {
        if (builder.has_video()) finish(p.dts);
        if (p.sync && in_segment >= recording.segment_fragments) {
          archive.seal();
          anchor.wall += recording.slew;
          open();
          in_segment = 0;
        }
      }
      started = started || p.sync;
      ++pictures;
    }
    if (!started) continue;
    const auto added = builder.add(p);
    if (!added.ok()) throw std::runtime_error(added.error().story());
  }
  if (!builder.empty()) finish(std::nullopt);
  archive.seal();
}

}  // namespace longtake::playback::testing
