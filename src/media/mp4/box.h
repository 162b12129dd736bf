#pragma once
// Writing and reading the boxes of ISO/IEC 14496-12: big-endian numbers, sizes set when a box is closed.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "media/slices.h"

namespace longtake::media::mp4 {

constexpr std::uint32_t fourcc(const char (&name)[5]) {
  std::uint32_t v = 0;
  for (int i = 0; i < 4; ++i)
    v = v << 8 | static_cast<unsigned char>(name[i]);
  return v;
}

inline void store_be32(std::byte* at, std::uint32_t v) {
  v = __builtin_bswap32(v);
  std::memcpy(at, &v, 4);
}
inline void store_be64(std::byte* at, std::uint64_t v) {
  v = __builtin_bswap64(v);
  std::memcpy(at, &v, 8);
}
inline std::uint32_t load_be32(const std::byte* at) {
  std::uint32_t v = 0;
  std::memcpy(&v, at, 4);
  return __builtin_bswap32(v);
}
inline std::uint64_t load_be64(const std::byte* at) {
  std::uint64_t v = 0;
  std::memcpy(&v, at, 8);
  return __builtin_bswap64(v);
}

/// Appends to a byte vector. Every number is big endian.
class BoxWriter {
 public:
  explicit BoxWriter(Bytes& out) : out_(out) {}

  void u8(std::uint32_t v) { out_.push_back(static_cast<std::byte>(v)); }
  void u16(std::uint32_t v) { u8(v >> 8), u8(v); }
  void u24(std::uint32_t v) { u8(v >> 16), u16(v); }
  void u32(std::uint32_t v) { store_be32(grow(4), v); }
  void u64(std::uint64_t v) { store_be64(grow(8), v); }
  void i64(std::int64_t v) { u64(static_cast<std::uint64_t>(v)); }
  void zeros(std::size_t n) { out_.resize(out_.size() + n); }
  void bytes(std::span<const std::byte> b) { out_.insert(out_.end(), b.begin(), b.end()); }
  void text(std::string_view t) { bytes(std::as_bytes(std::span{t.data(), t.size()})); }
  /// `n` bytes to be filled by the caller.
  std::byte* grow(std::size_t n) {
    out_.resize(out_.size() + n);
    return out_.data() + out_.size() - n;
  }
  std::size_t position() const { return out_.size(); }

  /// Opens a box; `body` writes its content.
  template <class F>
  void box(std::uint32_t type, F&& body) {
    const auto start = out_.size();
    u32(0), u32(type);
    std::forward<F>(body)();
    assert(out_.size() - start <= std::numeric_limits<std::uint32_t>::max());
    store_be32(out_.data() + start, static_cast<std::uint32_t>(out_.size() - start));
  }
  template <class F>
  void full_box(std::uint32_t type, std::uint32_t version, std::uint32_t flags, F&& body) {
    box(type, [&] {
      u8(version), u24(flags);
      std::forward<F>(body)();
    });
  }

 private:
  Bytes& out_;
};

/// Reads numbers from bytes that cannot be trusted. Reading past the end gives zeros and clears ok().
class BoxReader {
 public:
  explicit BoxReader(std::span<const std::byte> in) : in_(in) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return in_.size(); }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u24() { return static_cast<std::uint32_t>(number(3)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::int64_t i64() { return static_cast<std::int64_t>(number(8)); }
  void skip(std::size_t n) { take(n); }
  std::span<const std::byte> take(std::size_t n) {
    if (n > in_.size()) {
      ok_ = false;
      in_ = {};
      return {};
    }
    const auto out = in_.first(n);
    in_ = in_.subspan(n);
    return out;
  }

  struct Box {
    std::uint32_t type = 0;
    std::span<const std::byte> body;
  };
  /// The next whole box; clears ok() when its size makes no sense. Sizes 0 and 1 (to the end, 64-bit) are not
  /// used inside our headers and count as broken.
  Box box() {
    Box out;
    const auto size = u32();
    out.type = u32();
    if (size < 8) ok_ = false;
    out.body = take(ok_ ? size - 8 : 0);
    if (!ok_) out = {};
    return out;
  }

 private:
  std::uint64_t number(std::size_t n) {
    std::uint64_t v = 0;
    for (const auto b : take(n))
      v = v << 8 | std::to_integer<std::uint64_t>(b);
    return v;
  }
  std::span<const std::byte> in_;
  bool ok_ = true;
};

}  // namespace longtake::media::mp4
