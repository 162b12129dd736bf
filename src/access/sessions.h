#pragma once
// Browser sessions: an opaque token in a cookie, its SHA-256 in a row. Any thread; writes wait for the
// database's writer.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "access/identity.h"
#include "access/throttle.h"
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
  struct SignIn {
    std::string email;
    std::string password;
    std::string remote;  ///< address, for throttling and the session list
    std::string agent;
  };
  /// forbidden: wrong address or password (which is not told); full: too many tries, text says how long to
  /// wait.
  Result<SignedIn> sign_in(const SignIn& attempt);
  Status sign_out(std::string_view token);
  /// Nothing when there is no such session any more.
  Result<std::optional<Identity>> find(std::string_view token);
  /// Seconds an account or address must wait before the next try.
  std::optional<std::chrono::seconds> wait(const SignIn& attempt);

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
  const Options options_;
  Throttle accounts_;
  Throttle addresses_;
};

}  // namespace longtake::access
