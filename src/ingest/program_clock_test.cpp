#include "ingest/program_clock.h"

#include <gtest/gtest.h>

#include "ingest/testing/packets.h"

namespace longtake::ingest {
namespace {

using namespace std::chrono_literals;
using testing::noon;

MediaTime media(Micros t) {
  return MediaTime{t};
}

TEST(ProgramClock, KnowsNothingWithoutSegmentsOrDates) {
  ProgramClock clock;
  EXPECT_FALSE(clock.wall_of(media(0s), true));
  clock.segment(std::nullopt, 2s);
  EXPECT_FALSE(clock.wall_of(media(0s), true));
}

TEST(ProgramClock, DatesEveryPacketFromTheSegmentsFirstPicture) {
  ProgramClock clock;
  clock.segment(noon, 2s);
  EXPECT_FALSE(clock.wall_of(media(99s), false)) << "the first picture is not there yet";
  EXPECT_EQ(clock.wall_of(media(100s), true), noon);
  EXPECT_EQ(clock.wall_of(media(101s), false), noon + 1s);
  EXPECT_EQ(clock.wall_of(media(99900ms), false), noon - 100ms) << "sound that plays just before";
}

TEST(ProgramClock, TheDemuxerRunsBehindTheBytes) {
  ProgramClock clock;
  clock.segment(noon, 2s);
  for (int n = 0; n < 50; ++n)
    EXPECT_EQ(clock.wall_of(media(n * 40ms), n % 25 == 0), noon + n * 40ms);
  clock.segment(noon + 2100ms, 2s);  // 100 ms were lost at the encoder, say
  EXPECT_EQ(clock.wall_of(media(1960ms), false), noon + 1960ms);
  EXPECT_EQ(clock.wall_of(media(2s), true), noon + 2100ms);
  EXPECT_EQ(clock.wall_of(media(2040ms), false), noon + 2140ms);
}

TEST(ProgramClock, ManySegmentsReadAheadAreTakenApartAgain) {
  ProgramClock clock;
  for (int s = 0; s < 5; ++s)
    clock.segment(noon + s * 3s, 2s);  // dates run ahead of the media by half
  for (int n = 0; n < 250; ++n)
    EXPECT_EQ(clock.wall_of(media(n * 40ms), n % 25 == 0), noon + (n / 50) * 3s + (n % 50) * 40ms) << n;
}

TEST(ProgramClock, RoundedDurationsStillMatchKeyframes) {
  ProgramClock clock;
  for (int s = 0; s < 10; ++s)
    clock.segment(noon + s * 2400ms, 2s);  // EXTINF says 2, segments last 2.4
  for (int n = 0; n < 600; ++n)
    EXPECT_EQ(clock.wall_of(media(n * 40ms), n % 60 == 0), noon + n * 40ms) << n;
}

TEST(ProgramClock, ASegmentWithoutAKeyframeAtItsStartIsPredicted) {
  ProgramClock clock;
  clock.segment(noon, 2s);
  clock.segment(noon + 2s, 2s);
  clock.segment(noon + 4s, 2s);
  EXPECT_EQ(clock.wall_of(media(0s), true), noon);
  EXPECT_EQ(clock.wall_of(media(5s), true), noon + 5s) << "keyframes are 5 s apart";
}

TEST(ProgramClock, BrokenTimeIsUnknownUntilTheNextSegment) {
  ProgramClock clock;
  clock.segment(noon, 2s);
  EXPECT_TRUE(clock.wall_of(media(0s), true));
  clock.time_line_broke();
  EXPECT_FALSE(clock.wall_of(media(5000s), true));
  clock.segment(noon + 2s, 2s);
  EXPECT_EQ(clock.wall_of(media(5001s), true), noon + 2s);
}

TEST(ProgramClock, RadioCountsEverySound) {
  ProgramClock clock;
  clock.segment(noon, 2s);
  for (int n = 0; n < 94; ++n)
    clock.wall_of(media(n * 21333us), true);
  clock.segment(noon + 2005333us, 2s);
  EXPECT_EQ(clock.wall_of(media(94 * 21333us), true), noon + 2005333us);
}

}  // namespace
}  // namespace longtake::ingest
