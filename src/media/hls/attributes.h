#pragma once
// Attribute lists of playlist tags, RFC 8216 4.2.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "media/hls/playlist.h"

namespace longtake::media::hls {

/// NAME=VALUE,NAME="quoted, value". Views into the line; quotes are taken off. Reading never fails: a broken
/// rest of the line is left out.
class Attributes {
 public:
  explicit Attributes(std::string_view text);
  /// Empty when absent.
  std::string_view get(std::string_view name) const;

 private:
  std::vector<std::pair<std::string_view, std::string_view>> items_;
};

std::optional<std::uint64_t> parse_integer(std::string_view text);
/// Decimal seconds; nothing when it is no number, negative, or beyond a day.
std::optional<Micros> parse_seconds(std::string_view text);
/// "1280x720"
std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_resolution(std::string_view text);
double parse_decimal(std::string_view text);

/// "SIZE@OFFSET"; without an offset the range follows `next`.
std::optional<ByteRange> parse_byte_range(std::string_view text, std::optional<std::uint64_t> next);

/// EXT-X-PROGRAM-DATE-TIME: RFC 3339, and the forms sources really send (offset +0000 or +00, or none: UTC).
std::optional<WallTime> parse_date_time(std::string_view text);

}  // namespace longtake::media::hls
