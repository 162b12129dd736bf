#pragma once
// How often a wrong password may be tried, per key (an account, an address). Pure but for its own memory.

#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/result.h"
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
  /// `wait` and `failed` at once: counts a try before it is made, so that many at the same moment are no way
  /// around. Nothing is counted when the key must wait.
  std::optional<std::chrono::seconds> begin(const std::string& key);
  /// The try that `begin` counted was neither right nor wrong.
  void take_back(const std::string& key);

 private:
  struct Entry {
    int failures = 0;
    std::chrono::steady_clock::time_point last;
    std::list<std::string>::iterator place;
  };
  bool stale(const Entry& entry) const;
  std::optional<std::chrono::seconds> wait_locked(const std::string& key);
  void failed_locked(const std::string& key);

  const Options options_;
  const Clock& clock_;
  std::mutex mutex_;
  std::list<std::string> order_;  // least recently failed first
  std::unordered_map<std::string, Entry> entries_;
};

/// Letters to one address: whoever asks for them fills nobody's mailbox.
inline constexpr Throttle::Options letters_to_one{.free_failures = 3,
                                                  .window = std::chrono::hours{1},
                                                  .first_wait = std::chrono::minutes{1},
                                                  .longest = std::chrono::hours{1}};

/// Letters of one who invites: a whole club on its first day, and then no more than a few.
inline constexpr Throttle::Options letters_by_one{.free_failures = 100,
                                                  .window = std::chrono::hours{1},
                                                  .first_wait = std::chrono::minutes{1},
                                                  .longest = std::chrono::hours{1}};

/// Tries of a proof (a password, a code, a PIN), counted per account and per address they come from.
/// Thread-safe.
class Tries {
 public:
  struct Options {
    Throttle::Options account{.free_failures = 5};
    Throttle::Options address{.free_failures = 20};
  };
  struct Key {
    std::string account;  ///< whose proof it is: an e-mail address, a share
    std::string address;  ///< of the client
  };
  Tries(Options options, const Clock& clock)
      : accounts_(options.account, clock), addresses_(options.address, clock) {}

  /// Counts a try, or says how long to wait instead. Ended by `succeeded` or `take_back`; else it was a
  /// failure.
  std::optional<std::chrono::seconds> begin(const Key& key);
  void succeeded(const Key& key);
  void take_back(const Key& key);
  std::optional<std::chrono::seconds> wait(const Key& key);

 private:
  Throttle accounts_;
  Throttle addresses_;
};

/// Error `full` named "too-many".
Error too_many_tries(std::chrono::seconds pause);

}  // namespace longtake::access
