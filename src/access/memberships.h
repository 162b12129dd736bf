#pragma once
// Who belongs to which organization, as what. Any thread; writes wait for the database's writer.

#include <optional>
#include <string>
#include <vector>

#include "access/identity.h"
#include "access/named_place.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
class Session;
}  // namespace longtake::storage::sql

namespace longtake::access {

struct Member {
  UserId user;
  std::string email;
  std::string name;
  Role role = Role::reader;  ///< never superadmin
  bool superadmin = false;
  bool disabled = false;
  bool address_proven = false;  ///< as User's
  std::optional<WallTime> last_seen;
};

/// One of the organizations of a person.
struct Membership {
  OrganizationId organization;
  std::string slug;
  std::string name;
  Role role = Role::reader;
};

class Memberships {
 public:
  explicit Memberships(storage::sql::Database& database) : database_(database) {}

  /// By name, after the person `after`.
  Result<std::vector<Member>> list(OrganizationId organization, const NamedPlace& after,
                                   std::size_t limit) const;
  /// not_found for people of other organizations.
  Result<Member> get(OrganizationId organization, UserId user) const;
  /// The organizations of a person, by name; of the whole site.
  Result<std::vector<Membership>> of(UserId user) const;
  Result<std::optional<Role>> find_role(OrganizationId organization, UserId user) const;

  /// Makes the person a member, or gives another role. invalid when the role does not suit the organization's
  /// kind; not_found without such a person or organization.
  Result<Member> set(OrganizationId organization, UserId user, Role role);
  /// not_found for people of other organizations.
  Status remove(OrganizationId organization, UserId user);

 private:
  storage::sql::Database& database_;
};

/// invalid when the role does not suit the organization's kind; not_found without such an organization.
Status check_role(storage::sql::Session& session, OrganizationId organization, Role role);
/// What `Memberships::set` does, as part of another transaction.
Status set_membership(storage::sql::Session& session, OrganizationId organization, UserId user, Role role);
/// Where the person may act, by name, with the role they have there: their organizations; every one of the
/// site, for a superadmin.
Result<std::vector<Membership>> organizations_open_to(storage::sql::Session& session, UserId user);
/// What `Memberships::of` gives.
Result<std::vector<Membership>> memberships_of(storage::sql::Session& session, UserId user);

}  // namespace longtake::access
