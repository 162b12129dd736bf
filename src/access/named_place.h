#pragma once

#include <cstdint>
#include <string>

namespace longtake::access {

/// A place in a list that is sorted by name, then id: that of a row, whether it is still there or not.
struct NamedPlace {
  std::string name;
  std::int64_t id = 0;  ///< zero: before the first
};

}  // namespace longtake::access
