#pragma once
// Limits of texts that people type.

#include <cstddef>
#include <string_view>

namespace longtake::desk {

struct Span {
  std::size_t least = 0, most = 0;
};
/// Counted as people count, in code points, and without a NUL, which rows cannot hold.
bool fits(std::string_view utf8, Span characters);

/// Of one line, without spaces around it.
bool is_tidy(std::string_view utf8);

}  // namespace longtake::desk
