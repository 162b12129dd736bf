#pragma once
// When the disk will be full, as far as what is recorded now tells. Pure.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "archive/channels.h"

namespace longtake::archive {

/// One recording: how it grows, and what its retention lets it grow to.
struct Growth {
  std::uint64_t bits_per_second = 0;
  std::uint64_t stored_bytes = 0;
  Retention retention;
};

/// Until the recordings together have taken the free bytes, each growing no further than its retention lets
/// it. Nothing when they never will.
std::optional<std::chrono::duration<double>> time_until_full(std::span<const Growth> recordings,
                                                             std::uint64_t free_bytes);

}  // namespace longtake::archive
