#pragma once
// How often a wrong password may be tried, per key (an account, an address). Pure but for its own memory.

#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace longtake::access {

/// After `free_failures` failures within `window`, each further try must wait twice as long as the one
/// before, up to `longest`. Thread-safe. Keeps at most `keys` keys, forgetting the least recently failed.
class Throttle {
 public:
  struct Options {
    int free_failures = 5;
    std::chrono::seconds window{900};
    std::chrono::seconds first_wait{2};
    std::chrono::seconds longest{300};
    std::size_t keys = 10'000;
  };
  Throttle(Options options, const Clock& clock) : options_(options), clock_(clock) {}

  /// How long the key must wait before it may try; nothing when now.
  std::optional<std::chrono::seconds> wait(const std::string& key);
  void failed(const std::string& key);
  void succeeded(const std::string& key);

 private:
  struct Entry {
    int failures = 0;
    std::chrono::steady_clock::time_point last;
    std::list<std::string>::iterator place;
  };
  bool stale(const Entry& entry) const;

  const Options options_;
  const Clock& clock_;
  std::mutex mutex_;
  std::list<std::string> order_;  // least recently failed first
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace longtake::access
