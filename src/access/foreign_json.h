#pragma once
// JSON that somebody else wrote: what is missing or of another type reads as nothing.

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace longtake::access {

/// Nothing when the text is no JSON, or no object.
std::optional<boost::json::object> parse_object(std::string_view text);

/// "" when it is not there or no text.
std::string text_of(const boost::json::object& object, std::string_view name);

}  // namespace longtake::access
