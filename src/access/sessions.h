#pragma once
// Browser sessions: an opaque token in a cookie, its SHA-256 in a row. Any thread; writes wait for the
// database's writer.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "access/identity.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

class Sessions {
 public:
  struct Options {
    std::chrono::hours idle{24 * 14};  ///< a session not used for so long has ended
    std::chrono::hours longest{24 * 90};
  };
  Sessions(storage::sql::Database& database, const Clock& clock, Options options);
  Sessions(storage::sql::Database& database, const Clock& clock) : Sessions(database, clock, Options{}) {}

  struct SignedIn {
    std::string token;
    Identity identity;
  };
  struct From {
    std::string remote;  ///< address, for the session list
    std::string agent;
  };
  /// A new session of somebody who has proved who they are. forbidden: a member of no organization.
  Result<SignedIn> open(UserId user, const From& from);
  Status sign_out(std::string_view token);
  /// Nothing when there is no such session any more.
  Result<std::optional<Identity>> find(std::string_view token);

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
  const Options options_;
};

}  // namespace longtake::access
