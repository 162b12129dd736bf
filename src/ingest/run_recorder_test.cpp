#include "ingest/run_recorder.h"

#include <gtest/gtest.h>

#include "ingest/testing/fake_archive.h"
#include "ingest/testing/packets.h"
#include "media/ticks.h"

namespace longtake::ingest {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using media::TrackKind;
using Outcome = RunRecorder::Outcome;

struct Recording : ::testing::Test {
  FakeArchive archive;

  RunRecorder::Options options(std::chrono::seconds segment = 900s) {
    return {.channel = ChannelId{7}, .segment_length = [segment] { return segment; }};
  }
  /// Pictures [from, to) with their sound; a keyframe every `gop`.
  static Outcome play(RunRecorder& recorder, int from, int to, int gop = 50, Micros delay = 100ms) {
    auto outcome = Outcome::go_on;
    for (int n = from; n < to && outcome == Outcome::go_on; ++n) {
      outcome = recorder.push(picture(n, n % gop == 0, delay));
      for (int a = n * 15 / 8; a < (n + 1) * 15 / 8 && outcome == Outcome::go_on; ++a)
        outcome = recorder.push(sound(a, delay));
    }
    return outcome;
  }
};

TEST_F(Recording, HoldsFragmentsUntilTimeIsCertain) {
  RunRecorder recorder{archive, av_tracks(), options()};
  play(recorder, 0, 50);
  EXPECT_TRUE(archive.runs().empty());
  play(recorder, 50, 52);
  ASSERT_EQ(archive.runs().size(), 1u);
  const auto run = archive.runs()[0];
  EXPECT_EQ(run.start.channel, ChannelId{7});
  EXPECT_EQ(run.start.started, noon + 100ms);
  EXPECT_EQ(run.segments.at(0).anchor, (media::Anchor{MediaTime{}, noon + 100ms}));
  EXPECT_TRUE(recorder.recording());
}

TEST_F(Recording, EveryPictureAndSoundIsInOneFragment) {
  {
    RunRecorder recorder{archive, av_tracks(), options()};
    EXPECT_EQ(play(recorder, 0, 500), Outcome::go_on);
    recorder.end(archive::GapCause::source_lost, "refused");
  }
  const auto run = archive.runs().at(0);
  EXPECT_EQ(run.ended, archive::GapCause::source_lost);
  EXPECT_EQ(run.detail, "refused");
  EXPECT_EQ(run.fragments(), 10u);
  std::int64_t next_video = 0, next_audio = 0;
  for (const auto& fragment : run.segments[0].fragments) {
    const auto view = fragment->view();
    EXPECT_TRUE(view.sync());
    const auto video = view.track(TrackKind::video);
    EXPECT_EQ(video.dts, next_video);
    next_video = video.dts + static_cast<std::int64_t>(video.duration);
    const auto audio = view.track(TrackKind::audio);
    EXPECT_EQ(audio.dts, next_audio);
    next_audio = audio.dts + static_cast<std::int64_t>(audio.duration);
    const auto skew = media::to_media_nearest(audio.dts, audio_timescale) -
                      media::to_media_nearest(video.dts, video_timescale);
    EXPECT_GE(skew, 0us) << "sound lies with the picture it plays with";
    EXPECT_LT(skew, 22ms);
  }
  EXPECT_EQ(next_video, 500 * picture_ticks);
  EXPECT_EQ(next_audio, (500 * 15 / 8) * sound_ticks);
}

TEST_F(Recording, TheRunBeginsWithAKeyframeAndItsClockThere) {
  RunRecorder recorder{archive, av_tracks(), options()};
  play(recorder, 30, 200);
  const auto run = archive.runs().at(0);
  EXPECT_EQ(run.start.started, noon + 2s + 100ms);
  EXPECT_EQ(run.segments[0].anchor.media, MediaTime{});
  EXPECT_EQ(run.segments[0].fragments[0]->view().track(TrackKind::video).dts, 0);
  EXPECT_EQ(recorder.dropped_packets(), 0u);
}

TEST_F(Recording, SegmentsAreCutAtTheWallClock) {
  RunRecorder recorder{archive, av_tracks(), options(10s)};
  play(recorder, 0, 25 * 35);
  const auto run = archive.runs().at(0);
  ASSERT_EQ(run.segments.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& anchor = run.segments[i].anchor;
    EXPECT_EQ(anchor.wall, noon + i * 10s + 100ms);
    EXPECT_EQ(anchor.media, MediaTime{Micros{i * 10s}});
    EXPECT_EQ(media::to_media_nearest(run.segments[i].fragments[0]->view().track(TrackKind::video).min_pts,
                                      video_timescale),
              anchor.media);
  }
}

TEST_F(Recording, ANewAnchorThatLiesEarlierDoesNotCutTwice) {
  RunRecorder recorder{archive, video_tracks(), options(10s)};
  // First 1.9 s late (a busy server), then prompt: later anchors creep back across the boundary.
  for (int n = 0; n < 25 * 3; ++n)
    recorder.push(picture(n, n % 5 == 0, 1900ms));
  for (int n = 25 * 3; n < 25 * 60; ++n)
    recorder.push(picture(n, n % 5 == 0, 0ms));
  const auto run = archive.runs().at(0);
  EXPECT_LE(run.segments.size(), 7u);
  for (std::size_t i = 2; i < run.segments.size(); ++i)  // the first one is short: it began at 1.9 s
    EXPECT_GT(run.segments[i].anchor.wall, run.segments[i - 1].anchor.wall + 9s);
}

TEST_F(Recording, AnEditOfTheSegmentLengthTakesEffectAtTheNextCut) {
  std::chrono::seconds length = 10s;
  auto edited = options();
  edited.segment_length = [&] { return length; };
  RunRecorder recorder{archive, av_tracks(), edited};
  play(recorder, 0, 25 * 5);
  length = 20s;
  play(recorder, 25 * 5, 25 * 45);
  EXPECT_EQ(archive.runs().at(0).segments.size(), 4u);  // 12:00:00, :10, :20, :40
}

TEST_F(Recording, RadioIsRecorded) {
  RunRecorder recorder{archive, audio_tracks(), options(10s)};
  for (int n = 0; n < 48000 * 25 / 1024; ++n)
    EXPECT_EQ(recorder.push(sound(n, 1ms)), Outcome::go_on);
  const auto run = archive.runs().at(0);
  EXPECT_EQ(run.segments.size(), 3u);
  EXPECT_NEAR(static_cast<double>((run.start.started - noon).count()), 1000, 1)
      << "sound is not whole microseconds";
  EXPECT_EQ(recorder.meter().frame_rate(), 0);
}

TEST_F(Recording, CaughtUpEndsTheWait) {
  RunRecorder recorder{archive, video_tracks(), options()};
  for (int n = 0; n < 60; ++n) {
    auto p = picture(n, n % 25 == 0);
    p.arrival = noon;  // a playlist's segments, all at once
    recorder.push(std::move(p));
  }
  EXPECT_TRUE(archive.runs().empty());
  EXPECT_EQ(recorder.caught_up(), Outcome::go_on);
  ASSERT_EQ(archive.runs().size(), 1u);
  EXPECT_EQ(archive.runs()[0].fragments(), 2u);
  EXPECT_EQ(archive.runs()[0].start.started, noon - 59 * 40ms) << "the newest picture is now";
}

TEST_F(Recording, ABrokenConnectionKeepsWhatCame) {
  {
    RunRecorder recorder{archive, av_tracks(), options()};
    play(recorder, 0, 20);
    EXPECT_FALSE(recorder.recording());
    recorder.end(archive::GapCause::source_lost, "reset");
    EXPECT_EQ(recorder.recorded(), 800ms);
    EXPECT_EQ(recorder.recorded_until(), noon + 900ms);
  }
  ASSERT_EQ(archive.runs().size(), 1u);
  EXPECT_EQ(archive.runs()[0].fragments(), 1u);
}

TEST_F(Recording, NothingUsableLeavesNoRun) {
  {
    RunRecorder recorder{archive, av_tracks(), options()};
    for (int n = 1; n < 40; ++n)
      recorder.push(picture(n, false));
    recorder.end(archive::GapCause::source_lost, "");
  }
  EXPECT_TRUE(archive.runs().empty());
}

TEST_F(Recording, ARefusalIsToldAndNothingMoreIsWritten) {
  RunRecorder recorder{archive, av_tracks(), options()};
  play(recorder, 0, 101);
  archive.refuse_append = true;
  EXPECT_EQ(play(recorder, 101, 200), Outcome::archive_refuses);
  EXPECT_EQ(recorder.refusal().text(), "the disk is slow");
  EXPECT_EQ(recorder.refusal_cause(), archive::GapCause::disk_slow);
  archive.refuse_append = false;
  recorder.end(recorder.refusal_cause(), "slow");
  EXPECT_EQ(archive.runs()[0].fragments(), 2u);
  EXPECT_EQ(archive.runs()[0].ended, archive::GapCause::disk_slow);
}

TEST_F(Recording, ARunThatMayNotBeginIsRefusedAsFull) {
  archive.refuse_start = true;
  RunRecorder recorder{archive, av_tracks(), options()};
  EXPECT_EQ(play(recorder, 0, 200), Outcome::archive_refuses);
  EXPECT_EQ(recorder.refusal_cause(), archive::GapCause::disk_full);
}

TEST_F(Recording, BackwardTimeStampsAreDroppedAndInTheEndBreakTheRun) {
  RunRecorder recorder{archive, video_tracks(), options()};
  play(recorder, 0, 60);
  EXPECT_EQ(recorder.push(picture(10, false)), Outcome::go_on);
  EXPECT_EQ(recorder.dropped_packets(), 1u);
  EXPECT_EQ(play(recorder, 60, 80), Outcome::go_on);
  auto outcome = Outcome::go_on;
  for (int n = 0; n < 60 && outcome == Outcome::go_on; ++n)
    outcome = recorder.push(picture(n, false));
  EXPECT_EQ(outcome, Outcome::time_broken);
}

TEST_F(Recording, AStepOfTheClockAsksForANewRun) {
  RunRecorder recorder{archive, av_tracks(), options()};
  EXPECT_EQ(play(recorder, 0, 25 * 30), Outcome::go_on);
  EXPECT_EQ(play(recorder, 25 * 30, 25 * 60, 50, 8s), Outcome::clock_stepped);
}

}  // namespace
}  // namespace longtake::ingest
