#pragma once
// Browser sessions: an opaque token in a cookie, its SHA-256 in a row. Any thread; writes wait for the
// database's writer.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/identity.h"
#include "access/last_seen.h"
#include "access/proven.h"
#include "base/result.h"
#include "base/time.h"
#include "storage/sql/remembered.h"

namespace longtake::access {

/// One place where a person is signed in, as the list of them shows it.
struct SessionEntry {
  SessionId id;
  WallTime created;
  WallTime last_seen;
  std::string remote;
  std::string agent;
};

struct SessionRow;

/// A person's sessions are theirs on the whole site, whichever organization each acts in.
class Sessions {
 public:
  struct Options {
    std::chrono::hours idle{24 * 14};  ///< a session not used for so long has ended
    std::chrono::hours longest{24 * 90};
    /// A replaced token is good for so long still: the page that had it asks for several things at once.
    std::chrono::seconds replaced{60};
    int most = 100;  ///< of one person; the oldest end
  };
  Sessions(storage::sql::Database& database, const Clock& clock, Options options);
  Sessions(storage::sql::Database& database, const Clock& clock) : Sessions(database, clock, Options{}) {}

  /// Where failures go that fail no request. Before threads use us.
  void log_to(Log& log) { trouble_.log_to(log); }

  struct SignedIn {
    std::string token;
    Identity identity;
  };
  struct From {
    std::string remote;  ///< address, for the session list and the audit
    std::string agent;
  };
  /// A new session for somebody who has proved who they are, recorded as `session.sign_in`. They act in
  /// `organization` when they may, else in their first. forbidden when they have none, when the account is
  /// closed, and, named "bad-credentials", when another password was set since the proof.
  Result<SignedIn> open(const Proven& who, const From& from, OrganizationId organization = {});
  struct Ended {
    UserId user;
    SessionId session;
  };
  /// Nothing when there was none.
  Result<std::optional<Ended>> sign_out(std::string_view token);
  /// Nothing when there is no such session any more. forbidden when its person belongs to no organization.
  Result<std::optional<Identity>> find(std::string_view token);
  /// The same from memory, for threads that must not wait. Null: it has to be found.
  std::shared_ptr<const Identity> recall(std::string_view token) const;
  /// The same by id, for streams that stay open; leaves `last_seen` alone.
  Result<std::optional<Identity>> find(SessionId id);
  /// Whose session it is, whether they belong to an organization or not.
  Result<std::optional<Proven>> find_person(std::string_view token) const;
  /// A new token for the session whose `renew` was seen; nothing when another request was faster.
  Result<std::optional<std::string>> renew(std::string_view token);
  /// not_found unless the person is a member there or a superadmin. The identity as it is then.
  Result<Identity> act_in(const Identity& caller, OrganizationId organization);

  /// Most recently used first.
  Result<std::vector<SessionEntry>> list(UserId user) const;
  /// not_found for another person's session.
  Status end(UserId user, SessionId id);
  /// All of them.
  Status end_all(UserId user);

 private:
  std::shared_ptr<const Identity> recall_hashed(const std::string& hash, WallTime now) const;
  Status touch(const SessionRow& found);
  Result<std::optional<Identity>> settle(SessionRow found);

  storage::sql::Database& database_;
  const Clock& clock_;
  const Options options_;
  struct Known {
    std::shared_ptr<const Identity> identity;
    WallTime until;  ///< it expires, or has to be touched
  };
  mutable storage::sql::Remembered<std::string, Known> known_;  // by the token's hash
  LastSeenTrouble trouble_;
};

}  // namespace longtake::access
