#pragma once
// The second factor of people who want one: an authenticator app, and recovery codes for the day it is lost.
// Any thread; may block on the database.

#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage {
class SecretBox;
namespace sql {
class Database;
}
}  // namespace longtake::storage

namespace longtake::access {

/// A person has one for the whole site, whatever organization they act in.
class SecondFactors {
 public:
  SecondFactors(storage::sql::Database& database, const storage::SecretBox& secrets, const Clock& clock)
      : database_(database), secrets_(secrets), clock_(clock) {}

  struct Secret {
    std::string base32;
    std::string uri;  ///< as a QR code holds it
  };
  /// A new secret, waiting for `confirm`; one that waited before is forgotten. conflict when it is on.
  Result<Secret> begin(UserId user);
  /// Turns it on and gives the recovery codes, which rest as hashes. invalid: not a code of now; conflict: on
  /// already, or not begun.
  Result<std::vector<std::string>> confirm(UserId user, std::string_view code);
  /// Off, with its secret and codes. Also when it was off.
  Status end(UserId user);
  Result<bool> is_on(UserId user) const;
  struct State {
    bool on = false;
    int codes_left = 0;  ///< recovery codes that were not used
  };
  Result<State> state(UserId user) const;
  /// New recovery codes in place of all earlier ones. conflict when it is off.
  Result<std::vector<std::string>> renew_codes(UserId user);
  /// True when the code is one of the app's now or a recovery code, neither used before; it is used then.
  Result<bool> accept(UserId user, std::string_view code);

 private:
  storage::sql::Database& database_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
};

}  // namespace longtake::access
