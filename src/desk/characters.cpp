#include "desk/characters.h"

#include <algorithm>

namespace longtake::desk {

bool fits(std::string_view utf8, Span characters) {
  const auto n = static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  return n >= characters.least && n <= characters.most && utf8.find('\0') == utf8.npos;
}

bool is_tidy(std::string_view utf8) {
  return !utf8.starts_with(' ') && !utf8.ends_with(' ') &&
         std::none_of(utf8.begin(), utf8.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace longtake::desk
