#include "media/checksum.h"

#include <bit>
#include <cstring>

namespace longtake::media {
namespace {

constexpr std::uint64_t p1 = 11400714785074694791ULL, p2 = 14029467366897019727ULL,
                        p3 = 1609587929392839161ULL, p4 = 9650029242287828579ULL, p5 = 2870177450012600261ULL;

template <class T>
T load(const std::byte* at) {
  T v = 0;
  std::memcpy(&v, at, sizeof v);
  return v;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t word) {
  return std::rotl(lane + word * p2, 31) * p1;
}

std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) {
  return (hash ^ round(0, lane)) * p1 + p4;
}

}  // namespace

std::uint64_t xxh64(std::span<const std::byte> bytes) {
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t hash = p5;
  if (left >= 32) {
    std::uint64_t a = p1 + p2, b = p2, c = 0, d = 0 - p1;
    for (; left >= 32; at += 32, left -= 32) {
      a = round(a, load<std::uint64_t>(at));
      b = round(b, load<std::uint64_t>(at + 8));
      c = round(c, load<std::uint64_t>(at + 16));
      d = round(d, load<std::uint64_t>(at + 24));
    }
    hash = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
    hash = merge(merge(merge(merge(hash, a), b), c), d);
  }
  hash += bytes.size();
  for (; left >= 8; at += 8, left -= 8)
    hash = std::rotl(hash ^ round(0, load<std::uint64_t>(at)), 27) * p1 + p4;
  if (left >= 4) {
    hash = std::rotl(hash ^ load<std::uint32_t>(at) * p1, 23) * p2 + p3;
    at += 4, left -= 4;
  }
  for (; left > 0; ++at, --left)
    hash = std::rotl(hash ^ std::to_integer<std::uint64_t>(*at) * p5, 11) * p1;
  hash = (hash ^ hash >> 33) * p2;
  hash = (hash ^ hash >> 29) * p3;
  return hash ^ hash >> 32;
}

}  // namespace longtake::media
