#include "base/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace longtake {
namespace {

/// Levenshtein, in one row.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j)
      diagonal =
          std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])}));
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& names) {
  return *std::min_element(names.begin(), names.end(),
                           [&](auto a, auto b) { return edit_distance(name, a) < edit_distance(name, b); });
}

}  // namespace longtake
