// Processor time of playback's views over a day of 15-minute segments of 2 s fragments, 25 pictures a second
// and AAC. What is measured is everything between the archive's segments and the first byte. Target: 90
// minutes as one film in under 10 ms.

#include <benchmark/benchmark.h>

#include "playback/playback.h"
#include "playback/testing/tape.h"

namespace longtake::playback {
namespace {

using namespace std::chrono_literals;
using testing::FakeArchive;
using testing::FixedClock;
using testing::Tape;

const WallTime noon = wall_from_us(1'795'000'000'000'000);

struct Day {
  FakeArchive archive;
  FixedClock clock{noon + 48h};
  std::unique_ptr<Log> log = make_null_log();
  Playback playback{{}, archive, clock, *log};

  explicit Day(int segments) {
    Tape tape{archive, {.begin = noon, .reordered = true}};
    for (int i = 0; i < segments; ++i) {
      if (i > 0) tape.cut(300us);
      tape.fragments(450, 50);
    }
    tape.end();
    // Maps of the archive's cache are warm too.
    benchmark::DoNotOptimize(archive.segments(archive.channel, {noon, noon + 24h}));
  }
};

Day& day() {
  static Day day{24};  // six hours: a quarter of the memory, the same views
  return day;
}

template <class Ask>
void run(benchmark::State& state, Ask ask) {
  auto& footage = day();  // made outside the measured loop
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    auto view = ask(footage.playback, footage.archive.channel);
    if (!view.ok()) return state.SkipWithError(view.error().story().c_str());
    bytes = view->body.size();
    benchmark::DoNotOptimize(view);
  }
  state.counters["answer_bytes"] = static_cast<double>(bytes);
}

void film_90_minutes(benchmark::State& state) {
  run(state, [](Playback& p, ChannelId c) {
    return p.mp4(c, {.range = {noon + 1h + 7s, noon + 2h + 30min + 13s}});
  });
}
void film_10_seconds(benchmark::State& state) {
  run(state, [](Playback& p, ChannelId c) { return p.mp4(c, {.range = {noon + 1h, noon + 1h + 10s}}); });
}
void wall_10_seconds(benchmark::State& state) {
  run(state, [](Playback& p, ChannelId c) {
    return p.wall(c, {.range = {noon + 1h, noon + 1h + 10s}, .base = noon, .audio = true});
  });
}
void wall_keyframes_240_seconds(benchmark::State& state) {
  run(state, [](Playback& p, ChannelId c) {
    return p.wall(c, {.range = {noon + 1h, noon + 1h + 240s}, .base = noon, .keyframes = true, .speed = 60});
  });
}
void playlist_live(benchmark::State& state) {
  run(state, [](Playback& p, ChannelId c) { return p.hls_media(c, {}, Playback::Rendition::media); });
}
void playlist_6_hours(benchmark::State& state) {
  run(state, [](Playback& p, ChannelId c) {
    return p.hls_media(c, {.from = noon, .to = noon + 6h}, Playback::Rendition::media);
  });
}
void master_6_hours(benchmark::State& state) {
  run(state, [](Playback& p, ChannelId c) { return p.hls_master(c, {.from = noon, .to = noon + 6h}); });
}

BENCHMARK(film_90_minutes)->Unit(benchmark::kMillisecond);
BENCHMARK(film_10_seconds)->Unit(benchmark::kMicrosecond);
BENCHMARK(wall_10_seconds)->Unit(benchmark::kMicrosecond);
BENCHMARK(wall_keyframes_240_seconds)->Unit(benchmark::kMicrosecond);
BENCHMARK(playlist_live)->Unit(benchmark::kMicrosecond);
BENCHMARK(playlist_6_hours)->Unit(benchmark::kMillisecond);
BENCHMARK(master_6_hours)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace longtake::playback

BENCHMARK_MAIN();
