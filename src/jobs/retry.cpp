#include "jobs/retry.h"

#include <algorithm>

namespace longtake::jobs {

std::chrono::seconds pause_after(const Retry& retry, unsigned tried) {
  auto pause = std::min(retry.first, retry.longest);
  for (unsigned i = 1; i < tried && pause < retry.longest; ++i)
    pause = std::min(pause * 2, retry.longest);
  return pause;
}

bool may_pass(Code code) {
  return code == Code::unavailable || code == Code::full || code == Code::internal;
}

Verdict judge(const Retry& retry, unsigned tried, Code failure, WallTime now) {
  if (!may_pass(failure) || tried >= retry.tries) return {State::failed, now};
  return {State::queued, now + pause_after(retry, tried)};
}

}  // namespace longtake::jobs
