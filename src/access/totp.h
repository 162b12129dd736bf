#pragma once
// Codes of an authenticator app (TOTP, RFC 6238: HMAC-SHA-1, 30 s, six digits), and recovery codes. Pure but
// for the random numbers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace longtake::access {

/// 160 random bits, as they are.
std::string make_totp_secret();
/// RFC 4648 without padding: how apps take a secret.
std::string to_base32(std::string_view bytes);

/// The 30 s step an instant lies in.
std::int64_t totp_step(WallTime at);
/// Six digits.
std::string totp_code(std::string_view secret, std::int64_t step);
/// The step of which `code` is the code: that of `now`, one before or one after, and later than `last`, so
/// that no code works twice. Spaces in the code are ignored.
std::optional<std::int64_t> find_totp_step(std::string_view secret, std::string_view code, WallTime now,
                                           std::int64_t last);

/// otpauth://totp/... for an app: `account` is told as `issuer: account`.
std::string totp_uri(std::string_view secret, std::string_view issuer, std::string_view account);

/// Ten of 80 random bits each: "7k2m-9xqd-03tv-hz5w".
std::vector<std::string> make_recovery_codes();
/// As rows keep it: whatever case and separators somebody types, and o, i and l for 0, 1 and 1.
std::string normal_recovery_code(std::string_view typed);

}  // namespace longtake::access
