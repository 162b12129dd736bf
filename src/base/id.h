#pragma once
// Typed row ids. A ChannelId never converts to a SegmentId. Outside the process ids are opaque strings.

#include <charconv>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace longtake {

template <class Tag>
struct Id {
  std::int64_t value = 0;
  constexpr Id() = default;
  explicit constexpr Id(std::int64_t v) : value(v) {}
  auto operator<=>(const Id&) const = default;
  explicit operator bool() const { return value != 0; }
};

using OrganizationId = Id<struct OrganizationTag>;
using UserId = Id<struct UserTag>;
using ChannelId = Id<struct ChannelTag>;
using RunId = Id<struct RunTag>;
using SegmentId = Id<struct SegmentTag>;
using GapId = Id<struct GapTag>;
using ClipId = Id<struct ClipTag>;

template <class Tag>
std::string to_string(Id<Tag> id) {
  return std::to_string(id.value);
}

/// Parses what to_string gave; error `invalid` otherwise.
template <class AnyId>
Result<AnyId> parse_id(std::string_view text) {
  std::int64_t v = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (ec != std::errc{} || end != text.data() + text.size() || v <= 0)
    return make_error(Code::invalid, "'{}' is not an id", text.substr(0, 40));
  return AnyId{v};
}

}  // namespace longtake

template <class Tag>
struct std::hash<longtake::Id<Tag>> {
  std::size_t operator()(longtake::Id<Tag> id) const { return std::hash<std::int64_t>{}(id.value); }
};
template <class Tag>
struct fmt::formatter<longtake::Id<Tag>> : fmt::formatter<std::int64_t> {
  template <class C>
  auto format(longtake::Id<Tag> id, C& ctx) const {
    return fmt::formatter<std::int64_t>::format(id.value, ctx);
  }
};
