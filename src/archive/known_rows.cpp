#include "archive/known_rows.h"

namespace longtake::archive {
namespace {

constexpr std::size_t most_channels = 1'000;
/// Of a channel: people look at it in several places.
constexpr std::size_t most_windows = 8;
/// Of a window: a day of short segments is read again.
constexpr std::size_t most_rows = 256;

}  // namespace

KnownRows::KnownRows(storage::sql::Database& database)
    : database_(database), windows_(database, {"segments", "runs"}, most_channels) {}

/// `rows` has the neighbours of the range, where there are any: from one to the other nothing is missing, and
/// beyond a side without a neighbour there is nothing at all.
KnownRows::Window KnownRows::window_of(WallRange range, Rows rows) {
  Window window{WallTime::min(), WallTime::max(), std::move(rows)};
  if (window.rows->empty()) return window;
  const auto& first = window.rows->front();
  const auto& last = window.rows->back();
  if (first.range.from < range.from) window.from = first.range.from;
  if (last.range.from >= range.to) window.to = last.sealed ? last.range.to : last.range.from;
  return window;
}

Result<KnownRows::Rows> KnownRows::around(ChannelId channel, WallRange range) const {
  if (auto known = find(windows_.find(channel), range)) return known;
  const auto version = windows_.version();
  LT_TRY(auto read,
         database_.read([&](storage::sql::Session& s) { return rows::segments_around(s, channel, range); }));
  auto found = std::make_shared<const std::vector<rows::SegmentRow>>(std::move(read));
  if (found->size() > most_rows) return found;
  auto windows = windows_.find(channel).value_or(std::vector<Window>{});
  windows.insert(windows.begin(), window_of(range, found));
  if (windows.size() > most_windows) windows.pop_back();
  windows_.keep(version, channel, std::move(windows));
  return found;
}

KnownRows::Rows KnownRows::recall(ChannelId channel, WallRange range) const {
  return find(windows_.find_also(channel), range);
}

KnownRows::Rows KnownRows::find(const std::optional<std::vector<Window>>& windows, WallRange range) {
  if (!windows) return nullptr;
  for (const auto& window : *windows)
    if (window.from <= range.from && range.to <= window.to) return window.rows;
  return nullptr;
}

}  // namespace longtake::archive
