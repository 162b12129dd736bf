#include "base/zone.h"

#include <gtest/gtest.h>

namespace longtake {
namespace {

WallTime at(std::string_view text) {
  return *parse_rfc3339(text);
}

TEST(Zone, KnowsTheTableOfTheSystem) {
  for (const auto* zone : {"UTC", "Europe/Moscow", "America/Argentina/Buenos_Aires", "Etc/GMT+5"})
    EXPECT_TRUE(check_zone(zone).ok()) << zone;
  for (const auto* zone :
       {"", "Europe", "Europe/Nowhere", "/etc/passwd", "../../etc/passwd", "europe/moscow "})
    EXPECT_EQ(check_zone(zone).error().code(), Code::invalid) << zone;
}

TEST(Zone, DaysAreLocalAndMayHave23Or25Hours) {
  const auto moscow = day_of("Europe/Moscow", at("2026-11-20T22:30:00Z"));
  EXPECT_EQ(moscow->from, at("2026-11-20T21:00:00Z"));
  EXPECT_EQ(moscow->to, at("2026-11-21T21:00:00Z"));
  const auto spring = day_of("Europe/Madrid", at("2026-03-29T12:00:00Z"));
  EXPECT_EQ(spring->length(), std::chrono::hours{23});
  const auto autumn = day_of("Europe/Madrid", at("2026-10-25T00:30:00Z"));
  EXPECT_EQ(autumn->from, at("2026-10-24T22:00:00Z"));
  EXPECT_EQ(autumn->length(), std::chrono::hours{25});
}

TEST(Zone, NamesOfFilesCarryLocalTime) {
  const auto t = at("2026-11-20T22:30:05.999Z");
  EXPECT_EQ(format_local_for_file("Europe/Moscow", t).value(), "2026-11-21 01-30-05");
  EXPECT_EQ(format_local_for_file("UTC", t).value(), "2026-11-20 22-30-05");
  EXPECT_EQ(format_local_for_file("Europe/Nowhere", t).error().code(), Code::invalid);
}

TEST(Zone, TimesToReadSayHowFarUtcIs) {
  EXPECT_EQ(format_local("Europe/Madrid", at("2026-10-25T00:30:05.9996Z")).value(),
            "2026-10-25 02:30:05.999 +02:00");
  EXPECT_EQ(format_local("Europe/Madrid", at("2026-10-25T01:30:05Z")).value(),
            "2026-10-25 02:30:05.000 +01:00");
  EXPECT_EQ(format_local("UTC", at("2026-11-20T22:30:05Z")).value(), "2026-11-20 22:30:05.000 +00:00");
  EXPECT_EQ(format_local("Europe/Nowhere", at("2026-11-20T22:30:05Z")).error().code(), Code::invalid);
}

TEST(Zone, ADayMayBeginAfterMidnight) {
  // In Asuncion the clocks went from 00:00 to 01:00.
  const auto day = day_of("America/Asuncion", at("2022-10-02T12:00:00Z"));
  EXPECT_EQ(day->from, at("2022-10-02T04:00:00Z"));
  EXPECT_EQ(day->length(), std::chrono::hours{23});
}

}  // namespace
}  // namespace longtake
