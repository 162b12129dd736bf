#pragma once
// People as rows. A person is one on the whole site, whichever organizations they belong to, so nothing here
// is scoped by one. Any thread; writes wait for the database's writer.

#include <optional>
#include <string>
#include <vector>

#include "access/identity.h"
#include "access/memberships.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

/// A person as a member of one organization.
struct Person {
  UserId id;
  std::string email;
  std::string name;
  Role role = Role::reader;
  std::string organization_slug;  ///< empty: of none
  WallTime created;
};

struct NewPerson {
  std::string email;
  std::string name;  ///< empty: the part of the address before '@'
  Role role = Role::editor;
  std::string organization = "main";  ///< slug
  std::string password;
};

/// A person as the site's superadmins see them.
struct User {
  UserId id;
  std::string email;
  std::string name;
  bool superadmin = false;
  bool disabled = false;
  bool second_factor = false;
  bool address_proven = false;  ///< they are known to read the address
  WallTime created;
  std::optional<WallTime> last_seen;
  std::vector<Membership> memberships;  ///< by name of the organization
};

/// What is nothing stays.
struct UserEdit {
  std::optional<std::string> name;
  std::optional<bool> superadmin;
  std::optional<bool> disabled;
};

class People {
 public:
  People(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// Whoever leads the site vouches for the address. invalid: address, password rules, role; conflict: the
  /// address is taken; not_found: the organization.
  Result<Person> add(const NewPerson& person);
  /// One for each membership, by address.
  Result<std::vector<Person>> list() const;
  /// By address, after the person `after`; `search` is part of the name or address.
  struct Page {
    std::string search;
    UserId after;
    std::size_t limit = 50;
  };
  Result<std::vector<User>> list_users(const Page& page) const;
  Result<User> get(UserId user) const;
  /// What the person's own pages show.
  struct Account {
    std::vector<Membership> organizations;  ///< where they may act, by name; all of the site for superadmins
    bool second_factor = false;
    bool password = false;  ///< else they sign in with a provider
  };
  Result<Account> account(UserId user) const;
  /// Disabling ends the person's sessions and tokens. What changes nothing is no write. conflict when it
  /// would leave no superadmin.
  Result<User> edit(UserId user, const UserEdit& edit);
  /// Ends the person's sessions.
  Status set_password(const std::string& email, const std::string& password);
  /// superadmin, or that no longer and `role` in the organization (a slug). conflict when this would leave no
  /// superadmin.
  Status set_role(const std::string& email, Role role, const std::string& organization);
  /// Nobody yet: the page says how to make the first one.
  Result<bool> empty() const;

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
};

}  // namespace longtake::access
