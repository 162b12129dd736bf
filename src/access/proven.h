#pragma once
// Who somebody has shown to be, on its way from the proof to the session it opens.

#include <string>

#include "base/id.h"
#include "base/result.h"

namespace longtake::storage::sql {
class Session;
}

namespace longtake::access {

struct Proven {
  UserId user;
  /// Of the account as it was when it was looked at. A password that was set since then ends what rests on
  /// the one before, also a sign-in under way. Empty: the proof rests on no password.
  std::string password_hash;
};

/// Inside the write that rests on the proof: what ended it came before, or comes after. forbidden: the
/// account is closed; named "bad-credentials": another password was set since.
Status check_still(storage::sql::Session& session, const Proven& who);

}  // namespace longtake::access
