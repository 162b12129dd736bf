#pragma once
// The ID token of an OpenID provider (OpenID Connect Core 3.1.3.7): believed only when all of it fits. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "access/key_set.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::access {

struct IdClaims {
  std::string subject;
  std::optional<std::string> email;
  bool email_verified = false;
};

struct IdExpectation {
  std::string issuer;
  std::string client;
  std::string nonce;
  WallTime now;
};

/// Errors: not_found when the key is not among `keys` (fetch them anew); forbidden for everything that does
/// not fit, saying what.
Result<IdClaims> read_id_token(std::string_view token, const KeySet& keys, const IdExpectation& expected);

/// From the provider's answer at its userinfo endpoint. forbidden: it speaks of somebody else.
Result<IdClaims> read_user_info(std::string_view json, const std::string& subject);

}  // namespace longtake::access
