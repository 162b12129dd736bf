#include "api/coverage_news.h"

#include <gtest/gtest.h>

namespace longtake::api {
namespace {

using namespace std::chrono_literals;

class FakeClock final : public Clock {
 public:
  WallTime now() const override { return wall_from_us(1'000'000'000) + passed; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point{} + passed;
  }
  Micros passed{0};
};

constexpr OrganizationId ours{1};
constexpr ChannelId one{1}, two{2};

class CoverageNewsTest : public ::testing::Test {
 protected:
  CoverageNewsTest()
      : stream_(hub_.open({.organization = ours, .permissions = access::permissions_of(access::Role::editor)},
                          "")) {
    (void)stream_->take();
  }
  /// How often pages were told of the channel since they were asked last.
  int told(ChannelId channel) {
    news_.tell(hub_);
    const auto text = stream_->take();
    int count = 0;
    for (auto at = text.find("\"channelId\":\"" + to_string(channel)); at != text.npos;
         at = text.find("\"channelId\":\"" + to_string(channel), at + 1))
      ++count;
    return count;
  }

  FakeClock clock_;
  EventHub hub_{clock_};
  CoverageNews news_{clock_};
  std::shared_ptr<http::EventStream> stream_;
};

TEST_F(CoverageNewsTest, TellsOfAChannelAtMostOnceInFiveSeconds) {
  EXPECT_EQ(told(one), 0);
  for (int i = 0; i < 10; ++i)
    news_.changed(ours, one);
  EXPECT_EQ(told(one), 1);
  news_.changed(ours, one);
  clock_.passed += 4s;
  EXPECT_EQ(told(one), 0);
  clock_.passed += 1s;
  EXPECT_EQ(told(one), 1) << "the last change is told too";
  clock_.passed += 1min;
  EXPECT_EQ(told(one), 0);
}

TEST_F(CoverageNewsTest, EachChannelHasItsOwnPause) {
  news_.changed(ours, one);
  EXPECT_EQ(told(one), 1);
  clock_.passed += 1s;
  news_.changed(ours, two);
  news_.changed(ours, one);
  EXPECT_EQ(told(two), 1);
}

}  // namespace
}  // namespace longtake::api
