#include "access/viewings.h"

#include <fmt/format.h>

#include "io/address.h"

namespace longtake::access {
namespace {

WallTime quarter_of(WallTime t) {
  return std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<900>>>(t);
}

/// One client has a whole network of IPv6.
std::string network_of(const std::string& remote) {
  const auto address = io::Address::parse(remote);
  return address ? address->client_network().to_string() : remote;
}

std::string key_of(const Deed& deed, const std::string& detail) {
  // Only of those without an account does the address tell one from another.
  const bool known = deed.kind == ActorKind::user || deed.kind == ActorKind::token;
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", to_string(deed.kind), deed.actor,
                     known ? std::string{} : network_of(deed.remote), deed.action, deed.thing, deed.thing_id,
                     detail);
}

}  // namespace

Viewings::Viewings(const Audit& audit, const Clock& clock)
    : audit_(audit), clock_(clock), first_(quarter_of(clock.now())) {}

bool Viewings::begin(const Deed& deed, const std::string& detail) {
  const auto quarter = quarter_of(clock_.now());
  const auto key = key_of(deed, detail);
  {
    const std::lock_guard lock{mutex_};
    if (quarter_ != quarter) seen_.clear();
    quarter_ = quarter;
    if (seen_.contains(key)) return false;
    if (seen_.size() < most) seen_.insert(key);
  }
  if (!detail.empty() || quarter != first_) return true;
  // An error of the audit is told by the recording that follows.
  const auto recorded = audit_.has(deed, quarter);
  return !recorded || !*recorded;
}

bool Viewings::has_begun(const Deed& deed) {
  const auto key = key_of(deed, {});
  const std::lock_guard lock{mutex_};
  return quarter_ == quarter_of(clock_.now()) && seen_.contains(key);
}

void Viewings::forget(const Deed& deed, const std::string& detail) {
  const std::lock_guard lock{mutex_};
  seen_.erase(key_of(deed, detail));
}

}  // namespace longtake::access
