#include "playback/wall_fixture_test.h"

namespace longtake::playback {
namespace {

TEST_F(WallTest, KeyframesLastUntilTheNext) {
  Tape tape{archive, {.begin = noon, .reordered = true}};
  tape.fragment(50);
  tape.fragment(25);
  tape.fragment(25, false);
  tape.cut(+5ms);
  tape.fragments(2, 50);
  tape.end();
  auto q = query(noon, noon + 8s);
  q.keyframes = true, q.audio = true;
  const auto view = ask(q);
  const auto media = read(view);
  EXPECT_TRUE(media.audio.empty());
  ASSERT_EQ(media.video.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(media.video[i].pts, media.video[i].dts);
    EXPECT_EQ(media.video[i].number, i * 50);
    EXPECT_EQ(media.video[i].size, 3000u);
    EXPECT_TRUE(media.video[i].sync);
    if (i > 0) {
      EXPECT_EQ(media.video[i - 1].dts + media.video[i - 1].duration, media.video[i].dts);
    }
  }
  EXPECT_EQ(media.video[0].dts, hour_ticks);
  EXPECT_EQ(media.video[2].dts, hour_ticks + 4LL * 90000 + 450);
  EXPECT_EQ(media.video[3].duration, 2u * 90000);
  EXPECT_EQ(view.content_type, "video/mp4; codecs=\"avc1.64001F\"");
}

TEST_F(WallTest, ThinnedKeyframesAreTheSameWhateverIsAsked) {
  Tape tape{archive, {.begin = noon + 5us}};
  tape.fragments(21, 50);
  tape.cut(-1ms);
  tape.fragments(22, 50);
  tape.end();
  auto q = query(noon, noon);
  q.keyframes = true;
  for (const unsigned every : {1u, 2u, 4u, 8u, 16u}) {
    q.every = every;
    const auto by_covered = walk(*this, q, 7'300ms, noon + 86s, true);
    EXPECT_EQ(by_covered.repeats, 0u) << every;
    EXPECT_EQ(by_covered.video.size(), (21 + every - 1) / every + (22 + every - 1) / every) << every;
    std::int64_t end = hour_ticks;
    for (const auto& [number, shot] : by_covered.video) {
      EXPECT_NEAR(static_cast<double>(shot.dts), static_cast<double>(end), 1) << every << " at " << number;
      end = shot.dts + shot.duration;
    }
    EXPECT_NEAR(static_cast<double>(end), static_cast<double>(hour_ticks + 86LL * 90000 - 90), 1);
    const auto by_range = walk(*this, q, 7'300ms, noon + 86s, false);
    EXPECT_EQ(by_range.video, by_covered.video) << every;
    EXPECT_EQ(by_range.changed, 0u) << every;
  }
}

TEST_F(WallTest, AKeyframeAtTheLiveEdgeComesAgainOnceItsDurationIsKnown) {
  Tape tape{archive, {.begin = noon}};
  archive.live = true;
  clock.set(noon + 7s);
  tape.fragments(3, 50);
  auto q = query(noon, noon + 1min);
  q.keyframes = true, q.every = 2;
  const auto first = ask(q);
  auto media = read(first);
  ASSERT_EQ(media.video.size(), 2u);
  EXPECT_EQ(media.video[1].duration, 2u * 90000);
  EXPECT_EQ(covered(first), noon + 6s);
  tape.fragments(2, 50);
  q.range.from = covered(first);
  media = read(ask(q));
  ASSERT_EQ(media.video.size(), 2u);
  EXPECT_EQ(media.video[0].number, 100u);
  EXPECT_EQ(media.video[0].duration, 4u * 90000);
  EXPECT_EQ(media.video[1].number, 200u);
}

TEST_F(WallTest, KeyframesEndWithTheirRun) {
  record_run({.begin = noon}, 2);
  record_run({.begin = noon + 10s, .run_number = 2}, 2);
  auto q = query(noon, noon + 20s);
  q.keyframes = true;
  const auto media = read(ask(q));
  ASSERT_EQ(media.video.size(), 4u);
  EXPECT_EQ(media.video[1].duration, 2u * 90000);
  EXPECT_EQ(media.video[2].dts, hour_ticks + 10LL * 90000);
}

TEST_F(WallTest, KeyframesAreBoundedToo) {
  Tape tape{archive, {.tracks = {.video = testing::video_track()}, .begin = noon}};
  tape.fragments(2100, 25);
  tape.end();
  auto q = query(noon, noon + 3h);
  q.keyframes = true;
  const auto view = ask(q);
  EXPECT_EQ(read(view).video.size(), 2000u);
  EXPECT_EQ(covered(view), noon + 2000s);
}

TEST_F(WallTest, KeyframesShareAFragmentWhileNothingIsMissingBetweenThem) {
  record_run({.begin = noon}, 70);
  record_run({.begin = noon + 200s, .run_number = 2}, 3);
  auto q = query(noon, noon + 206s);
  q.keyframes = true;
  const auto media = read(ask(q));
  EXPECT_EQ(media.video.size(), 73u);
  EXPECT_EQ(media.fragments, 3u) << "64, the six behind them, and those behind the gap";
  EXPECT_EQ(media.video[70].dts, hour_ticks + 200LL * 90000);
}

}  // namespace
}  // namespace longtake::playback
