#include "app/setting_kinds.h"

#include <charconv>

namespace longtake::app {

Result<std::int64_t> parse_integer(const std::string& value, std::int64_t least, std::int64_t most) {
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), n);
  if (ec != std::errc{} || end != value.data() + value.size() || n < least || n > most)
    return make_error(Code::invalid, "'{}' is not a whole number from {} to {}", value, least, most);
  return n;
}

Result<bool> parse_bool(const std::string& value) {
  if (value == "true" || value == "1" || value == "yes" || value == "on") return true;
  if (value == "false" || value == "0" || value == "no" || value == "off") return false;
  return make_error(Code::invalid, "'{}' is neither true nor false", value);
}

std::vector<std::string> split_list(const std::string& value) {
  std::vector<std::string> out;
  std::string item;
  for (const char c : value + ",") {
    if (c == ',') {
      if (!item.empty()) out.push_back(item);
      item.clear();
    } else if (c != ' ' || !item.empty()) {
      item += c;
    }
  }
  return out;
}

std::string join_list(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items)
    out += (out.empty() ? "" : ",") + item;
  return out;
}

}  // namespace longtake::app
