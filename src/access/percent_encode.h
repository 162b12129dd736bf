#pragma once
// RFC 3986 section 2.3: text as a part of an address. Pure.

#include <string>
#include <string_view>

namespace longtake::access {

/// Everything but unreserved characters as %XX.
std::string percent_encode(std::string_view text);

}  // namespace longtake::access
