#include "desk/viewing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longtake::desk {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A whole minute of UTC.
constexpr auto minute = wall_from_us(1'795'000'020'000'000);

constexpr WallRange range(std::chrono::seconds from, std::chrono::seconds to) {
  return {minute + from, minute + to};
}

Viewing seen(WallRange footage, WallRange shown, double speed = 1) {
  return {.channel = ChannelId{1}, .footage = footage, .shown = shown, .speed = speed};
}

std::string doubted(const Viewing& report) {
  const auto found = doubt(report, minute + 1h);
  return found ? found->field : "";
}

TEST(Ranges, UniteCutAndClip) {
  const auto all = united({range(10s, 20s), range(0s, 5s), range(20s, 30s), range(12s, 13s), range(7s, 7s)});
  EXPECT_THAT(all, ElementsAre(range(0s, 5s), range(10s, 30s)));
  EXPECT_EQ(total(all), 25s);
  EXPECT_THAT(without(all, {range(2s, 3s), range(4s, 12s), range(29s, 40s)}),
              ElementsAre(range(0s, 2s), range(3s, 4s), range(12s, 29s)));
  EXPECT_THAT(without({range(0s, 10s), range(20s, 30s)}, {range(5s, 25s)}),
              ElementsAre(range(0s, 5s), range(25s, 30s)));
  EXPECT_THAT(clipped(all, range(4s, 11s)), ElementsAre(range(4s, 5s), range(10s, 11s)));
  EXPECT_THAT(without(all, all), IsEmpty());
}

TEST(Viewing, IsDoubtedWhenItCannotBe) {
  EXPECT_EQ(doubted(seen(range(0s, 10s), range(100s, 110s))), "");
  EXPECT_EQ(doubted(seen(range(0s, 600s), range(100s, 110s), 60)), "");
  EXPECT_EQ(doubted(seen(range(0s, 600s), range(100s, 110s), 32)), "to") << "more than 32 times ten seconds";
  EXPECT_EQ(doubted(seen(range(0s, 10s), range(100s, 110s), 61)), "speed");
  EXPECT_EQ(doubted(seen(range(0s, 10s), range(100s, 110s), 0.1)), "speed");
  EXPECT_EQ(doubted(seen(range(0s, 1s), range(100s, 110s), 0)), "") << "a frame that stands";
  EXPECT_EQ(doubted(seen(range(0s, 100s), range(100s, 110s), 0)), "to");
  EXPECT_EQ(doubted(seen(range(10s, 10s), range(100s, 110s))), "to");
  EXPECT_EQ(doubted(seen(range(0s, 10s), range(110s, 110s))), "shownTo");
  EXPECT_EQ(doubted(seen(range(0s, 10s), range(100s, 221s))), "shownTo");
  EXPECT_EQ(doubted(seen(range(0s, 10s), range(3655s, 3665s))), "shownTo") << "in the future";
  EXPECT_EQ(doubted(seen(range(-25h, -25h + 10s), range(-25h, -25h + 10s))), "shownFrom");
  EXPECT_EQ(doubted(seen(range(3655s, 3665s), range(3600s, 3610s))), "to") << "nobody has recorded it yet";
}

TEST(Viewing, BecomesOneFactForEachMinuteOfShowing) {
  const auto facts = facts_of(seen(range(0s, 80s), range(50s, 70s), 4), {range(-100s, 1000s)});
  ASSERT_THAT(facts, SizeIs(2));
  EXPECT_EQ(facts[0].shown, range(50s, 60s));
  EXPECT_EQ(facts[0].footage, range(0s, 40s));
  EXPECT_EQ(facts[1].shown, range(60s, 70s));
  EXPECT_EQ(facts[1].footage, range(40s, 80s));
  const auto back = facts_of(seen(range(0s, 80s), range(50s, 70s), -4), {range(-100s, 1000s)});
  ASSERT_THAT(back, SizeIs(2));
  EXPECT_EQ(back[0].footage, range(40s, 80s)) << "the end is seen first";
  EXPECT_EQ(back[1].footage, range(0s, 40s));
}

TEST(Viewing, IsNeverMoreThanIsRecorded) {
  const auto report = seen(range(0s, 40s), range(100s, 110s), 4);
  const auto facts = facts_of(report, {range(-10s, 8s), range(20s, 30s), range(38s, 90s)});
  ASSERT_THAT(facts, SizeIs(3));
  EXPECT_EQ(facts[0].footage, range(0s, 8s));
  EXPECT_EQ(facts[0].shown, range(100s, 102s));
  EXPECT_EQ(facts[1].footage, range(20s, 30s));
  EXPECT_EQ(facts[1].shown.from, minute + 105s);
  EXPECT_EQ(facts[2].footage, range(38s, 40s));
  EXPECT_EQ(facts[2].shown.to, minute + 110s);
  EXPECT_THAT(facts_of(report, {}), IsEmpty());
  EXPECT_EQ(facts_of(report, {range(20s, 30s)}), facts_of(report, {range(20s, 30s)}));
}

TEST(Viewing, GoesOnWhereTheFactEnds) {
  const auto fact = seen(range(0s, 10s), range(60s, 70s));
  EXPECT_EQ(joined(fact, seen(range(10s, 20s), range(70s, 80s))), seen(range(0s, 20s), range(60s, 80s)));
  EXPECT_EQ(joined(fact, seen(range(10s, 20s), range(71s, 81s))), seen(range(0s, 20s), range(60s, 81s)));
  EXPECT_EQ(joined(fact, fact), fact) << "a repeated report changes nothing";
  EXPECT_EQ(joined(fact, seen(range(2s, 8s), range(62s, 68s))), fact);
  EXPECT_FALSE(joined(fact, seen(range(11s, 20s), range(70s, 79s)))) << "a second was not seen";
  EXPECT_FALSE(joined(fact, seen(range(10s, 20s), range(75s, 85s)))) << "nothing was shown for five seconds";
  EXPECT_FALSE(joined(fact, seen(range(10s, 20s), range(70s, 80s), 2)));
  EXPECT_FALSE(joined(fact, seen(range(60s, 70s), range(120s, 130s)))) << "another minute";
  auto keyframes = seen(range(10s, 20s), range(70s, 80s));
  keyframes.mode = ViewMode::key;
  EXPECT_FALSE(joined(fact, keyframes));
  const auto back = seen(range(40s, 80s), range(60s, 70s), -4);
  EXPECT_EQ(joined(back, seen(range(0s, 40s), range(70s, 80s), -4)),
            seen(range(0s, 80s), range(60s, 80s), -4));
}

TEST(Viewing, DoesNotGrowBeyondWhatItsSpeedShows) {
  const auto fact = seen(range(0s, 20s), range(60s, 80s));
  EXPECT_FALSE(joined(fact, seen(range(20s, 40s), range(60s, 80s)))) << "twice at the same time";
}

}  // namespace
}  // namespace longtake::desk
