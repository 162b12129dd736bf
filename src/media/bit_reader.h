#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace longtake::media {

/// Bits of an RBSP, most significant first. Reading past the end gives zeros and clears ok().
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::uint32_t bit() {
    if (at_ >= bytes_.size() * 8) {
      ok_ = false;
      return 0;
    }
    const auto b = std::to_integer<std::uint32_t>(bytes_[at_ / 8]);
    const auto shift = 7 - at_ % 8;
    ++at_;
    return b >> shift & 1U;
  }
  /// n <= 32
  std::uint32_t bits(unsigned n) {
    std::uint32_t v = 0;
    for (; n > 0; --n)
      v = v << 1 | bit();
    return v;
  }
  void skip(std::size_t n) {
    if (n > bytes_.size() * 8 - at_) {
      ok_ = false;
      at_ = bytes_.size() * 8;
    } else {
      at_ += n;
    }
  }
  bool flag() { return bit() != 0; }

  /// ue(v), H.264 9.1
  std::uint32_t ue() {
    unsigned zeros = 0;
    while (ok_ && !flag())
      if (++zeros > 31) {
        ok_ = false;
        return 0;
      }
    return ok_ ? (1U << zeros) - 1 + bits(zeros) : 0;
  }
  /// se(v), H.264 9.1.1
  std::int32_t se() {
    const auto k = ue();
    const auto half = static_cast<std::int32_t>(k / 2 + k % 2);
    return k % 2 != 0 ? half : -half;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace longtake::media
