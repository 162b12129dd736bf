#pragma once
// Names for bytes: strong ETags and ids of initializations. 128-bit FNV-1a over what decides the bytes.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/time.h"

namespace longtake::playback {

class Fingerprint {
 public:
  /// `view` names the layout; change it when the same inputs give other bytes than an earlier version.
  explicit Fingerprint(std::string_view view) { add(view); }

  Fingerprint& add(std::span<const std::byte> bytes) {
    add(bytes.size());
    for (const auto b : bytes)
      mix(static_cast<unsigned char>(b));
    return *this;
  }
  Fingerprint& add(std::string_view text) { return add(std::as_bytes(std::span{text.data(), text.size()})); }
  Fingerprint& add(std::integral auto number) {
    auto bits = static_cast<std::uint64_t>(number);
    for (int i = 0; i < 8; ++i, bits >>= 8)
      mix(static_cast<unsigned char>(bits));
    return *this;
  }
  Fingerprint& add(WallTime t) { return add(to_us(t)); }

  /// 32 hexadecimal digits.
  std::string text() const {
    return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(hash_ >> 64),
                       static_cast<std::uint64_t>(hash_));
  }
  /// As an HTTP entity tag, with its quotes.
  std::string etag() const { return '"' + text() + '"'; }

 private:
  void mix(unsigned char byte) { hash_ = (hash_ ^ byte) * prime; }

  using Wide = unsigned __int128;
  static constexpr Wide prime = (Wide{1} << 88) | 0x13B;
  Wide hash_ = (Wide{0x6c62272e07bb0142} << 64) | 0x62b821756295c58d;
};

}  // namespace longtake::playback
