#pragma once
// What is kept about people: handed out to them, erased, and let go by itself when its time is over. A person
// is one on the whole site, so nothing here is scoped by organization. Any thread; may block on the database.

#include <chrono>
#include <string>
#include <vector>

#include "access/identity.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

/// Things a person made or is named by, which no other repository lists by person.
struct PersonRecords {
  struct Share {
    std::string id, title;
    WallTime created, expires;
  };
  struct Invitation {
    std::string organization, email;
    WallTime created;
  };
  struct Provider {
    std::string issuer, subject;
    WallTime created;
  };
  struct Layout {
    std::string organization, name;
    WallTime updated;
  };
  std::vector<Share> shares;
  std::vector<Layout> layouts;       ///< walls kept by name
  std::vector<Invitation> sent;      ///< by the person
  std::vector<Invitation> received;  ///< to the person's address
  std::vector<Provider> providers;   ///< they sign in with
};

class Privacy {
 public:
  /// How long after its end something is still kept, for those who ask what became of it.
  static constexpr std::chrono::hours keep_ended{24 * 90};
  /// A key opens the links it signed, which live for 30 days.
  static constexpr std::chrono::hours keep_keys{24 * 31};

  Privacy(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<PersonRecords> records(UserId user) const;
  /// Name, address, password, second factor, sessions, tokens, memberships and invitations go; what the audit
  /// says stays, under a number. not_found; conflict: the last superadmin.
  Status erase(UserId user);
  /// Removes what has ended and is kept no longer. Gives how many rows.
  Result<std::int64_t> expire();

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
};

}  // namespace longtake::access
