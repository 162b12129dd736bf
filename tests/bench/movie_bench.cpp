// Processor time of laying out a 90-minute movie: 135,000 pictures and 253,125 sound frames in 2,700
// fragments of six segments, and of opening the indexes it needs. Target: under 10 ms for the layout.

#include <benchmark/benchmark.h>

#include <fcntl.h>

#include "media/testing/run.h"

namespace longtake::media {
namespace {

using namespace testing;

/// 15 minutes of a programme whose sample sizes vary and whose sound was stamped in milliseconds.
Segment make_segment(bool b_frames, std::int64_t first_picture) {
  Segment s{.tracks = both_tracks(), .run = 1};
  FragmentBuilder builder{s.tracks, MediaTime{}};
  std::uint64_t at = mp4::segment_header(s.tracks, identity()).size();
  std::uint32_t noise = 1;
  std::int64_t sound = 0;  // the first that begins with the pictures or later
  while (sound * 1024 * 90 / 48 < first_picture * 3600)
    ++sound;
  const auto size = [&](std::uint32_t around) {
    noise = noise * 1664525 + 1013904223;
    return around / 2 + noise / 65536 * around / 65536;
  };
  for (auto n = first_picture; n < first_picture + 450 * 50; ++n) {
    Packet p;
    p.dts = n * 3600;
    p.pts = p.dts + (b_frames ? (n % 3 == 0 ? 10800 : 3600) : 0);
    p.sync = n % 50 == 0;
    p.payload =
        Payload::of(Bytes(p.sync ? size(700) : size(87)));  // a hundredth of real sizes: only tables count
    if (!builder.add(p).ok()) std::abort();
    for (; sound * 1024 * 90 / 48 < (n + 1) * 3600; ++sound) {
      Packet a;
      a.kind = TrackKind::audio;
      a.dts = a.pts = sound * 1024 / 48 * 48;
      a.payload = Payload::of(Bytes(size(340)));
      if (!builder.add(a).ok()) std::abort();
    }
    if (n % 50 != 49) continue;
    auto f = builder.finish(0, {.next_video_dts = (n + 1) * 3600, .next_audio_dts = sound * 1024 / 48 * 48});
    f.place_at(at);
    at += f.bytes->size();
    s.records.push_back(std::make_shared<const Bytes>(std::move(f.record)));
  }
  s.bytes = std::make_shared<const Bytes>(at, std::byte{});
  return s;
}

class Fixture {
 public:
  explicit Fixture(bool b_frames)
      : file_(std::make_shared<const Fd>(::open("/dev/null", O_RDONLY | O_CLOEXEC))) {
    for (int i = 0; i < 6; ++i) {
      segments_.push_back(make_segment(b_frames, i * 450 * 50));
      paths_.push_back(folder_.write(std::to_string(i) + ".idx", index_file(segments_.back())));
    }
    for (auto& s : segments_)
      s.index = SegmentIndex::from_records(s.records);
  }
  std::vector<mp4::MovieStretch> stretches() const {
    std::vector<mp4::MovieStretch> out;
    for (const auto& s : segments_) {
      out.push_back(s.stretch());
      out.back().slices = [this](std::uint64_t offset, std::uint64_t size) {
        SliceList list;
        list.append(FileSlice{file_, offset, size});
        return list;
      };
    }
    return out;
  }
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  TempFolder folder_;
  SharedFd file_;
  std::vector<Segment> segments_;
  std::vector<std::string> paths_;
};

void lay_out_90_minutes(benchmark::State& state) {
  const Fixture fixture{state.range(0) != 0};
  const auto stretches = fixture.stretches();
  for (auto _ : state) {
    auto movie =
        mp4::layout_movie(stretches, {.from = media_from_us(700'000), .to = media_from_us(5'399'000'000)});
    if (!movie.ok()) state.SkipWithError(movie.error().story().c_str());
    benchmark::DoNotOptimize(movie);
  }
}
BENCHMARK(lay_out_90_minutes)->ArgName("b_frames")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void open_six_sealed_indexes(benchmark::State& state) {
  const Fixture fixture{false};
  for (auto _ : state)
    for (const auto& path : fixture.paths()) {
      auto index = SegmentIndex::open(path);
      if (!index.ok()) state.SkipWithError(index.error().story().c_str());
      benchmark::DoNotOptimize(index);
    }
}
BENCHMARK(open_six_sealed_indexes)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace longtake::media

BENCHMARK_MAIN();
