#pragma once
// RFC 4648 section 5 without padding: how tokens of the web write bytes. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace longtake::access {

std::string to_base64url(std::string_view bytes);
/// Nothing when the text is anything else.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace longtake::access
