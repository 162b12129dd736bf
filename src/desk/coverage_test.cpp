#include "desk/coverage.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"

namespace longtake::desk {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CoverageTest : public DeskTest {
 protected:
  CoverageTest()
      : start_(minute_of(clock_.now()) - 2h),
        coverage_(*database_,
                  [this](ChannelId, WallRange range) -> Result<Ranges> { return clipped(recorded_, range); },
                  clock_, {.keep = std::chrono::days{30}}) {
    recorded_ = {at(0s, 7200s)};
  }

  WallRange at(std::chrono::seconds from, std::chrono::seconds to) const {
    return {start_ + from, start_ + to};
  }

  Viewing seen(ChannelId channel, WallRange footage, WallRange shown, double speed = 1) const {
    return {.channel = channel, .footage = footage, .shown = shown, .speed = speed};
  }
  /// Shown as it was recorded, an hour later.
  Viewing seen(ChannelId channel, std::chrono::seconds from, std::chrono::seconds to) const {
    return seen(channel, at(from, to), at(from + 1h, to + 1h));
  }

  std::int64_t rows() {
    return **database_->read([](storage::sql::Session& session) {
      return session.find("select count(*) from viewing_facts", [](std::int64_t n) { return n; });
    });
  }

  std::vector<ChannelId> report(const Coverage::Viewer& viewer, const std::vector<Viewing>& reports) {
    auto changed = coverage_.report(viewer, reports);
    EXPECT_TRUE(changed.ok()) << changed.error().story();
    return changed.ok() ? *changed : std::vector<ChannelId>{};
  }

  Ranges of(const Coverage::Viewer& viewer, ChannelId channel) {
    const auto all = coverage_.of_channel(viewer.organization, channel, at(-1s, 7200s));
    for (const auto& one : *all)
      if (one.user == viewer.user) return one.ranges;
    return {};
  }

  const WallTime start_;
  Ranges recorded_;
  Coverage coverage_;
  const Coverage::Viewer ana_{main_, ann_}, ben_{main_, bob_};
};

TEST_F(CoverageTest, ReportsOfOneMinuteAreOneRow) {
  for (int i = 0; i < 6; ++i)
    EXPECT_THAT(report(ana_, {seen(one_, i * 10s, i * 10s + 10s)}), ElementsAre(one_));
  EXPECT_EQ(rows(), 1);
  report(ana_, {seen(one_, 60s, 70s)});
  EXPECT_EQ(rows(), 2);
  report(ana_, {seen(two_, 60s, 70s)});
  report(ben_, {seen(one_, 60s, 70s)});
  EXPECT_EQ(rows(), 4);
  EXPECT_THAT(of(ana_, one_), ElementsAre(at(0s, 70s)));
}

TEST_F(CoverageTest, ARepeatedReportChangesNothing) {
  const std::vector<Viewing> batch{seen(one_, 50s, 70s), seen(two_, 50s, 70s)};
  EXPECT_THAT(report(ana_, batch), ElementsAre(one_, two_));
  const auto before = rows();
  EXPECT_THAT(report(ana_, batch), IsEmpty());
  EXPECT_EQ(rows(), before);
}

TEST_F(CoverageTest, IsNeverMoreThanIsRecorded) {
  recorded_ = {at(0s, 10s), at(20s, 30s)};
  report(ana_, {seen(one_, 5s, 40s)});
  EXPECT_THAT(of(ana_, one_), ElementsAre(at(5s, 10s), at(20s, 30s)));
  EXPECT_THAT(report(ana_, {seen(one_, 11s, 19s)}), IsEmpty());
}

TEST_F(CoverageTest, IsOfTheOrganizationAlone) {
  EXPECT_EQ(coverage_.report(ana_, {seen(one_, 0s, 10s), seen(foreign_, 0s, 10s)}).error().code(),
            Code::not_found);
  EXPECT_EQ(rows(), 0) << "nothing is half kept";
  report(ana_, {seen(one_, 0s, 10s)});
  EXPECT_EQ(coverage_.of_channel(other_, one_, at(0s, 10s)).error().code(), Code::not_found);
  EXPECT_EQ(coverage_.uncovered(other_, {.channel = one_, .at = start_}).error().code(), Code::not_found);
  EXPECT_THAT(*coverage_.totals(other_, at(0s, 7200s), {}), IsEmpty());
  EXPECT_THAT(*coverage_.positions({.organization = other_, .user = ana_.user}), IsEmpty());
}

TEST_F(CoverageTest, FindsTheNextThatIsNotCovered) {
  recorded_ = {at(0s, 100s), at(200s, 300s)};
  const auto next = [&](std::chrono::seconds from, UserId by = {}) {
    return *coverage_.uncovered(ana_.organization, {.channel = one_, .at = start_ + from, .by = by});
  };
  EXPECT_EQ(next(30s), at(30s, 100s));
  report(ana_, {seen(one_, 20s, 60s)});
  report(ben_, {seen(one_, 60s, 90s), seen(one_, 90s, 99s), seen(one_, 205s, 290s)});
  EXPECT_EQ(next(0s), at(0s, 20s));
  EXPECT_EQ(next(20s), at(99s, 100s));
  EXPECT_EQ(next(99s + 1s), at(200s, 205s)) << "not the gap";
  EXPECT_EQ(next(206s), at(290s, 300s));
  EXPECT_EQ(next(20s, ana_.user), at(60s, 100s));
  EXPECT_EQ(next(0s, ben_.user), at(0s, 60s));
  EXPECT_EQ(next(299s + 1s), std::nullopt);
  report(ana_, {seen(one_, seen(one_, 290s, 299s).footage, at(4000s, 4009s))});
  report(ana_, {seen(one_, {start_ + 299s, start_ + 299s + 500ms}, at(4009s, 4010s))});
  EXPECT_EQ(next(206s), std::nullopt) << "half a second is not worth a look";
}

TEST_F(CoverageTest, ALongFactIsFoundWhereItEnds) {
  report(ana_, {seen(one_, at(0s, 3600s), at(4000s, 4060s), 60)});
  const auto found = coverage_.of_channel(ana_.organization, one_, at(3500s, 3700s));
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_THAT(found->front().ranges, ElementsAre(at(3500s, 3600s)));
}

TEST_F(CoverageTest, TotalsCountEachMomentOfAChannelOnce) {
  report(ana_,
         {seen(one_, at(0s, 160s), at(4000s, 4010s), 16), seen(two_, at(0s, 160s), at(4000s, 4010s), 16)});
  report(ana_, {seen(one_, at(80s, 240s), at(4020s, 4030s), 16)});
  report(ben_, {seen(one_, 0s, 30s)});
  const auto all = coverage_.totals(ana_.organization, at(0s, 7200s), {});
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ(all->at(0).user, ana_.user);
  EXPECT_EQ(all->at(0).reviewed, 240s + 160s);
  EXPECT_EQ(all->at(0).shown, 30s);
  EXPECT_EQ(all->at(1).reviewed, 30s);
  const auto own = coverage_.totals(ana_.organization, at(0s, 7200s), ben_.user);
  ASSERT_THAT(*own, SizeIs(1));
  EXPECT_EQ(own->front().user, ben_.user);
  EXPECT_THAT(*coverage_.totals(ana_.organization, at(0s, 3000s), {}), IsEmpty()) << "shown later";
}

TEST_F(CoverageTest, KnowsWhereSomebodyStopped) {
  const auto stopped = [&] {
    const auto all = coverage_.positions(ana_);
    return all->size() == 1 ? (all->front().at - start_) : Micros{-1};
  };
  EXPECT_EQ(stopped(), Micros{-1});
  recorded_ = {at(0s, 1000s)};
  report(ana_, {seen(one_, 0s, 30s), seen(one_, 30s, 60s), seen(one_, 65s, 100s)});
  EXPECT_EQ(stopped(), 100s);
  report(ana_, {seen(one_, 980s, 1000s)});
  EXPECT_EQ(stopped(), 100s) << "back at live, with a hole behind";
  report(ana_, {seen(one_, at(100s, 980s), at(5000s, 5060s), 16)});
  EXPECT_EQ(stopped(), 1000s) << "caught up";
  EXPECT_THAT(*coverage_.positions(ben_), IsEmpty());
}

TEST_F(CoverageTest, AGapInTheRecordingIsNotAPlaceToStop) {
  recorded_ = {at(0s, 300s), at(400s, 1000s)};
  report(ana_, {seen(one_, 0s, 60s)});
  EXPECT_EQ(coverage_.positions(ana_)->front().at, start_ + 60s);
  report(ana_, {seen(one_, at(60s, 280s), at(5000s, 5020s), 16)});
  EXPECT_EQ(coverage_.positions(ana_)->front().at, start_ + 280s);
  report(ana_, {seen(one_, at(280s, 940s), at(5020s, 5070s), 16)});
  EXPECT_EQ(coverage_.positions(ana_)->front().at, start_ + 940s);
}

TEST_F(CoverageTest, ALookAheadIsNotAPlaceToStop) {
  const auto stopped = [&] { return coverage_.positions(ana_)->front().at - start_; };
  recorded_ = {at(0s, 3000s)};
  report(ana_, {seen(one_, {start_ + 2000s, start_ + 2000s + 40ms}, at(3000s, 3010s), 0)});
  EXPECT_THAT(*coverage_.positions(ana_), IsEmpty()) << "a standing picture";
  report(ana_, {seen(one_, 1500s, 1520s)});
  EXPECT_EQ(stopped(), 1520s) << "there is nothing else";
  report(ana_, {seen(one_, 0s, 100s)});
  EXPECT_EQ(stopped(), 100s);
  EXPECT_EQ(coverage_.positions(ana_)->front().shown, start_ + 100s + 1h);
  report(ana_, {seen(one_, at(2400s, 2700s), at(5000s, 5005s), 60)});
  EXPECT_EQ(stopped(), 100s) << "time on the screen counts";
  report(ana_, {seen(one_, 1520s, 1529s)});
  EXPECT_EQ(stopped(), 100s);
  report(ana_, {seen(one_, 1550s, 1560s)});
  EXPECT_EQ(stopped(), 1560s) << "the same stretch, now more than a look";
  report(ana_, {seen(one_, at(10s, 60s), at(6000s, 6050s), -1)});
  EXPECT_EQ(stopped(), 1560s) << "going back is not stopping there";
}

TEST_F(CoverageTest, APersonIsToldOfTheirDays) {
  report(ana_, {seen(one_, at(0s, 160s), at(4000s, 4010s), 16), seen(two_, 0s, 30s)});
  const auto days = coverage_.days(ana_.user);
  ASSERT_THAT(*days, SizeIs(2));
  EXPECT_EQ(days->at(0).day, std::chrono::floor<std::chrono::days>(start_ + 4000s));
  EXPECT_EQ(days->at(0).channel, one_);
  EXPECT_EQ(days->at(0).reviewed, 160s);
  EXPECT_EQ(days->at(0).shown, 10s);
  EXPECT_THAT(*coverage_.days(ben_.user), IsEmpty());
}

TEST_F(CoverageTest, IsForgottenWhenItsTimeIsOver) {
  report(ana_, {seen(one_, 0s, 10s)});
  clock_.pass(std::chrono::days{29});
  EXPECT_EQ(*coverage_.expire(), 0);
  clock_.pass(std::chrono::days{2});
  EXPECT_EQ(*coverage_.expire(), 1);
  EXPECT_EQ(rows(), 0);
}

}  // namespace
}  // namespace longtake::desk
