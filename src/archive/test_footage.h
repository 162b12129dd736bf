#pragma once
// For tests: synthetic footage whose bytes tell where they belong.

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "base/time.h"
#include "media/fragment.h"
#include "media/track.h"

namespace longtake::archive::testing {

using namespace std::chrono_literals;

/// Time that only moves when told to.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime now) : now_us_(to_us(now)) {}
  WallTime now() const override { return wall_from_us(now_us_); }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point{std::chrono::microseconds{now_us_.load()}};
  }
  void advance(Micros by) { now_us_ += by.count(); }
  void set(WallTime now) { now_us_ = to_us(now); }

 private:
  std::atomic<std::int64_t> now_us_;
};

/// A folder that goes when the test ends.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    auto text = (parent / "longtake-test-XXXXXX").string();
    path_ = ::mkdtemp(text.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline media::Tracks test_tracks() {
  media::Tracks tracks;
  // avcC of High profile, level 3.1, with one SPS and one PPS (ISO/IEC 14496-15).
  constexpr unsigned char config[] = {1, 0x64, 0, 0x1f, 0xff, 0xe1, 0,    4,    0x67, 0x64,
                                      0, 0x1f, 1, 0,    4,    0x68, 0xee, 0x3c, 0x80};
  media::Bytes bytes(sizeof config);
  std::memcpy(bytes.data(), config, sizeof config);
  tracks.video = media::Track{.codec = media::Codec::h264,
                              .timescale = 90000,
                              .config = std::move(bytes),
                              .width = 1280,
                              .height = 720};
  return tracks;
}

struct FootageOptions {
  Micros fragment_length = 2s;
  int pictures = 50;  ///< a fragment
  std::size_t keyframe_bytes = 9000;
  std::size_t picture_bytes = 700;
};

/// Fragments of one run, one after the other: closed GOPs without reordering.
class Footage {
 public:
  explicit Footage(FootageOptions options = {}, MediaTime start = MediaTime{})
      : options_(options), builder_(test_tracks(), MediaTime{}), dts_(to_us(start) * 9 / 100) {}

  media::SharedFragment next() {
    const auto step = options_.fragment_length.count() * 9 / 100 / options_.pictures;
    for (int i = 0; i < options_.pictures; ++i, dts_ += step) {
      media::Bytes bytes(i == 0 ? options_.keyframe_bytes : options_.picture_bytes);
      for (std::size_t k = 0; k < bytes.size(); ++k)
        bytes[k] = static_cast<std::byte>(sequence_ * 31UL + k * 7 + static_cast<std::size_t>(i));
      media::Packet packet{.kind = media::TrackKind::video,
                           .dts = dts_,
                           .pts = dts_,
                           .duration = static_cast<std::uint32_t>(step),
                           .sync = i == 0,
                           .payload = media::Payload::of(std::move(bytes))};
      const auto added = builder_.add(packet);
      if (!added.ok()) return nullptr;
    }
    return std::make_shared<const media::Fragment>(
        builder_.finish(++sequence_, {.next_video_dts = dts_, .next_audio_dts = {}}));
  }
  /// Where the next fragment begins.
  MediaTime position() const { return media_from_us(dts_ * 100 / 9); }
  void skip(Micros by) { dts_ += by.count() * 9 / 100; }

 private:
  const FootageOptions options_;
  media::FragmentBuilder builder_;
  std::int64_t dts_ = 0;
  std::uint32_t sequence_ = 0;
};

}  // namespace longtake::archive::testing
