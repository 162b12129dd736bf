#pragma once
// A forgotten password: a link by e-mail that sets a new one, once, within an hour. Any thread; blocks on the
// database.

#include <chrono>
#include <optional>
#include <string>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

/// Site-wide: a person has one password, whatever organization they act in.
class PasswordResets {
 public:
  static constexpr std::chrono::minutes life{60};

  PasswordResets(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  struct Begun {
    std::string token;  ///< of the link; rows keep its hash
    std::string email;
    std::string language;  ///< of the person's first organization: "en", "es" or "ru"
  };
  /// Nothing when nobody (who is not disabled) has this address. A link sent before ends.
  Result<std::optional<Begun>> begin(const std::string& email);

  struct Finishing {
    std::string token;
    std::string password;
    std::string remote;  ///< address of the caller, for the audit
  };
  struct Finished {
    UserId user;
    bool claimed = false;  ///< as claim_address says
  };
  /// Sets the password and ends every session of the person, whom it names; recorded as `password.reset`.
  /// Proves their address, as address_proof.h says.
  /// not_found: no such link, or it has ended; invalid: the rules of passwords (the link goes on).
  Result<Finished> finish(const Finishing& finishing);

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
};

}  // namespace longtake::access
