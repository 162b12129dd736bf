#include "playback/wall_fixture_test.h"

#include <map>

namespace longtake::playback {
namespace {

TEST_F(WallTest, DisplayTimesAreWallTimesSinceTheBase) {
  record_run({.begin = noon, .reordered = true}, 3);
  auto q = query(noon + 2s, noon + 4s);
  q.audio = true;
  const auto view = ask(q);
  const auto media = read(view);
  EXPECT_EQ(media.fragments, 1u);
  EXPECT_FALSE(media.init);
  ASSERT_EQ(media.video.size(), 50u);
  for (const auto& shot : media.video)
    EXPECT_EQ(shot.pts, hour_ticks + static_cast<std::int64_t>(shot.number) * 3600);
  EXPECT_EQ(media.video.front().number, 50u);
  EXPECT_TRUE(media.video.front().sync);
  ASSERT_FALSE(media.audio.empty());
  // Sound of the run began with its first picture.
  const auto& sound = media.audio.front();
  EXPECT_EQ(sound.dts, 3600LL * 48000 + static_cast<std::int64_t>(sound.number & 0xFFFFFFFF) * 1024);
  EXPECT_EQ(view.content_type, "video/mp4; codecs=\"avc1.64001F,mp4a.40.2\"");
  EXPECT_EQ(covered(view), noon + 4s);
  EXPECT_TRUE(view.final);
  EXPECT_EQ(header(view, "Longtake-Init").size(), 16u);
}

TEST_F(WallTest, VideoAloneLeavesSoundOutAndInitComesFirst) {
  Tape tape{archive, {.begin = noon}};
  tape.fragments(2, 50);
  auto q = query(noon, noon + 4s);
  q.init = true;
  const auto view = ask(q);
  const auto media = read(view);
  EXPECT_TRUE(media.init);
  EXPECT_EQ(numbers(media.video), count_to(100));
  EXPECT_TRUE(media.audio.empty());
  EXPECT_EQ(view.content_type, "video/mp4; codecs=\"avc1.64001F\"");
  q.init = false;
  const auto bare = ask(q);
  EXPECT_NE(bare.etag, view.etag);
  EXPECT_EQ(header(bare, "Longtake-Init"), header(view, "Longtake-Init"));
}

TEST_F(WallTest, FromMemoryIsTheSameOrNothing) {
  Tape tape{archive, {.begin = noon}};
  tape.fragments(2, 50);
  const Footage memory{archive, clock, Footage::Reach::memory};
  const auto q = query(noon, noon + 4s);
  EXPECT_FALSE(render_wall(memory, archive.channel, q).ok());
  archive.in_memory = true;
  const auto recalled = render_wall(memory, archive.channel, q);
  ASSERT_TRUE(recalled.ok()) << recalled.error().story();
  const auto view = ask(q);
  EXPECT_EQ(recalled->etag, view.etag);
  EXPECT_EQ(recalled->body.read_all().value(), view.body.read_all().value());
}

TEST_F(WallTest, SoundAlone) {
  Tape tape{archive, {.begin = noon}};
  tape.fragments(2, 50);
  auto q = query(noon, noon + 4s);
  q.video = false, q.audio = true;
  const auto view = ask(q);
  const auto media = read(view);
  EXPECT_TRUE(media.video.empty());
  EXPECT_EQ(media.audio.size(), 188u);  // 4 s of frames of 1024, the last one begun
  EXPECT_EQ(view.content_type, "audio/mp4; codecs=\"mp4a.40.2\"");
}

TEST_F(WallTest, BeginsAtTheSyncFragmentAlsoInsideALongGop) {
  Tape tape{archive, {.begin = noon}};
  tape.fragment(50);
  tape.fragment(100);
  tape.fragment(100, false);
  tape.fragment(100, false);
  tape.fragment(50);
  tape.end();
  const auto media = read(ask(query(noon + 8s, noon + 9s)));
  ASSERT_EQ(media.fragments, 2u);
  EXPECT_EQ(media.video.front().number, 50u);
  EXPECT_TRUE(media.video.front().sync);
  EXPECT_EQ(media.video.back().number, 249u);
}

TEST_F(WallTest, SpacingInsideASegmentIsExactAndSegmentsFollowTheirAnchors) {
  Tape tape{archive, {.begin = noon + 123us}};  // falls between ticks
  tape.fragments(2, 50);
  tape.cut(-7ms);
  tape.fragments(2, 50);
  tape.cut(+450us);
  tape.fragments(2, 50);
  tape.end();
  const auto media = read(ask(query(noon, noon + 30s)));
  ASSERT_EQ(media.video.size(), 300u);
  for (std::size_t i = 1; i < 300; ++i) {
    const auto step = media.video[i].pts - media.video[i - 1].pts;
    if (i == 100) {
      EXPECT_EQ(step, 3600 - 630);
    } else if (i == 200) {
      EXPECT_NEAR(static_cast<double>(step), 3600 + 40.5, 1);
    } else {
      EXPECT_EQ(step, 3600);
    }
  }
}

TEST_F(WallTest, AnswersAskedFromCoveredToTileWithoutLossOrRepeat) {
  Tape tape{archive, {.begin = noon + 77us, .reordered = true}};
  tape.fragments(7, 50);
  tape.cut(+3ms);
  tape.fragments(6, 37);
  tape.end();
  auto q = query(noon, noon);
  q.audio = true;
  const auto by_covered = walk(*this, q, 3'300ms, noon + 24s, true);
  EXPECT_EQ(by_covered.video.size(), 7u * 50 + 6 * 37);
  EXPECT_EQ(by_covered.repeats, 0u);
  const auto by_range = walk(*this, q, 3'300ms, noon + 24s, false);
  EXPECT_EQ(by_range.video, by_covered.video);
  EXPECT_EQ(by_range.audio, by_covered.audio);
  EXPECT_GT(by_range.repeats, 0u);
  EXPECT_EQ(by_range.changed, 0u);
}

TEST_F(WallTest, OpenGopsTileWithoutLoss) {
  Tape tape{archive, {.begin = noon, .reordered = true, .open_gop = true}};
  tape.fragments(4, 50);
  tape.cut(-2ms);
  tape.fragments(4, 50);
  tape.end();
  const auto all = walk(*this, query(noon, noon), 2s, noon + 16s, true);
  EXPECT_EQ(all.video.size(), 400u);
  EXPECT_EQ(all.changed, 0u);
}

TEST_F(WallTest, GapsAreAbsentAndCoveredToIsTheEndOfTheRange) {
  record_run({.begin = noon}, 2);
  record_run({.begin = noon + 2h, .run_number = 2}, 2);
  const auto gap = ask(query(noon + 10s, noon + 20s));
  EXPECT_TRUE(gap.body.empty());
  EXPECT_EQ(covered(gap), noon + 20s);
  EXPECT_EQ(header(gap, "Longtake-Init"), "");
  EXPECT_TRUE(gap.final);
  const auto before = ask(query(noon - 1h, noon - 30min));
  EXPECT_TRUE(before.body.empty());
  EXPECT_EQ(covered(before), noon - 30min);
  const auto into = ask(query(noon + 3s, noon + 10s));
  EXPECT_EQ(read(into).video.size(), 50u);
  EXPECT_EQ(covered(into), noon + 10s);
  // Through the gap to what comes after it, in one answer.
  const auto through = ask(query(noon + 10s, noon + 3h));
  EXPECT_EQ(read(through).video.size(), 100u);
  EXPECT_EQ(covered(through), noon + 3h);
}

TEST_F(WallTest, AYearLongGapIsCrossedInFewLooks) {
  record_run({.begin = noon - 24h * 365}, 1);
  record_run({.begin = noon, .run_number = 2}, 1);
  archive.lookups = 0;
  const auto media = read(ask(query(noon - 24h * 365 + 5s, noon + 1h)));
  EXPECT_EQ(media.video.size(), 50u);
  EXPECT_LT(archive.lookups, 1500);
}

TEST_F(WallTest, TheLiveEdgeEndsTheAnswerAndTheNextOneGoesOn) {
  Tape tape{archive, {.begin = noon}};
  archive.live = true;
  tape.fragments(3, 50);
  clock.set(noon + 6500ms);
  const auto q = query(noon + 1s, noon + 10s);
  const auto first = ask(q);
  EXPECT_EQ(covered(first), noon + 6s);
  EXPECT_FALSE(first.final);
  EXPECT_EQ(numbers(read(first).video), count_to(150));
  const auto early = ask(query(covered(first), noon + 10s));
  EXPECT_TRUE(early.body.empty());
  EXPECT_EQ(covered(early), noon + 6s);
  EXPECT_FALSE(early.final);
  tape.fragment(50);
  const auto next = read(ask(query(covered(first), noon + 10s)));
  ASSERT_EQ(next.video.size(), 50u);
  EXPECT_EQ(next.video.front().number, 150u);
  // Beyond the edge nothing is covered.
  EXPECT_EQ(covered(ask(query(noon + 20s, noon + 30s))), noon + 20s);
  const auto open = ask(query(noon + 1s, std::nullopt));
  EXPECT_EQ(covered(open), noon + 8s);
  EXPECT_FALSE(open.final);
}

TEST_F(WallTest, AChannelThatIsReconnectingIsNotCoveredUpToNow) {
  record_run({.begin = noon}, 2);
  clock.set(noon + 20s);
  EXPECT_EQ(covered(ask(query(noon + 2s, noon + 15s))), noon + 4s);
  clock.set(noon + 90s);
  EXPECT_EQ(covered(ask(query(noon + 2s, noon + 15s))), noon + 15s);
}

TEST_F(WallTest, SpeedDividesTimesAfterTheBaseIsTaken) {
  record_run({.begin = noon}, 4);
  auto q = query(noon, noon + 8s);
  q.keyframes = true, q.speed = 7;
  const auto view = ask(q);
  const auto media = read(view);
  ASSERT_EQ(media.video.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(static_cast<double>(media.video[i].dts),
                (static_cast<double>(hour_ticks) + 180000.0 * static_cast<double>(i)) / 7, 0.51);
    if (i > 0) {
      EXPECT_EQ(media.video[i - 1].dts + media.video[i - 1].duration, media.video[i].dts);
    }
  }
  EXPECT_EQ(header(view, "Longtake-Speed"), "7");
}

TEST_F(WallTest, FragmentsBeforeTheBaseAreLeftOut) {
  Tape tape{archive, {.begin = noon}};
  tape.fragment(50);
  tape.fragment(50, false);
  tape.fragments(2, 50);
  tape.end();
  auto q = query(noon, noon + 8s);
  q.base = noon + 4s;
  const auto media = read(ask(q));
  ASSERT_EQ(media.video.size(), 100u);
  EXPECT_EQ(media.video.front().number, 100u);
  EXPECT_EQ(media.video.front().dts, 0);
}

TEST_F(WallTest, AnAnswerIsBoundedAndSaysWhereToGoOn) {
  record_run({.begin = noon}, 50);
  const auto view = ask(query(noon + 1s, noon + 100s));
  EXPECT_EQ(covered(view), noon + 62s);  // the fragment that spans 61 s is whole
  EXPECT_EQ(read(view).video.size(), 31u * 50);
  EXPECT_TRUE(view.final);
  const auto next = read(ask(query(covered(view), noon + 100s)));
  EXPECT_EQ(next.video.front().number, 31u * 50);
  EXPECT_EQ(next.video.back().number, 2499u);
}

TEST_F(WallTest, AnAnswerEndsWhereTheCodecChanges) {
  record_run({.begin = noon}, 2);
  record_run({.tracks = {.video = testing::video_track(1280)}, .begin = noon + 5s, .run_number = 2}, 2);
  for (const bool keyframes : {false, true}) {
    auto q = query(noon, noon + 20s);
    q.keyframes = keyframes;
    const auto view = ask(q);
    EXPECT_EQ(read(view).video.size(), keyframes ? 2u : 100u);
    EXPECT_EQ(covered(view), noon + 5s);
    q.range.from = covered(view);
    const auto next = ask(q);
    EXPECT_EQ(read(next).video.size(), keyframes ? 2u : 100u);
    EXPECT_EQ(covered(next), noon + 20s);
    EXPECT_NE(header(next, "Longtake-Init"), header(view, "Longtake-Init"));
  }
}

TEST_F(WallTest, SoundThatComesOrGoesChangesTheInitOnlyOfWhoHears) {
  record_run({.begin = noon}, 2);
  record_run({.tracks = {.video = testing::video_track()}, .begin = noon + 4s, .run_number = 2}, 2);
  auto q = query(noon, noon + 8s);
  EXPECT_EQ(read(ask(q)).fragments, 4u);
  q.audio = true;
  const auto heard = ask(q);
  EXPECT_EQ(read(heard).fragments, 2u);
  EXPECT_EQ(covered(heard), noon + 4s);
}

TEST_F(WallTest, ARadioChannelHasSoundAndNoPicture) {
  record_run({.tracks = {.audio = testing::audio_track()}, .begin = noon}, 3);
  auto q = query(noon, noon + 6s);
  EXPECT_TRUE(ask(q).body.empty());
  EXPECT_EQ(covered(ask(q)), noon + 6s);
  q.keyframes = true;
  EXPECT_TRUE(ask(q).body.empty());
  q.keyframes = false, q.audio = true;
  const auto view = ask(q);
  EXPECT_EQ(read(view).fragments, 3u);
  EXPECT_EQ(view.content_type, "audio/mp4; codecs=\"mp4a.40.2\"");
}

TEST_F(WallTest, WrongQueriesAreNamed) {
  const auto code = [&](auto change) {
    auto q = query(noon, noon + 1s);
    change(q);
    const auto view = render_wall(footage, archive.channel, q);
    return view.ok() ? std::optional<Code>{} : view.error().code();
  };
  EXPECT_EQ(code([](auto& q) { q.range.to = q.range.from; }), Code::invalid);
  EXPECT_EQ(code([](auto& q) { q.speed = 0; }), Code::invalid);
  EXPECT_EQ(code([](auto& q) { q.speed = 65; }), Code::invalid);
  EXPECT_EQ(code([](auto& q) { q.every = 0; }), Code::invalid);
  EXPECT_EQ(code([](auto& q) { q.video = false; }), Code::invalid);
  EXPECT_EQ(code([](auto& q) { q.video = false, q.audio = q.keyframes = true; }), Code::invalid);
  EXPECT_EQ(code([](auto&) {}), std::nullopt);  // nothing recorded is an empty answer
}

TEST_F(WallTest, StoredBytesAreSentFromTheirFile) {
  record_run({.begin = noon, .in_file = true}, 3);
  const auto view = ask(query(noon, noon + 6s));
  EXPECT_EQ(numbers(read(view).video), count_to(150));
  std::uint64_t in_memory = 0, in_file = 0;
  for (const auto& slice : view.body.slices())
    std::visit(
        [&](const auto& s) {
          (std::is_same_v<std::decay_t<decltype(s)>, media::FileSlice> ? in_file : in_memory) += s.size;
        },
        slice);
  EXPECT_GT(in_file, 50'000u);
  EXPECT_LT(in_memory, 6'000u);
}

TEST_F(WallTest, EqualTagsMeanEqualBytes) {
  record_run({.begin = noon}, 8);
  std::map<std::string, media::Bytes> by_tag;
  std::size_t answers = 0;
  for (const auto from : {0s, 1s, 2s, 3s})
    for (const auto to : {4s, 5s, 6s})
      for (const unsigned speed : {1u, 2u})
        for (const bool audio : {false, true}) {
          auto q = query(noon + from, noon + to);
          q.speed = speed, q.audio = audio;
          const auto view = ask(q);
          const auto bytes = view.body.read_all().value();
          const auto [known, added] = by_tag.emplace(view.etag, bytes);
          EXPECT_EQ(known->second, bytes);
          answers += added ? 1 : 0;
        }
  EXPECT_GE(answers, 16u);
}

}  // namespace
}  // namespace longtake::playback
