#pragma once
// What the repositories of this room share: addresses, and finding a person by one.

#include <string>

#include "access/identity.h"
#include "base/result.h"
#include "storage/sql/session.h"

namespace longtake::access {

/// As rows keep it: lower case.
std::string lower(std::string text);

/// invalid names the address.
Status check_email(const std::string& email);

/// By address, whatever its case. not_found names it. Site-wide: addresses are unique on the site.
Result<UserId> get_user(storage::sql::Session& session, const std::string& email);

Role role_of(std::int64_t superadmin, const std::string& role);

/// After a change of what the person may: the token of each of their sessions is replaced at its next
/// request.
Status renew_sessions(storage::sql::Session& session, UserId user);

/// conflict, naming `who`, when what was written leaves nobody who leads the site.
Status keep_a_superadmin(storage::sql::Session& session, std::string_view who);

}  // namespace longtake::access
