#include "ingest/playlist_tracker.h"

#include <gtest/gtest.h>

namespace longtake::ingest {
namespace {

using namespace std::chrono_literals;
using media::hls::SourcePlaylist;
using media::hls::SourceSegment;

using Instant = PlaylistTracker::Instant;
const Instant start{100s};

/// Segments [from, to) of two seconds.
SourcePlaylist live(std::uint64_t from, std::uint64_t to) {
  SourcePlaylist playlist{.target_duration = 2s, .media_sequence = from};
  for (auto n = from; n < to; ++n)
    playlist.segments.push_back({.uri = std::to_string(n) + ".ts", .sequence = n, .duration = 2s});
  return playlist;
}

/// "5 6! 7": fresh segments carry a mark, lost ones are counted before it.
std::string taken(PlaylistTracker& tracker) {
  std::string out;
  while (const auto next = tracker.next()) {
    if (next->missed > 0) out += "(" + std::to_string(next->missed) + ")";
    out += std::to_string(next->segment.sequence) + (next->fresh ? "! " : " ");
  }
  return out;
}

struct Tracking : ::testing::Test {
  PlaylistTracker tracker{{.stall = 10s}};
  void load(SourcePlaylist playlist, Instant now = start) {
    const auto status = tracker.update(std::move(playlist), now);
    ASSERT_TRUE(status.ok()) << status.error().text();
  }
};

TEST_F(Tracking, BeginsThreeTargetDurationsBeforeTheEdge) {
  load(live(0, 100));
  EXPECT_EQ(taken(tracker), "97 98 99 ");
}

TEST_F(Tracking, BeginsWithWhatThereIs) {
  load(live(3, 4));
  EXPECT_EQ(taken(tracker), "3 ");
}

TEST_F(Tracking, NothingTwiceAndNothingLost) {
  load(live(0, 5));
  EXPECT_EQ(taken(tracker), "2 3 4 ");
  load(live(0, 5));
  EXPECT_EQ(taken(tracker), "");
  load(live(2, 7));
  EXPECT_EQ(taken(tracker), "5 6 ");
  load(live(6, 8));
  EXPECT_EQ(taken(tracker), "7 ");
}

TEST_F(Tracking, WaitsATargetDurationAfterAChangeAndHalfWithoutOne) {
  load(live(0, 5), start);
  EXPECT_EQ(tracker.reload_at(), start + 2s);
  load(live(0, 6), start + 2s);
  EXPECT_EQ(tracker.reload_at(), start + 4s);
  load(live(0, 6), start + 4s);
  EXPECT_EQ(tracker.reload_at(), start + 5s);
}

TEST_F(Tracking, WhatThePlaylistDroppedIsCountedAndTheNextIsFresh) {
  load(live(0, 5));
  taken(tracker);
  load(live(9, 12));
  EXPECT_EQ(taken(tracker), "(4)9! 10 11 ");
}

TEST_F(Tracking, ALostSegmentMakesTheNextFresh) {
  load(live(0, 5));
  ASSERT_TRUE(tracker.next());
  tracker.lost();
  EXPECT_EQ(taken(tracker), "(1)3! 4 ");
}

TEST_F(Tracking, AGapSegmentIsSkipped) {
  auto playlist = live(0, 5);
  playlist.segments[3].gap = true;
  load(std::move(playlist));
  EXPECT_EQ(taken(tracker), "2 (1)4! ");
}

TEST_F(Tracking, ADiscontinuityIsFreshButNotAtTheBeginning) {
  auto playlist = live(0, 5);
  playlist.segments[2].discontinuity = playlist.segments[4].discontinuity = true;
  load(std::move(playlist));
  EXPECT_EQ(taken(tracker), "2 3 4! ");
}

TEST_F(Tracking, AnotherInitializationIsFresh) {
  auto playlist = live(0, 6);
  for (auto& segment : playlist.segments)
    segment.map_uri = segment.sequence < 5 ? "a.mp4" : "b.mp4";
  load(std::move(playlist));
  EXPECT_EQ(taken(tracker), "3 4 5! ");
}

TEST_F(Tracking, AStaleCopyOfACacheIsNotBelieved) {
  load(live(0, 10));
  taken(tracker);
  load(live(0, 9));
  EXPECT_EQ(taken(tracker), "");
  load(live(0, 11));
  EXPECT_EQ(taken(tracker), "10 ");
}

TEST_F(Tracking, AServerThatBeganToCountAnewIsFollowed) {
  load(live(500, 510));
  taken(tracker);
  load(live(0, 4));
  EXPECT_EQ(taken(tracker), "1! 2 3 ");
}

TEST_F(Tracking, ASmallStepBackIsBelievedWhenItStays) {
  load(live(0, 10));
  taken(tracker);
  for (int i = 0; i < 3; ++i) {
    load(live(0, 8));
    EXPECT_EQ(taken(tracker), "");
  }
  load(live(0, 8));
  EXPECT_EQ(taken(tracker), "5! 6 7 ");
}

TEST_F(Tracking, GoesOnWhereItStood) {
  PlaylistTracker resumed{{.resume_at = 95}};
  ASSERT_TRUE(resumed.update(live(90, 100), start).ok());
  EXPECT_EQ(taken(resumed), "95 96 97 98 99 ");
  PlaylistTracker late{{.resume_at = 80}};
  ASSERT_TRUE(late.update(live(90, 100), start).ok());
  EXPECT_EQ(taken(late), "(10)90 91 92 93 94 95 96 97 98 99 ");
  PlaylistTracker restarted{{.resume_at = 80}};
  ASSERT_TRUE(restarted.update(live(0, 10), start).ok());
  EXPECT_EQ(taken(restarted), "7 8 9 ");
  PlaylistTracker ages{{.resume_at = 80}};
  ASSERT_TRUE(ages.update(live(9000, 9010), start).ok());
  EXPECT_EQ(taken(ages), "9007 9008 9009 ");
}

TEST_F(Tracking, EndsWhenEverythingWasGivenOut) {
  load(live(0, 5));
  taken(tracker);
  auto last = live(0, 6);
  last.ended = true;
  load(std::move(last));
  EXPECT_FALSE(tracker.ended());
  EXPECT_EQ(taken(tracker), "5 ");
  EXPECT_TRUE(tracker.ended());
}

TEST_F(Tracking, ARecordingIsNotALiveStream) {
  auto ended = live(0, 5);
  ended.ended = true;
  const auto status = tracker.update(std::move(ended), start);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::invalid);
}

TEST_F(Tracking, EncryptionIsNamed) {
  auto playlist = live(0, 5);
  playlist.segments[4].key = SourceSegment::Key{.method = "AES-128", .uri = "key"};
  const auto status = tracker.update(std::move(playlist), start);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().text(), "encrypted HLS is not recorded yet: METHOD=AES-128");
}

TEST_F(Tracking, APlaylistThatDoesNotGrowIsDead) {
  load(live(0, 5), start);
  EXPECT_FALSE(tracker.stalled(start + 10s));
  EXPECT_TRUE(tracker.stalled(start + 10001ms));
  load(live(0, 5), start + 9s);
  EXPECT_TRUE(tracker.stalled(start + 11s));
  load(live(0, 6), start + 11s);
  EXPECT_FALSE(tracker.stalled(start + 20s));
}

TEST_F(Tracking, LongSegmentsHaveMorePatience) {
  auto playlist = live(0, 5);
  playlist.target_duration = 10s;
  load(std::move(playlist), start);
  EXPECT_FALSE(tracker.stalled(start + 29s));
  EXPECT_TRUE(tracker.stalled(start + 31s));
}

TEST_F(Tracking, AnEmptyPlaylistIsWaitedFor) {
  load(live(0, 0));
  EXPECT_FALSE(tracker.next());
  EXPECT_FALSE(tracker.ended());
  load(live(0, 1));
  EXPECT_EQ(taken(tracker), "0 ");
}

}  // namespace
}  // namespace longtake::ingest
