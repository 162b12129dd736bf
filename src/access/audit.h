#pragma once
// The audit: who did what, to what, from where. Append-only, and each entry's hash is over the entry and the
// hash before it, so that what is edited or left out later shows. docs/reference/audit.md tells the bytes
// that are hashed. Any thread; the chain cannot fork, because an entry is made inside the database's one
// writer.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
class Rider;
class Session;
}  // namespace longtake::storage::sql

namespace longtake::access {

using AuditId = Id<struct AuditTag>;

enum class ActorKind { user, token, share, link, command, nobody };
std::string_view to_string(ActorKind kind);
std::optional<ActorKind> find_actor_kind(std::string_view text);

/// Names of people are never part of a deed: rows of `users` hold them, and can be erased.
struct Deed {
  OrganizationId organization;  ///< zero: of the whole site
  UserId actor;                 ///< zero: nobody who is known
  ActorKind kind = ActorKind::nobody;
  std::string action;  ///< "channel.edit": a thing and a verb
  std::string thing;   ///< "channel"; may be empty, as may what follows
  std::string thing_id;
  std::string remote;  ///< address of the caller
  std::string before;  ///< a JSON object: what it was, of what changed; no secrets
  std::string after;
};

struct AuditEntry {
  AuditId id;
  WallTime at;
  Deed deed;
  std::string hash;
  std::string actor_name;  ///< e-mail address; empty when erased or nobody
};

/// A point of the chain somebody has noted elsewhere.
struct AuditHead {
  AuditId id;
  std::string hash;
};

struct AuditFilter {
  OrganizationId organization;  ///< zero: of every organization and of the site
  UserId actor;
  std::string action;  ///< whole, or a beginning that ends with '.'
  std::string thing;   ///< "channel"
  std::string thing_id;
  std::optional<WallTime> from, to;
};

struct AuditVerification {
  std::int64_t entries = 0;
  AuditId broken_at;  ///< the first entry that does not follow from the one before; zero: the chain is whole
  AuditHead head;     ///< of the newest entry
};

class Audit {
 public:
  Audit(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Status record(const Deed& deed);
  /// The same inside a write that is under way: both happen, or neither.
  static Status append(storage::sql::Session& session, WallTime at, const Deed& deed);
  /// The number of the newest thing of a kind ("token"). What a write has just made, when a PendingDeed asks.
  Result<std::string> newest_id(std::string_view thing) const;

  /// Newest first, before the entry `before` (zero: from the newest on).
  Result<std::vector<AuditEntry>> list(const AuditFilter& filter, AuditId before, std::size_t limit) const;
  /// Oldest first, after the entry `after`.
  Result<std::vector<AuditEntry>> list_forward(const AuditFilter& filter, AuditId after,
                                               std::size_t limit) const;
  /// Has the actor done this to this thing since then? Without an account, somebody at that address.
  Result<bool> has(const Deed& deed, WallTime since) const;

  /// Reads every entry. With `noted`, that entry must still be there with that hash.
  Result<AuditVerification> verify(const std::optional<AuditHead>& noted = {},
                                   std::stop_token stop = {}) const;

 private:
  friend class PendingDeed;
  storage::sql::Database& database_;
  const Clock& clock_;
};

/// Deeds that are recorded by the write that does them: by the next one of this thread, whoever makes it. All
/// are committed, or nothing. Ends on the thread that made it, before the audit.
class PendingDeed {
 public:
  /// Asked last inside the write: reading on this thread (any repository) shows things as the write leaves
  /// them.
  using Describe = std::function<Result<std::vector<Deed>>()>;
  PendingDeed(Audit& audit, Describe describe);
  PendingDeed(Audit& audit, Deed deed);
  ~PendingDeed();

 private:
  std::unique_ptr<storage::sql::Rider> rider_;
};

}  // namespace longtake::access
