#include "ingest/anchor_estimator.h"

#include <gtest/gtest.h>

#include "ingest/testing/packets.h"

namespace longtake::ingest {
namespace {

using namespace std::chrono_literals;
using testing::noon;

MediaTime media(Micros t) {
  return MediaTime{t};
}

/// Plays a live stream: the picture of media time t arrives at noon + t + delay.
struct Stream {
  AnchorEstimator& estimator;
  Micros clock_error{0};  ///< of the source's own clock; used when `tells` is set
  bool tells = false;

  void play(Micros from, Micros to, Micros delay = 0s, Micros step = 40ms) {
    for (auto t = from; t < to; t += step)
      estimator.observe({.pts = media(t),
                         .arrival = noon + t + delay,
                         .source_wall = tells ? std::optional{noon + t + clock_error} : std::nullopt});
  }
};

TEST(AnchorEstimator, SettlesAfterASecondOfArrival) {
  AnchorEstimator estimator;
  EXPECT_FALSE(estimator.settled());
  Stream stream{estimator};
  stream.play(0s, 960ms);
  EXPECT_FALSE(estimator.settled());
  stream.play(960ms, 1100ms);
  EXPECT_TRUE(estimator.settled());
  EXPECT_EQ(estimator.anchor_at(media(0s)).wall, noon);
}

TEST(AnchorEstimator, ABurstOfOldFramesIsDatedByTheNewest) {
  AnchorEstimator estimator;
  // A server sends four cached seconds at once, then lives on with 200 ms delay.
  for (auto t = 0us; t < 4s; t += 40ms)
    estimator.observe({.pts = media(t), .arrival = noon + 4s + 200ms + t / 1000});
  Stream{estimator}.play(4s, 5500ms, 200ms);
  ASSERT_TRUE(estimator.settled());
  const auto anchor = estimator.anchor_at(media(0s));
  EXPECT_EQ(anchor.to_wall(media(0s)), noon + 200ms);
  EXPECT_EQ(anchor.to_wall(media(4s)), noon + 4200ms);
}

TEST(AnchorEstimator, LateFramesDoNotMoveTime) {
  AnchorEstimator estimator;
  Stream stream{estimator};
  stream.play(0s, 5s, 100ms);
  stream.play(5s, 6s, 3s);
  stream.play(6s, 60s, 100ms);
  (void)estimator.anchor_at(media(0s));
  EXPECT_EQ(estimator.anchor_at(media(60s)).wall, noon + 60s + 100ms);
  EXPECT_FALSE(estimator.stepped());
}

TEST(AnchorEstimator, BelievesTheSourcesClockAtOnce) {
  AnchorEstimator estimator{{.max_lag = 15min}};
  Stream{.estimator = estimator, .clock_error = -30s, .tells = true}.play(0s, 40ms);
  EXPECT_TRUE(estimator.settled());
  EXPECT_EQ(estimator.anchor_at(media(0s)).wall, noon - 30s);
  EXPECT_EQ(estimator.method(), AnchorEstimator::Method::source);
}

TEST(AnchorEstimator, DoesNotBelieveAWrongZoneOrTheFuture) {
  for (const Micros error : {Micros{-3h}, Micros{3h}, Micros{5s}}) {
    AnchorEstimator estimator{{.max_lag = 15min}};
    Stream{.estimator = estimator, .clock_error = error, .tells = true}.play(0s, 2s);
    EXPECT_EQ(estimator.anchor_at(media(0s)).wall, noon) << error.count();
    EXPECT_EQ(estimator.method(), AnchorEstimator::Method::arrival);
  }
}

TEST(AnchorEstimator, LaterSenderReportsAreReachedBySlewing) {
  AnchorEstimator estimator;
  Stream{estimator}.play(0s, 5s, 500ms);
  const auto first = estimator.anchor_at(media(0s));
  EXPECT_EQ(first.wall, noon + 500ms);
  Stream{.estimator = estimator, .tells = true}.play(5s, 100s, 500ms);
  EXPECT_EQ(estimator.method(), AnchorEstimator::Method::source);
  EXPECT_EQ(estimator.anchor_at(media(100s)).wall, noon + 100s + 500ms - 50ms) << "500 ppm of 100 s";
  Stream{.estimator = estimator, .tells = true}.play(100s, 2000s, 500ms);
  EXPECT_EQ(estimator.anchor_at(media(2000s)).wall, noon + 2000s);
}

TEST(AnchorEstimator, ASenderReportMinutesOffIsIgnored) {
  AnchorEstimator estimator;
  Stream{estimator}.play(0s, 2s);
  (void)estimator.anchor_at(media(0s));
  Stream{.estimator = estimator, .clock_error = -3min, .tells = true}.play(2s, 100s);
  EXPECT_EQ(estimator.method(), AnchorEstimator::Method::arrival);
  EXPECT_EQ(estimator.anchor_at(media(100s)).wall, noon + 100s);
  EXPECT_FALSE(estimator.stepped());
}

TEST(AnchorEstimator, FollowsADriftingClockByAtMost500Ppm) {
  AnchorEstimator estimator;
  // The source's second lasts 1.0002 s.
  for (auto t = 0us; t < 2000s; t += 40ms)
    estimator.observe({.pts = media(t), .arrival = noon + t + t / 5000});
  (void)estimator.anchor_at(media(0s));
  const auto later = estimator.anchor_at(media(2000s)).wall;
  EXPECT_GE(later, noon + 2000s + 380ms);
  EXPECT_LE(later, noon + 2000s + 400ms);
}

TEST(AnchorEstimator, AStepThatLastsIsToldAndAStallIsNot) {
  AnchorEstimator estimator;
  Stream stream{estimator};
  stream.play(0s, 30s);
  (void)estimator.anchor_at(media(0s));
  stream.play(30s, 40s, 5s);  // the network stalls, then catches up
  stream.play(40s, 60s);
  EXPECT_FALSE(estimator.stepped());
  stream.play(60s, 70s, 5s);
  EXPECT_FALSE(estimator.stepped()) << "not yet certain";
  stream.play(70s, 90s, 5s);
  EXPECT_TRUE(estimator.stepped());
}

TEST(AnchorEstimator, AStepBackOfTheSourcesClockIsTold) {
  AnchorEstimator estimator{{.max_lag = 15min}};
  Stream stream{.estimator = estimator, .tells = true};
  stream.play(0s, 30s);
  (void)estimator.anchor_at(media(0s));
  stream.clock_error = -10s;
  stream.play(30s, 60s);
  EXPECT_TRUE(estimator.stepped());
}

TEST(AnchorEstimator, ContinuesWhereTheRunBeforeEnded) {
  AnchorEstimator estimator{{.continues = noon - 2s}};
  Stream{estimator}.play(0s, 2s);
  EXPECT_EQ(estimator.anchor_at(media(0s)).wall, noon - 2s);
}

TEST(AnchorEstimator, ARoundedDateDoesNotOpenAGap) {
  for (const auto& [continues, wall] :
       {std::pair{noon - 400us, noon - 400us}, std::pair{noon - 500ms, noon}}) {
    AnchorEstimator estimator{{.continues = continues}};
    Stream{.estimator = estimator, .tells = true}.play(0s, 2s);
    EXPECT_EQ(estimator.anchor_at(media(0s)).wall, wall);
  }
}

TEST(AnchorEstimator, DoesNotContinueAcrossAMinute) {
  AnchorEstimator estimator{{.continues = noon - 90s}};
  Stream{estimator}.play(0s, 2s);
  EXPECT_EQ(estimator.anchor_at(media(0s)).wall, noon);
}

TEST(AnchorEstimator, ManyHoursOfSourceTimeKeepTheirMean) {
  AnchorEstimator estimator{{.max_lag = 15min}};
  Stream stream{.estimator = estimator, .clock_error = -1s, .tells = true};
  stream.play(0s, 4s, 0s, 100us);  // 40000 observations in one bucket
  EXPECT_EQ(estimator.anchor_at(media(0s)).wall, noon - 1s);
}

}  // namespace
}  // namespace longtake::ingest
