#pragma once
// People, their roles, sessions and tokens as rows. Any thread; writes wait for the database's writer.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/identity.h"
#include "access/throttle.h"
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

/// Browser sessions: an opaque token in a cookie, its SHA-256 in a row.
class Sessions {
 public:
  struct Options {
    std::chrono::hours idle{24 * 14};  ///< a session not used for so long has ended
    std::chrono::hours longest{24 * 90};
  };
  Sessions(storage::sql::Database& database, const Clock& clock, Options options);
  Sessions(storage::sql::Database& database, const Clock& clock) : Sessions(database, clock, Options{}) {}

  struct SignedIn {
    std::string token;
    Identity identity;
  };
  struct SignIn {
    std::string email;
    std::string password;
    std::string remote;  ///< address, for throttling and the session list
    std::string agent;
  };
  /// forbidden: wrong address or password (which is not told); full: too many tries, text says how long to
  /// wait.
  Result<SignedIn> sign_in(const SignIn& attempt);
  Status sign_out(std::string_view token);
  /// Nothing when there is no such session any more.
  Result<std::optional<Identity>> find(std::string_view token);
  /// Seconds an account or address must wait before the next try.
  std::optional<std::chrono::seconds> wait(const SignIn& attempt);

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
  const Options options_;
  Throttle accounts_;
  Throttle addresses_;
};

/// API tokens for `Authorization: Bearer`. Shown once; rows keep the hash.
class Tokens {
 public:
  Tokens(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  /// not_found names the address.
  Result<std::string> add(const std::string& email, const std::string& name);
  Result<std::optional<Identity>> find(std::string_view token) const;

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
};

}  // namespace longtake::access
