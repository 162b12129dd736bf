#pragma once
// What a tile has shown to a person: which footage, when, how fast and in which mode. Pure.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "desk/ranges.h"

namespace longtake::desk {

/// `all`: every picture; `key`: keyframes only. Footage seen either way counts as reviewed.
enum class ViewMode { all, key };
std::string_view to_string(ViewMode mode);
std::optional<ViewMode> find_view_mode(std::string_view text);

struct Viewing {
  ChannelId channel;
  WallRange footage;
  WallRange shown;   ///< when, on the wall clock
  double speed = 1;  ///< times real time; negative: backward; 0: standing, or stepped through
  ViewMode mode = ViewMode::all;
  bool operator==(const Viewing&) const = default;
};

/// A page tells every ten seconds; what it could not tell it tells later.
inline constexpr std::chrono::minutes longest_shown{2};
inline constexpr std::chrono::hours oldest_shown{24};
/// Clocks of pages and sources may run ahead so far.
inline constexpr std::chrono::minutes clocks_apart{1};
inline constexpr double slowest = 0.25, fastest = 60;

/// A field of the report, and what is wrong with it.
struct Doubt {
  std::string field;
  std::string message;
};
/// Nothing when the report can be true.
std::optional<Doubt> doubt(const Viewing& report, WallTime now);

/// The report as facts: only what is in `recorded`, each within one minute of showing (of UTC). The same
/// report gives the same facts.
std::vector<Viewing> facts_of(const Viewing& report, const Ranges& recorded);

/// No fact has more footage than this.
inline constexpr std::chrono::hours longest_footage{2};

/// Both as one fact, when `next` goes on where `fact` ends, or was part of it all the time. Of the same
/// person.
std::optional<Viewing> joined(const Viewing& fact, const Viewing& next);

WallTime minute_of(WallTime t);

}  // namespace longtake::desk
