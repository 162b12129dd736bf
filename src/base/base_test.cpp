#include <gtest/gtest.h>

#include "base/id.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake {
namespace {

TEST(Rfc3339, RoundTripsMicroseconds) {
  const auto t = wall_from_us(1795257062040001);
  EXPECT_EQ(*parse_rfc3339(format_rfc3339(t)), t);
}

TEST(Rfc3339, WritesFewestDigits) {
  EXPECT_EQ(format_rfc3339(wall_from_us(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(wall_from_us(40000)), "1970-01-01T00:00:00.040Z");
  EXPECT_EQ(format_rfc3339(wall_from_us(40001)), "1970-01-01T00:00:00.040001Z");
  EXPECT_EQ(format_rfc3339(wall_from_us(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(Rfc3339, ReadsOffsetsAndFractions) {
  EXPECT_EQ(*parse_rfc3339("1970-01-01T02:00:00+02:00"), wall_from_us(0));
  EXPECT_EQ(*parse_rfc3339("1969-12-31T22:30:00.5-01:30"), wall_from_us(500000));
  EXPECT_EQ(*parse_rfc3339("1970-01-01t00:00:00.0000019z"), wall_from_us(1));
}

TEST(Rfc3339, RefusesWhatIsNotAnInstant) {
  for (const char* bad :
       {"", "now", "2026-11-21", "2026-02-30T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T10:31:02",
        "2026-11-21T10:31:02.Z", "2026-11-21T10:31:02Zx", "2026-11-21T10:31:02+0200"}) {
    const auto result = parse_rfc3339(bad);
    ASSERT_FALSE(result.ok()) << bad;
    EXPECT_EQ(result.error().code(), Code::invalid);
  }
}

Result<int> half(int n) {
  if (n % 2) return make_error(Code::invalid, "{} is odd", n);
  return n / 2;
}
Result<int> quarter(int n) {
  LT_TRY(const int h, half(n), "quartering {}", n);
  LT_TRY(const int q, half(h), "quartering {}", n);
  return q;
}

TEST(Result, TellsTheStory) {
  EXPECT_EQ(*quarter(8), 2);
  const auto failed = quarter(6);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().story(), "3 is odd <- quartering 6");
}

TEST(Id, ParsesOnlyWhatItPrints) {
  EXPECT_EQ(parse_id<ChannelId>("42")->value, 42);
  for (const char* bad : {"", "0", "-1", "4x", "99999999999999999999"})
    EXPECT_FALSE(parse_id<ChannelId>(bad).ok()) << bad;
}

TEST(RedactUrl, HidesCredentials) {
  EXPECT_EQ(redact_url("rtsp://admin:secret@10.0.0.2:554/live?channel=1"),
            "rtsp://***@10.0.0.2:554/live?channel=1");
  EXPECT_EQ(redact_url("https://host/a.m3u8?token=abc&x=1#t"), "https://host/a.m3u8?token=***&x=1#t");
  EXPECT_EQ(redact_url("srt://host:9000?passphrase=abcdef"), "srt://host:9000?passphrase=***");
  EXPECT_EQ(redact_url("http://host/p@th"), "http://host/p@th");
  EXPECT_EQ(redact_url("rtsp://admin:pa/ss@cam/live"), "rtsp://***@cam/live");
  EXPECT_EQ(redact_url("rtsp://admin:12?3#4@cam/live"), "rtsp://***@cam/live");
  EXPECT_EQ(redact_url("rtsp://ad/min:pass@cam/live"), "rtsp://***@cam/live");
  EXPECT_EQ(redact_url("udp://@239.0.0.1:1234"), "udp://@239.0.0.1:1234");
  EXPECT_EQ(redact_url("http://host:8080/live"), "http://host:8080/live");
}

TEST(NearestName, FindsTheLikelySlip) {
  EXPECT_EQ(nearest_name("segmentSecond", {"name", "segmentSeconds", "source"}), "segmentSeconds");
  EXPECT_EQ(nearest_name("", {"source", "id"}), "id");
}

}  // namespace
}  // namespace longtake
