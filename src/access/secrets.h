#pragma once
// Passwords and opaque tokens, by libsodium. Nothing here is ever logged.

#include <string>
#include <string_view>

#include "base/result.h"

namespace longtake::access {

/// Argon2id in PHC form, libsodium's interactive limits raised to OWASP's 19 MiB, t = 2. Slow on purpose
/// (about 20 ms).
Result<std::string> hash_password(std::string_view password);
bool verify_password(std::string_view password, const std::string& hash);
/// Costs what verify_password costs: for accounts that do not exist.
void waste_verification(std::string_view password);

/// 10 to 1024 bytes without control characters, and not one that is tried first (see weak_passwords.h); error
/// invalid says the rule. `owner` is the person's e-mail address.
Status check_password_rules(std::string_view password, std::string_view owner = {});

/// 256 random bits, base64url.
std::string make_token();
/// SHA-256 in hex: what rows keep of a token.
std::string hash_token(std::string_view token);

}  // namespace longtake::access
