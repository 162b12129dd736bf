#include "access/throttle.h"

#include <algorithm>

namespace longtake::access {

using std::chrono::ceil;
using std::chrono::seconds;

bool Throttle::stale(const Entry& entry) const {
  return clock_.steady() - entry.last > std::max(options_.window, options_.longest);
}

std::optional<seconds> Throttle::wait(const std::string& key) {
  std::lock_guard lock{mutex_};
  return wait_locked(key);
}

void Throttle::failed(const std::string& key) {
  std::lock_guard lock{mutex_};
  failed_locked(key);
}

std::optional<seconds> Throttle::begin(const std::string& key) {
  std::lock_guard lock{mutex_};
  if (const auto pause = wait_locked(key)) return pause;
  failed_locked(key);
  return {};
}

void Throttle::take_back(const std::string& key) {
  std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end() || --found->second.failures > 0) return;
  order_.erase(found->second.place);
  entries_.erase(found);
}

std::optional<seconds> Throttle::wait_locked(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return {};
  const auto& entry = found->second;
  if (stale(entry)) {
    order_.erase(entry.place);
    entries_.erase(found);
    return {};
  }
  const int over = entry.failures - options_.free_failures;
  if (over < 0) return {};
  const auto pause =
      std::min(options_.longest, options_.first_wait * (std::int64_t{1} << std::min(over, 20)));
  const auto left = entry.last + pause - clock_.steady();
  if (left <= left.zero()) return {};
  return std::max(seconds{1}, ceil<seconds>(left));
}

void Throttle::failed_locked(const std::string& key) {
  auto [found, fresh] = entries_.try_emplace(key);
  auto& entry = found->second;
  if (!fresh) {
    if (stale(entry)) entry.failures = 0;
    order_.erase(entry.place);
  }
  ++entry.failures;
  entry.last = clock_.steady();
  entry.place = order_.insert(order_.end(), key);
  if (entries_.size() > options_.keys) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
}

void Throttle::succeeded(const std::string& key) {
  std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  order_.erase(found->second.place);
  entries_.erase(found);
}

std::optional<seconds> Tries::begin(const Key& key) {
  if (const auto pause = addresses_.begin(key.address)) return std::max(pause, accounts_.wait(key.account));
  const auto pause = accounts_.begin(key.account);
  if (pause) addresses_.take_back(key.address);
  return pause;
}

void Tries::succeeded(const Key& key) {
  accounts_.succeeded(key.account);
  // What the address failed on other accounts still counts.
  addresses_.take_back(key.address);
}

void Tries::take_back(const Key& key) {
  accounts_.take_back(key.account);
  addresses_.take_back(key.address);
}

std::optional<seconds> Tries::wait(const Key& key) {
  return std::max(accounts_.wait(key.account), addresses_.wait(key.address));
}

Error too_many_tries(seconds pause) {
  return make_error(Code::full, "too many failed tries: wait {} s", pause.count()).named("too-many");
}

}  // namespace longtake::access
