#pragma once
// API tokens for `Authorization: Bearer`. Shown once; rows keep the hash. Any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/identity.h"
#include "access/last_seen.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

struct TokenEntry {
  TokenId id;
  std::string name;
  Permissions scopes;  ///< as they were given; what the owner may no longer do, it may not either
  WallTime created;
  std::optional<WallTime> last_used, expires;
  std::string owner;              ///< e-mail address
  std::string organization_name;  ///< where it acts
};

struct NewToken {
  UserId owner;
  SessionId session;            ///< it is made from, and must go on; zero: from the command line
  OrganizationId organization;  ///< where it acts, and stays; zero: wherever its owner's first is
  std::string name;
  Permissions scopes;
  std::optional<WallTime> expires;
};

class Tokens {
 public:
  Tokens(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// Where failures go that fail no request. Before threads use us.
  void log_to(Log& log) { trouble_.log_to(log); }

  struct Made {
    TokenEntry entry;
    std::string secret;
  };
  static constexpr std::int64_t most = 100;  ///< of one person, that are not over
  /// conflict: the owner has as many as anybody may, or the session has ended.
  Result<Made> add(const NewToken& token);
  /// With all that its owner may, for ever, in the organization that is their first now. not_found names the
  /// address.
  Result<std::string> add(const std::string& email, const std::string& name);
  /// Newest first: of one person, or of everybody on the site.
  Result<std::vector<TokenEntry>> list(std::optional<UserId> owner) const;
  /// not_found for another person's token, unless `owner` is nothing (the whole site).
  Status revoke(std::optional<UserId> owner, TokenId id);
  /// Nothing when the token is unknown or over, or its owner may no longer act where it acts.
  Result<std::optional<Identity>> find(std::string_view token);
  /// The same by id, for streams that stay open.
  Result<std::optional<Identity>> find(TokenId id) const;

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
  LastSeenTrouble trouble_;
};

/// "watch share"; "all" for everything the owner may.
std::string format_scopes(Permissions scopes);
Permissions parse_scopes(std::string_view text);

}  // namespace longtake::access
