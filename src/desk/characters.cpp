#include "desk/characters.h"

#include <algorithm>

namespace longtake::desk {

bool fits(std::string_view utf8, Span characters) {
  const auto n = static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  return n >= characters.least && n <= characters.most && utf8.find('\0') == utf8.npos;
}

}  // namespace longtake::desk
