#pragma once
// What libav finds when it looks up a host. Whether a source's host may be reached is decided on the
// addresses that are connected to, not on those of an earlier look-up, which may have been others; see
// docs/decisions/0015-lookups-of-libav.md. Private to this folder.

#include <functional>
#include <optional>

#include "base/result.h"

struct addrinfo;
struct sockaddr;

namespace longtake::media::ffmpeg {

/// While one lives, getaddrinfo() gives its thread only addresses that `may_connect` allows (names and
/// numbers alike); those to listen on (AI_PASSIVE) are not asked about. At most one a thread.
class LookupGuard {
 public:
  using MayConnect = std::function<Status(const sockaddr&)>;
  /// Must outlive the guard. Empty: everything is allowed.
  explicit LookupGuard(const MayConnect& may_connect);
  ~LookupGuard();
  LookupGuard(const LookupGuard&) = delete;
  LookupGuard& operator=(const LookupGuard&) = delete;

  /// Why the last host that could not be used could not; nothing when one could since.
  const std::optional<Error>& refusal() const { return refusal_; }
  /// Takes the list over and gives what is left of it; null when nothing is.
  addrinfo* keep_allowed(addrinfo* found);

 private:
  const MayConnect& may_connect_;
  std::optional<Error> refusal_;
};

}  // namespace longtake::media::ffmpeg
