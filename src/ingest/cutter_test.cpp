#include "ingest/cutter.h"

#include <gtest/gtest.h>

#include "base/time.h"
#include "ingest/testing/packets.h"
#include "media/ticks.h"

namespace longtake::ingest {
namespace {

using namespace testing;
using namespace std::chrono_literals;

TimedPacket timed(media::Packet packet) {
  const auto scale = packet.kind == media::TrackKind::video ? video_timescale : audio_timescale;
  const auto dts = media::to_media_nearest(packet.dts, scale);
  const auto pts = media::to_media_nearest(packet.pts, scale);
  return {std::move(packet), dts, pts};
}
constexpr Cut added{Cut::Kind::add};
constexpr Cut dropped{Cut::Kind::drop};
constexpr Cut begun{Cut::Kind::begin, true};
constexpr Cut capped{Cut::Kind::begin, false};

TEST(Cutter, NothingBeforeTheFirstKeyframe) {
  Cutter cutter{true};
  EXPECT_EQ(cutter.on(timed(picture(0, false))), dropped);
  EXPECT_EQ(cutter.on(timed(sound(0))), dropped);
  EXPECT_EQ(cutter.on(timed(picture(1, true))), begun);
  EXPECT_EQ(cutter.on(timed(sound(2))), added);
  EXPECT_EQ(cutter.on(timed(picture(2, false))), added);
}

TEST(Cutter, AFragmentBeginsAtEachKeyframe) {
  Cutter cutter{true};
  std::vector<int> begins;
  for (int n = 0; n < 200; ++n)
    if (cutter.on(timed(picture(n, n % 50 == 0))) == begun) begins.push_back(n);
  EXPECT_EQ(begins, (std::vector<int>{0, 50, 100, 150}));
}

TEST(Cutter, AllIntraGivesAFragmentAPicture) {
  Cutter cutter{true};
  for (int n = 0; n < 10; ++n)
    EXPECT_EQ(cutter.on(timed(picture(n, true))), begun);
}

TEST(Cutter, LongGopIsCappedWithoutSync) {
  Cutter cutter{true, {.max_fragment = 4s}};
  std::vector<int> caps;
  for (int n = 0; n < 500; ++n) {
    const auto cut = cutter.on(timed(picture(n, n % 250 == 0)));
    if (cut == capped) caps.push_back(n);
    if (n % 250 == 0) {
      EXPECT_EQ(cut, begun);
    }
  }
  EXPECT_EQ(caps, (std::vector<int>{100, 200, 350, 450}));
}

TEST(Cutter, AGopOfExactlyTheCapIsNotSplit) {
  Cutter cutter{true, {.max_fragment = 4s}};
  for (int n = 0; n < 400; ++n)
    EXPECT_EQ(cutter.on(timed(picture(n, n % 100 == 0))), n % 100 == 0 ? begun : added) << n;
}

TEST(Cutter, HugeFragmentsAreCapped) {
  Cutter cutter{true, {.max_bytes = 1000}};
  EXPECT_EQ(cutter.on(timed(picture(0, true, 0us, 900))), begun);
  EXPECT_EQ(cutter.on(timed(picture(1, false, 0us, 100))), added);
  EXPECT_EQ(cutter.on(timed(picture(2, false, 0us, 1))), capped);
}

TEST(Cutter, RadioIsCutByTime) {
  Cutter cutter{false};
  std::vector<int> begins;
  for (int n = 0; n < 300; ++n)
    if (cutter.on(timed(sound(n))) == begun) begins.push_back(n);
  EXPECT_EQ(begins, (std::vector<int>{0, 94, 188, 282}));
  EXPECT_EQ(cutter.on(timed(picture(0, true))), dropped);
}

TEST(Cutter, SoundAloneClosesFragmentsWhenThePictureStaysAway) {
  Cutter cutter{true, {.max_fragment = 4s}};
  EXPECT_EQ(cutter.on(timed(picture(0, true))), begun);
  std::vector<int> caps;
  for (int n = 0; n < 48000 * 20 / 1024; ++n)
    if (cutter.on(timed(sound(n))) == capped) caps.push_back(n);
  EXPECT_EQ(caps.size(), 4u) << "one at each 4 s of 20 s";
  EXPECT_EQ(cutter.on(timed(picture(500, false))), added) << "the picture is back inside a fragment of sound";
  EXPECT_EQ(cutter.on(timed(picture(501, true))), begun);
}

TEST(Cutter, SoundJustAheadOfThePictureDoesNotCapAFragment) {
  Cutter cutter{true, {.max_fragment = 4s}};
  int next_sound = 0;
  for (int n = 0; n < 300; ++n) {
    EXPECT_EQ(cutter.on(timed(picture(n, n % 100 == 0))), n % 100 == 0 ? begun : added);
    for (; next_sound * sound_ticks * 25 < (n + 8) * std::int64_t{audio_timescale}; ++next_sound)
      EXPECT_EQ(cutter.on(timed(sound(next_sound))), added) << n;
  }
}

TEST(Cutter, SoundOfAnotherClockIsDropped) {
  Cutter cutter{true};
  EXPECT_EQ(cutter.on(timed(picture(1000, true))), begun);
  EXPECT_EQ(cutter.on(timed(sound(0))), dropped) << "40 s behind";
  EXPECT_EQ(cutter.on(timed(sound(5000))), dropped) << "66 s ahead at once";
  EXPECT_EQ(cutter.on(timed(sound(1880))), added);
}

WallTime at(std::string_view text) {
  return *parse_rfc3339(text);
}

TEST(NextBoundary, AreMultiplesSinceMidnight) {
  EXPECT_EQ(next_boundary(at("2026-11-21T10:31:02.5Z"), 900s), at("2026-11-21T10:45:00Z"));
  EXPECT_EQ(next_boundary(at("2026-11-21T10:45:00Z"), 900s), at("2026-11-21T11:00:00Z"));
  EXPECT_EQ(next_boundary(at("2026-11-21T10:44:59.999999Z"), 900s), at("2026-11-21T10:45:00Z"));
  EXPECT_EQ(next_boundary(at("2026-11-21T23:59:55Z"), 10s), at("2026-11-22T00:00:00Z"));
  EXPECT_EQ(next_boundary(at("2026-11-21T00:00:00Z"), 3600s), at("2026-11-21T01:00:00Z"));
}

TEST(NextBoundary, LengthsThatDoNotDivideTheDayBeginAnewAtMidnight) {
  EXPECT_EQ(next_boundary(at("2026-11-21T23:55:00Z"), 700s), at("2026-11-22T00:00:00Z"));
  EXPECT_EQ(next_boundary(at("2026-11-22T00:00:00Z"), 700s), at("2026-11-22T00:11:40Z"));
}

}  // namespace
}  // namespace longtake::ingest
