#pragma once
// Whether an account is known to be in the hands of who reads its address. An account that somebody made with
// a link handed over by another person may be anybody's. It is proven by a letter of this site that was
// followed, by a provider that vouches for the address, or by the machine's command line; see
// docs/guide/people.md.

#include <string>
#include <string_view>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Session;
}

namespace longtake::access {

/// What the address is proven by, as the audit tells it.
enum class AddressProof { letter, provider };

struct ProvenAddress {
  UserId user;
  AddressProof by = AddressProof::letter;
  std::string remote;  ///< address of the caller, for the audit
};

/// The holder has shown both: that they can sign in, and that they read the address.
Status keep_address_proven(storage::sql::Session& session, UserId user, WallTime now);

/// Somebody reads the address who has not shown that they could sign in before. True when they are the first
/// to show it: then password, second factor, sessions, API tokens, invitations and shares of the account
/// ended, since whoever made it may be somebody else (signed links, which are not stored, run on). Recorded
/// as `person.prove_address`.
Result<bool> claim_address(storage::sql::Session& session, const ProvenAddress& proven, WallTime now);

}  // namespace longtake::access
