#include "archive/disk_forecast.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace longtake::archive {
namespace {

/// Grows at a steady rate, not zero, for so long; then what comes is what goes.
struct Phase {
  double bytes_per_second = 0;
  double seconds = std::numeric_limits<double>::infinity();
};

Phase phase_of(const Growth& growth) {
  Phase phase{.bytes_per_second = static_cast<double>(growth.bits_per_second) / 8};
  const auto until = [&](double most) {
    const auto room = std::max(0.0, most - static_cast<double>(growth.stored_bytes));
    phase.seconds = std::min(phase.seconds, room / phase.bytes_per_second);
  };
  if (growth.retention.max_bytes) until(static_cast<double>(*growth.retention.max_bytes));
  if (growth.retention.max_age)
    until(phase.bytes_per_second *
          static_cast<double>(std::chrono::seconds{*growth.retention.max_age}.count()));
  return phase;
}

}  // namespace

std::optional<std::chrono::duration<double>> time_until_full(std::span<const Growth> recordings,
                                                             std::uint64_t free_bytes) {
  std::vector<Phase> phases;
  double rate = 0;
  for (const auto& growth : recordings) {
    if (growth.bits_per_second == 0) continue;
    phases.push_back(phase_of(growth));
    rate += phases.back().bytes_per_second;
  }
  std::sort(phases.begin(), phases.end(),
            [](const Phase& a, const Phase& b) { return a.seconds < b.seconds; });
  auto left = static_cast<double>(free_bytes);
  double now = 0;
  for (const auto& phase : phases) {
    // Until this one grows no more, all that are left grow.
    const auto taken = (phase.seconds - now) * rate;
    if (taken >= left) return std::chrono::duration<double>{now + left / rate};
    left -= taken;
    now = phase.seconds;
    rate -= phase.bytes_per_second;
  }
  return {};
}

}  // namespace longtake::archive
