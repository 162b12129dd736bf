#pragma once
// What people prove who they are with: a password, and a code when they have turned the second factor on.
// Every try is counted, so that nobody finds either by trying. Any thread; may block on the database, and
// costs about 20 ms of processor time.

#include <chrono>
#include <optional>
#include <string>

#include "access/identity.h"
#include "access/proven.h"
#include "access/second_factor.h"
#include "access/throttle.h"
#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

/// Errors of a proof, all of them named: "bad-credentials" (forbidden; which half is wrong is not told),
/// "second-factor" (forbidden; the password was right, the code is missing or wrong) and "too-many" (full).
/// A person has one password for the whole site, whatever organization they act in.
class Proofs {
 public:
  Proofs(storage::sql::Database& database, SecondFactors& factors, const Clock& clock)
      : database_(database), factors_(factors), tries_({}, clock) {}

  struct Claim {
    std::string email;
    std::string password;
    std::optional<std::string> code;
    std::string address;  ///< of the client, as Tries counts it
  };
  /// Who it is, and what they have shown.
  Result<Proven> prove(const Claim& claim);

  /// Somebody known, and where they are: what their tries are counted by.
  struct Known {
    UserId user;
    std::string email;
    std::string address;

    Tries::Key key() const { return {email, address}; }
  };
  /// That it is still they: before what a stolen session must not do.
  Status prove_password(const Known& known, const std::string& password);

  struct PasswordChange {
    std::string present;
    std::string password;
    SessionId session;  ///< the one that goes on; all others of the person end
  };
  /// Gives the token that replaces the session's. Also invalid: the new password breaks the rules; conflict:
  /// the session was ended meanwhile, by a new password for example.
  Result<std::string> change_password(const Known& known, const PasswordChange& change);

  /// A secret for an authenticator app, once the password was right: who stole a session must not choose what
  /// its person cannot sign in without. Also conflict: the second factor is on.
  Result<SecondFactors::Secret> begin_factor(const Known& known, const std::string& password);
  /// Turns the second factor on by a code, which is counted as a try. Also invalid: not a code of now.
  Result<std::vector<std::string>> confirm_factor(const Known& known, const std::string& code);
  /// New recovery codes, once the password was right. Also conflict: the second factor is off.
  Result<std::vector<std::string>> renew_codes(const Known& known, const std::string& password);

  /// How long the next try must wait.
  std::optional<std::chrono::seconds> wait(const Tries::Key& key);

 private:
  Result<Proven> check(const Claim& claim);
  Status check_password(UserId user, const std::string& password);

  storage::sql::Database& database_;
  SecondFactors& factors_;
  Tries tries_;
};

}  // namespace longtake::access
