#include "api/channel_pages.h"

#include <gtest/gtest.h>

namespace longtake::api {
namespace {

class FakeClock final : public Clock {
 public:
  WallTime now() const override { return wall_from_us(0); }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point{} + passed;
  }
  std::chrono::milliseconds passed{0};
};

constexpr ChannelPages::Key first{.organization = OrganizationId{1}, .limit = 50};

TEST(ChannelPages, AreGoodUntilSomethingChangesOrTimePasses) {
  FakeClock clock;
  ChannelPages pages{clock};
  const auto now = pages.generation(7);
  EXPECT_FALSE(pages.find(first, now));
  pages.keep(first, now, "page");
  EXPECT_EQ(*pages.find(first, now), "page");
  auto elsewhere = first;
  elsewhere.organization = OrganizationId{2};
  EXPECT_FALSE(pages.find(elsewhere, now));
  EXPECT_FALSE(pages.find(first, pages.generation(8))) << "an event was told meanwhile";
  clock.passed += std::chrono::seconds{2};
  EXPECT_FALSE(pages.find(first, now));
}

TEST(ChannelPages, APageGatheredBeforeAChangeIsNotShownAfterIt) {
  FakeClock clock;
  ChannelPages pages{clock};
  const auto before = pages.generation(7);
  pages.forget();
  pages.keep(first, before, "old");
  EXPECT_FALSE(pages.find(first, pages.generation(7)));
}

TEST(ChannelPages, AreLimited) {
  FakeClock clock;
  ChannelPages pages{clock, {.pages = 2}};
  for (std::size_t limit = 1; limit <= 3; ++limit)
    pages.keep({.organization = OrganizationId{1}, .limit = limit}, 0, "x");
  EXPECT_FALSE(pages.find({.organization = OrganizationId{1}, .limit = 1}, 0));
  EXPECT_TRUE(pages.find({.organization = OrganizationId{1}, .limit = 3}, 0));
}

}  // namespace
}  // namespace longtake::api
