#pragma once
// "Did you mean": the nearest of the names that would have been right.

#include <string>
#include <string_view>
#include <vector>

namespace longtake {

/// The name with the smallest edit distance to `name`; the first of equals. `names` is not empty.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& names);

}  // namespace longtake
