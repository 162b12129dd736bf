#pragma once
// What becomes of a job whose try has failed. Pure.

#include <chrono>

#include "base/result.h"
#include "base/time.h"
#include "jobs/job.h"

namespace longtake::jobs {

struct Retry {
  unsigned tries = 5;
  std::chrono::seconds first{2};  ///< pause after the first; doubles from there
  std::chrono::seconds longest{300};
  bool operator==(const Retry&) const = default;
};

/// Between the `tried`th try and the next.
std::chrono::seconds pause_after(const Retry& retry, unsigned tried);

/// A failure that may pass by itself: the disk was full, the database away. Others would only happen again.
bool may_pass(Code code);

struct Verdict {
  State state = State::failed;  ///< queued: it is tried again at `run_after`
  WallTime run_after;
  bool operator==(const Verdict&) const = default;
};
Verdict judge(const Retry& retry, unsigned tried, Code failure, WallTime now);

}  // namespace longtake::jobs
