#include "archive/disk_forecast.h"

#include <gtest/gtest.h>

#include <vector>

namespace longtake::archive {
namespace {

using std::chrono::hours;

constexpr std::uint64_t mega = 1'000'000;

std::optional<double> seconds(const std::vector<Growth>& recordings, std::uint64_t free_bytes) {
  const auto until = time_until_full(recordings, free_bytes);
  return until ? std::optional{until->count()} : std::nullopt;
}

TEST(DiskForecast, WithoutLimitsTheFreeBytesGoAtTheRateOfAll) {
  EXPECT_EQ(seconds({}, 100 * mega), std::nullopt);
  EXPECT_EQ(seconds({{.bits_per_second = 0}}, 100 * mega), std::nullopt) << "nothing comes";
  EXPECT_EQ(seconds({{.bits_per_second = 8 * mega}}, 100 * mega), 100);
  EXPECT_EQ(seconds({{.bits_per_second = 8 * mega}, {.bits_per_second = 24 * mega}}, 100 * mega), 25);
  EXPECT_EQ(seconds({{.bits_per_second = 8 * mega}}, 0), 0);
}

TEST(DiskForecast, WhatRetentionHoldsGrowsNoFurther) {
  const Growth held{
      .bits_per_second = 8 * mega, .stored_bytes = 40 * mega, .retention = {.max_bytes = 100 * mega}};
  EXPECT_EQ(seconds({held}, 59 * mega), 59);
  EXPECT_EQ(seconds({held}, 61 * mega), std::nullopt) << "60 MB more, and never more than that";
  const Growth full{
      .bits_per_second = 8 * mega, .stored_bytes = 200 * mega, .retention = {.max_bytes = 100 * mega}};
  EXPECT_EQ(seconds({full}, mega), std::nullopt);
}

TEST(DiskForecast, AnAgeIsAsManyBytesAsComeInThatTime) {
  const Growth hour{.bits_per_second = 8 * mega, .retention = {.max_age = hours{1}}};
  EXPECT_EQ(seconds({hour}, 3599 * mega), 3599);
  EXPECT_EQ(seconds({hour}, 3601 * mega), std::nullopt);
}

TEST(DiskForecast, TheOthersGoOnWhenOneIsHeld) {
  const Growth held{.bits_per_second = 8 * mega, .retention = {.max_bytes = 10 * mega}};
  const Growth free{.bits_per_second = 8 * mega};
  EXPECT_EQ(seconds({free, held}, 30 * mega), 20) << "10 s both, then one alone";
}

}  // namespace
}  // namespace longtake::archive
