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

/// While one lives, getaddrinfo() gives its thread only addresses that `may_connect` allows, of names and
/// numbers alike. What is looked up to listen on any address (AI_PASSIVE without a host), or to see whether
/// it is a number (AI_NUMERICHOST), is not asked about. Of several on a thread the innermost with a rule
/// holds.
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
  LookupGuard* const outer_;
  std::optional<Error> refusal_;
};

}  // namespace longtake::media::ffmpeg
