#pragma once
// A write repeated with the same Idempotency-Key answers as the first time. Kept in memory for a day: a key
// guards against a network that lost the answer, and names are unique rows for what outlives a restart.

#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/id.h"
#include "base/time.h"
#include "http/message.h"
#include "http/router.h"

namespace longtake::api {

/// Thread-safe. At most `keys` answers, oldest forgotten first.
class Idempotency {
 public:
  struct Options {
    std::chrono::hours keep{24};
    std::size_t keys = 10'000;
  };
  Idempotency(const Clock& clock, Options options) : clock_(clock), options_(options) {}
  explicit Idempotency(const Clock& clock) : Idempotency(clock, Options{}) {}

  /// Who sends keys. What somebody did in one organization is no answer in another.
  struct Caller {
    OrganizationId organization;
    UserId user;
  };
  /// Runs `work`, or gives the remembered answer when `caller` sent this key with this method, path and body
  /// before. The same key with another request: 409. While the first is still running: 409 with Retry-After.
  /// Answers of 429 and 5xx, and
  /// what threw, are not remembered. Without the header it just runs.
  Result<http::Response> once(const http::Request& request, const Caller& caller,
                              const std::function<Result<http::Response>()>& work);

 private:
  struct Entry {
    std::size_t request_hash = 0;
    bool running = true;
    WallTime made;
    http::Response answer;
    std::list<std::string>::iterator place;
  };
  void forget_old();
  void forget(const std::string& key);

  const Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  std::list<std::string> order_;  // oldest first
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace longtake::api
