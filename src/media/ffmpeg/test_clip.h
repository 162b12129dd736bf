#pragma once
// Clips for this folder's tests, made by the `ffmpeg` program. Picture N of a clip is plain grey of luma
// grey_of(N), so a decoded picture says which one it is.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "media/ffmpeg/reader.h"

namespace longtake::media::ffmpeg::test {

inline int grey_of(int picture) {
  return 20 + picture % 50 * 4;
}

/// A folder that goes when the test ends.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "longtake-ffmpeg-XXXXXX").string();
    if (!mkdtemp(name.data())) std::abort();
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Input arguments of the grey picture and of a tone.
inline std::string grey(const std::string& size, int seconds) {
  return "-f lavfi -i nullsrc=s=" + size + ":r=25:d=" + std::to_string(seconds) +
         ",geq=lum='20+mod(N\\,50)*4':cb=128:cr=128";
}
inline std::string tone(int rate, int seconds) {
  return "-f lavfi -i sine=440:r=" + std::to_string(rate) + ":d=" + std::to_string(seconds);
}

/// Runs ffmpeg with these arguments, the output file last; its bytes.
inline std::string make_clip(const std::string& arguments, const std::string& extension) {
  const Folder folder;
  const std::string out = folder.file("clip." + extension);
  const std::string command = "ffmpeg -nostdin -v error -threads 1 " + arguments + " " + out + " >/dev/null";
  if (std::system(command.c_str()) != 0) {
    ADD_FAILURE() << "the ffmpeg program failed: " << command;
    return {};
  }
  return read_file(out);
}

inline const char* kH264 = " -c:v libx264 -preset ultrafast -crf 8 -pix_fmt yuv420p ";

/// Gives `bytes` in pieces of changing size, as a network does.
inline ByteSource source_of(std::string bytes) {
  auto state = std::make_shared<std::pair<std::string, std::size_t>>(std::move(bytes), 0);
  auto step = std::make_shared<std::size_t>(1);
  return [state, step](std::span<std::byte> into) -> Result<std::size_t> {
    *step = *step * 1103515245 + 12345;
    const std::size_t piece = 1 + (*step >> 16) % 3000;
    const std::size_t n = std::min({into.size(), piece, state->first.size() - state->second});
    std::copy_n(reinterpret_cast<const std::byte*>(state->first.data()) + state->second, n, into.data());
    state->second += n;
    return n;
  };
}

/// Everything a reader gave until its end.
struct Recorded {
  Tracks tracks;  // at the end
  Tracks first;   // when opened
  SourceFacts facts;
  std::vector<Packet> video, audio;
  std::vector<std::string> events;  // other than packets, in order
  std::string error;
  std::vector<std::size_t> video_before;  // video packets before each event
};

inline Recorded record(ReaderOptions options) {
  Recorded all;
  auto opened = Reader::open(std::move(options));
  if (!opened) {
    all.error = opened.error().story();
    return all;
  }
  Reader& reader = **opened;
  all.first = reader.tracks();
  for (;;) {
    auto event = reader.next();
    if (!event) {
      all.error = event.error().story();
      break;
    }
    if (event->kind == Reader::Event::Kind::end) break;
    if (event->kind == Reader::Event::Kind::packet) {
      (event->packet.kind == TrackKind::video ? all.video : all.audio).push_back(event->packet);
    } else {
      all.events.push_back(event->kind == Reader::Event::Kind::discontinuity ? "discontinuity"
                                                                             : "tracks_changed");
      all.video_before.push_back(all.video.size());
    }
  }
  all.tracks = reader.tracks();
  all.facts = reader.facts();
  return all;
}

inline Recorded record(std::string bytes, std::string format, AudioPolicy audio = AudioPolicy::convert) {
  ReaderOptions options;
  options.url = "test clip";
  options.bytes = source_of(std::move(bytes));
  options.format = std::move(format);
  options.audio = audio;
  return record(std::move(options));
}

inline bool increases(const std::vector<Packet>& packets) {
  return std::adjacent_find(packets.begin(), packets.end(),
                            [](const Packet& a, const Packet& b) { return a.dts >= b.dts; }) == packets.end();
}

}  // namespace longtake::media::ffmpeg::test
