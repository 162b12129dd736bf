#pragma once
// Invitations to an organization: a link that works once. Any thread; writes wait for the database's writer.

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "access/identity.h"
#include "access/proven.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

using InvitationId = Id<struct InvitationTag>;

struct Invitation {
  InvitationId id;
  std::string email;
  Role role = Role::reader;
  WallTime created;
  WallTime expires;
  bool mailed = false;  ///< as NewInvitation
};

/// What a link invites to.
struct OpenInvitation {
  InvitationId id;
  OrganizationId organization;
  std::string organization_name;
  std::string email;
  Role role = Role::reader;
  bool known = false;   ///< the address has an account
  bool mailed = false;  ///< whoever has the link reads the address
};

struct NewInvitation {
  OrganizationId organization;
  std::string email;
  Role role = Role::reader;
  UserId by;
  /// The link goes to the address in a letter, and nobody else sees it.
  bool mailed = false;
};

class Invitations {
 public:
  static constexpr std::chrono::hours life{24 * 7};
  static constexpr std::int64_t most_open = 200;  ///< of one organization

  Invitations(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  struct Made {
    Invitation invitation;
    std::string token;
  };
  /// Replaces an earlier one to the same address. invalid: address, or a role that does not suit the
  /// organization; conflict: a member already, or too many are open.
  /// `mail` sends the letter, when one is wanted, and must not wait. False: no letter goes, whoever invites
  /// sees the link, and it proves no address.
  using Mail = std::function<bool(const Made& made)>;
  Result<Made> create(const NewInvitation& wanted, const Mail& mail);
  /// Newest first.
  Result<std::vector<Invitation>> list(OrganizationId organization) const;
  /// not_found for another organization's.
  Status revoke(OrganizationId organization, InvitationId id);

  /// By the secret of the link, as all below. not_found: used, revoked or over, or whoever made it may no
  /// longer invite to the organization.
  Result<OpenInvitation> get(std::string_view token) const;
  struct Acceptance {
    Proven who;
    std::string remote;  ///< address of the caller, for the audit
  };
  /// Makes the person, whose address it must be, a member; recorded as `invitation.accept`. forbidden for
  /// anybody else, and as check_still says. A link that was mailed proves their address.
  Status accept(std::string_view token, const Acceptance& acceptance);
  struct Newcomer {
    std::string name;  ///< empty: the part of the address before '@'
    std::string password;
    std::string remote;
  };
  /// Makes the account too. invalid: the password breaks the rules; conflict: the address has one by now.
  Result<Proven> accept_as_new(std::string_view token, const Newcomer& newcomer);

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
};

}  // namespace longtake::access
