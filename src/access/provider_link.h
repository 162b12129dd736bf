#pragma once
// Which account of this site somebody has whom a provider vouches for.

#include <string>

#include "access/id_token.h"
#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Session;
}

namespace longtake::access {

struct Vouched {
  std::string issuer;
  IdClaims claims;
  std::string remote;  ///< address of the browser, for the audit
};

struct ProviderLink {
  UserId user;
  /// They are the first to show that they read the account's address: its password, second factor, sessions
  /// and API tokens of before ended.
  bool claimed = false;
};

/// By the provider's account (OpenID Connect Core 1.0, 5.7); at first by the verified e-mail address, whose
/// account is linked then. forbidden, named "provider-unverified": there is no address, or it is not
/// verified; "provider-unknown": nobody here has it, or another account of the provider did.
Result<ProviderLink> find_or_link(storage::sql::Session& session, const Vouched& vouched, WallTime now);

}  // namespace longtake::access
