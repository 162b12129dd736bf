#include "access/foreign_json.h"

#include <boost/json/parse.hpp>
#include <utility>

namespace longtake::access {

namespace json = boost::json;

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code ec;
  auto root = json::parse(json::string_view{text.data(), text.size()}, ec);
  if (ec || !root.is_object()) return {};
  return std::move(root.get_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

}  // namespace longtake::access
