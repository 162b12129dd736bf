#pragma once
// People as rows. Any thread; writes wait for the database's writer.

#include <string>
#include <vector>

#include "access/identity.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

struct Person {
  UserId id;
  std::string email;
  std::string name;
  Role role = Role::reader;
  std::string organization_slug;
  WallTime created;
};

struct NewPerson {
  std::string email;
  std::string name;  ///< empty: the part of the address before '@'
  Role role = Role::editor;
  std::string organization = "main";  ///< slug
  std::string password;
};

class People {
 public:
  People(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// invalid: address, password rules; conflict: the address is taken; not_found: the organization.
  Result<Person> add(const NewPerson& person);
  Result<std::vector<Person>> list() const;
  /// Ends the person's sessions.
  Status set_password(const std::string& email, const std::string& password);
  /// Ends the person's sessions. conflict when this would leave no superadmin.
  Status set_role(const std::string& email, Role role);
  /// Nobody yet: the page says how to make the first one.
  Result<bool> empty() const;

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
};

}  // namespace longtake::access
