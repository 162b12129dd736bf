#pragma once
// When somebody was last seen is worth a row, not a request: where it cannot be written, the request goes on.

#include <atomic>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::access {

/// Rows are touched at most once in this time: a page asks several times a second.
constexpr std::chrono::minutes last_seen_step{1};

/// Tells of the first failure in a row. Thread-safe.
class LastSeenTrouble {
 public:
  /// Until then nothing is told. Before threads use it; `log` outlives it.
  void log_to(Log& log) { log_ = &log; }
  void look(const Status& touched) {
    const bool failed = !touched.ok();
    if (failed && !failing_.exchange(true) && log_)
      log_->warn("last use not written", {{"error", touched.error().story()}});
    if (!failed) failing_ = false;
  }

 private:
  Log* log_ = nullptr;
  std::atomic<bool> failing_ = false;
};

}  // namespace longtake::access
