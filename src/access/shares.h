#pragma once
// Shares: a range of a channel for people without an account, at an address that only they know. Rows keep
// the hash of its token. Any thread; writes wait for the database's writer.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/links.h"
#include "access/throttle.h"
#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
class Session;
}  // namespace longtake::storage::sql

namespace longtake::access {

struct Share {
  ShareId id;
  OrganizationId organization;
  ChannelId channel;
  ClipId clip;  ///< zero: the footage itself
  std::string title;
  WallRange range;
  WallTime created, expires;
  std::optional<WallTime> revoked;
  std::int64_t views = 0;
  bool has_pin = false;
  UserId maker;
  std::string maker_name;         ///< empty when the person was erased
  std::string organization_name;  ///< of the organization, for people who are in none
  std::string channel_name;

  enum class State { open, expired, revoked };
  State state(WallTime now) const;
};
std::string_view to_string(Share::State state);

/// A PIN may be four digits and a share lives up to 30 days: whoever tries all that time gets to try some 740
/// of the ten thousand; failures are forgotten after a day of silence only.
inline constexpr Tries::Options pin_tries{
    .account = {.free_failures = 10, .window = std::chrono::hours{24}, .longest = std::chrono::hours{1}},
    .address = {.free_failures = 20}};

struct NewShare {
  ChannelId channel;
  ClipId clip;  ///< of that channel; zero: the footage itself
  WallRange range;
  std::string title;
  std::chrono::hours lives{24 * 7};
  std::string pin;  ///< digits; empty: none
  UserId maker;
};

class Shares {
 public:
  Shares(storage::sql::Database& database, const Clock& clock)
      : database_(database), clock_(clock), tries_(pin_tries, clock) {}

  struct Made {
    Share share;
    std::string token;  ///< shown once
  };
  /// not_found: the channel is not one of the organization; a clip is checked by who knows clips.
  Result<Made> create(OrganizationId organization, const NewShare& share);
  /// Newest first, before `before` (zero: from the newest on). `maker`: only of theirs; zero: everybody's.
  struct Page {
    UserId maker;
    ShareId before;
    std::size_t limit = 50;
  };
  Result<std::vector<Share>> list(OrganizationId organization, const Page& page) const;
  Result<Share> get(OrganizationId organization, ShareId id) const;
  /// Revoking again changes nothing.
  Status revoke(OrganizationId organization, ShareId id);
  /// Those of a clip that goes, in the transaction in which it does.
  static Status revoke_all(storage::sql::Session& session, OrganizationId organization, ClipId clip,
                           WallTime now);

  /// Site-wide: whoever has the token is of no organization. Nothing when there is no such share, or its
  /// channel or organization was removed.
  Result<std::optional<Share>> find(std::string_view token) const;
  /// Errors are named: "bad-credentials" (forbidden), "too-many" (full).
  Status check_pin(const Share& share, const std::string& pin, const std::string& address);
  std::optional<std::chrono::seconds> wait(const Share& share, const std::string& address);
  /// One more has looked. Site-wide, as `find`.
  Status count_view(ShareId id);

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
  Tries tries_;
};

}  // namespace longtake::access
