#pragma once
// Who watches what in this quarter of an hour, so that the audit has one entry of it and not one a request.

#include <mutex>
#include <string>
#include <unordered_set>

#include "access/audit.h"
#include "base/time.h"

namespace longtake::access {

/// Thread-safe. Remembers this quarter hour alone; what an earlier process recorded in it is looked up.
class Viewings {
 public:
  Viewings(const Audit& audit, const Clock& clock);

  /// True when the deed is to be recorded: the first of its actor, action and thing in this quarter hour. A
  /// `detail` makes it another deed, which a restart of the server records once more. More than `most` at
  /// once are recorded without being remembered.
  bool begin(const Deed& deed, const std::string& detail);

  /// True when begin() would say that it is not to be recorded, for threads that must not wait: the audit is
  /// not asked.
  bool has_begun(const Deed& deed);

  /// It was not recorded after all: the next one is to be.
  void forget(const Deed& deed, const std::string& detail);

  static constexpr std::size_t most = 100'000;

 private:
  const Audit& audit_;
  const Clock& clock_;
  const WallTime first_;  ///< the quarter hour in which we began
  std::mutex mutex_;
  WallTime quarter_;
  std::unordered_set<std::string> seen_;
};

}  // namespace longtake::access
