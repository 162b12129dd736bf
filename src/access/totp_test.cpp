#include "access/totp.h"

#include <gtest/gtest.h>

#include <set>

namespace longtake::access {
namespace {

WallTime at_seconds(std::int64_t seconds) {
  return wall_from_us(seconds * 1'000'000);
}

// RFC 6238 appendix B gives eight digits; an app shows the last six.
TEST(Totp, GivesTheCodesOfTheStandard) {
  const std::string secret = "12345678901234567890";
  EXPECT_EQ(totp_code(secret, totp_step(at_seconds(59))), "287082");
  EXPECT_EQ(totp_code(secret, totp_step(at_seconds(1111111109))), "081804");
  EXPECT_EQ(totp_code(secret, totp_step(at_seconds(1111111111))), "050471");
  EXPECT_EQ(totp_code(secret, totp_step(at_seconds(1234567890))), "005924");
  EXPECT_EQ(totp_code(secret, totp_step(at_seconds(2000000000))), "279037");
  EXPECT_EQ(totp_code(secret, totp_step(at_seconds(20000000000))), "353130");
}

TEST(Totp, TakesOneStepOfDriftAndNoCodeTwice) {
  const auto secret = make_totp_secret();
  const auto now = at_seconds(1'795'000'000);
  const auto step = totp_step(now);
  for (const std::int64_t drift : {-1, 0, 1})
    EXPECT_EQ(find_totp_step(secret, totp_code(secret, step + drift), now, 0), step + drift);
  for (const std::int64_t drift : {-2, 2})
    EXPECT_FALSE(find_totp_step(secret, totp_code(secret, step + drift), now, 0));
  EXPECT_FALSE(find_totp_step(secret, totp_code(secret, step), now, step));
  EXPECT_FALSE(find_totp_step(secret, totp_code(secret, step - 1), now, step));
  auto spaced = totp_code(secret, step);
  spaced.insert(3, " ");
  EXPECT_TRUE(find_totp_step(secret, spaced, now, 0));
  for (const char* text : {"", "12345", "1234567", "abcdef"})
    EXPECT_FALSE(find_totp_step(secret, text, now, 0)) << text;
}

TEST(Totp, WritesSecretsAsAppsTakeThem) {
  EXPECT_EQ(to_base32("12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  EXPECT_EQ(to_base32("f"), "MY");
  EXPECT_EQ(
      totp_uri("12345678901234567890", "Longtake", "a b@example.org"),
      "otpauth://totp/Longtake:a%20b%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Longtake"
      "&algorithm=SHA1&digits=6&period=30");
}

TEST(RecoveryCodes, DifferAndAreReadAsTyped) {
  const auto codes = make_recovery_codes();
  EXPECT_EQ(std::set<std::string>(codes.begin(), codes.end()).size(), 10u);
  for (const auto& code : codes)
    EXPECT_EQ(code.size(), 19u);
  EXPECT_EQ(normal_recovery_code("7K2M 9XQD-O3tv-HZ5L"), "7k2m9xqd03tvhz51");
}

}  // namespace
}  // namespace longtake::access
