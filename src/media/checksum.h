#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace longtake::media {

/// XXH64 with seed 0: fast on the short records of an index, and documented well enough for strangers.
std::uint64_t xxh64(std::span<const std::byte> bytes);

}  // namespace longtake::media
