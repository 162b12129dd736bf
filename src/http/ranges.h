#pragma once
// Conditions and ranges of RFC 9110, for any response with known length. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace longtake::http {

/// Bytes [first, first + size) of a whole.
struct Span {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
  bool operator==(const Span&) const = default;
};

enum class RangeKind {
  whole,          // no range, not understood, several ranges: answer 200 with all of it
  partial,        // answer 206 with `span`
  unsatisfiable,  // answer 416
};
struct RangeChoice {
  RangeKind kind = RangeKind::whole;
  Span span;
  bool operator==(const RangeChoice&) const = default;
};
/// RFC 9110 14.2. Several ranges are answered whole, which the RFC allows: no player asks for them.
RangeChoice choose_range(std::string_view range_header, std::uint64_t size);

/// Whether an If-None-Match / If-Match list names `etag` (quoted, maybe W/). Weak comparison is for
/// If-None-Match.
enum class Compare { weak, strong };
bool etag_listed(std::string_view list, std::string_view etag, Compare compare);

/// Turns the full answer to a GET or HEAD into 304, 412, 206 or 416 as the request's headers say (RFC
/// 9110 13.2.2). Leaves answers other than 200, other methods and event streams alone. Ranges are for slices
/// only, which get `Accept-Ranges: bytes`.
void apply_conditions(const Request& request, Response& response);

}  // namespace longtake::http
