#include "desk/viewing.h"

#include <algorithm>
#include <cmath>

namespace longtake::desk {
namespace {

/// A picture that stands is one frame; stepping on by key repeats is no faster than this.
constexpr double stepping_speed = 4;
/// The page's clock is not ours, and pictures last.
constexpr double tolerance = 1.1;
constexpr std::chrono::seconds rounding{1};
/// Waiting for bytes ends no fact.
constexpr std::chrono::seconds short_wait{2};

Micros most_footage(double speed, Micros shown) {
  const double pace = speed == 0 ? stepping_speed : std::abs(speed);
  const auto passed =
      static_cast<double>(shown.count()) * tolerance + static_cast<double>(Micros{rounding}.count());
  return Micros{static_cast<std::int64_t>(passed * std::max(pace, 1.0))};
}

/// value : from = whole : to, without leaving int64: a report is short.
Micros scaled(Micros value, Micros from, Micros to) {
  return Micros{value.count() * to.count() / std::max<std::int64_t>(from.count(), 1)};
}

/// The footage that was on the screen in a part of the time of showing.
WallRange footage_in(const Viewing& report, WallRange part) {
  if (report.speed == 0) return report.footage;
  const auto before = scaled(part.from - report.shown.from, report.shown.length(), report.footage.length());
  const auto after = scaled(part.to - report.shown.from, report.shown.length(), report.footage.length());
  if (report.speed > 0) return {report.footage.from + before, report.footage.from + after};
  return {report.footage.to - after, report.footage.to - before};
}

/// When a part of the footage was on the screen.
WallRange shown_of(const Viewing& report, WallRange part) {
  if (report.speed == 0) return report.shown;
  const auto first = report.speed > 0 ? part.from - report.footage.from : report.footage.to - part.to;
  const auto from = report.shown.from + scaled(first, report.footage.length(), report.shown.length());
  return {from, from + scaled(part.length(), report.footage.length(), report.shown.length())};
}

std::vector<Viewing> by_minutes(const Viewing& report) {
  std::vector<Viewing> out;
  for (auto from = report.shown.from; from < report.shown.to;) {
    auto part = report;
    part.shown = {from, std::min(report.shown.to, minute_of(from) + std::chrono::minutes{1})};
    part.footage = footage_in(report, part.shown);
    from = part.shown.to;
    if (!part.footage.empty()) out.push_back(part);
  }
  return out;
}

bool meet(WallRange a, WallRange b, Micros within) {
  return a.from <= b.to + within && b.from <= a.to + within;
}

WallRange hull(WallRange a, WallRange b) {
  return {std::min(a.from, b.from), std::max(a.to, b.to)};
}

}  // namespace

std::string_view to_string(ViewMode mode) {
  return mode == ViewMode::key ? "key" : "all";
}

std::optional<ViewMode> find_view_mode(std::string_view text) {
  if (text == "all") return ViewMode::all;
  if (text == "key") return ViewMode::key;
  return {};
}

WallTime minute_of(WallTime t) {
  return std::chrono::floor<std::chrono::minutes>(t);
}

std::optional<Doubt> doubt(const Viewing& report, WallTime now) {
  const auto pace = std::abs(report.speed);
  if (!std::isfinite(report.speed) || pace > fastest || (pace != 0 && pace < slowest))
    return Doubt{"speed", "must be 0, or 0.25 to 60 forward or backward"};
  if (report.shown.empty()) return Doubt{"shownTo", "must be after `shownFrom`"};
  if (report.shown.length() > longest_shown)
    return Doubt{"shownTo", "must be at most 2 minutes after `shownFrom`"};
  if (report.shown.to > now + clocks_apart) return Doubt{"shownTo", "is in the future: set the clock"};
  if (report.shown.from < now - oldest_shown) return Doubt{"shownFrom", "must be within the last 24 hours"};
  if (report.footage.empty()) return Doubt{"to", "must be after `from`"};
  if (report.footage.to > now + clocks_apart) return Doubt{"to", "is in the future"};
  if (report.footage.length() > most_footage(report.speed, report.shown.length()))
    return Doubt{"to", "is more footage than this speed shows in this time"};
  return {};
}

std::vector<Viewing> facts_of(const Viewing& report, const Ranges& recorded) {
  std::vector<Viewing> out;
  for (const auto& part : by_minutes(report)) {
    for (const auto& piece : clipped(recorded, part.footage)) {
      auto fact = part;
      fact.footage = piece;
      fact.shown = shown_of(part, piece);
      if (fact.shown.empty()) fact.shown.to = fact.shown.from + Micros{1};
      out.push_back(fact);
    }
  }
  return out;
}

std::optional<Viewing> joined(const Viewing& fact, const Viewing& next) {
  if (fact.channel != next.channel || fact.speed != next.speed || fact.mode != next.mode) return {};
  if (minute_of(fact.shown.from) != minute_of(next.shown.from)) return {};
  if (!meet(fact.footage, next.footage, touching) || !meet(fact.shown, next.shown, short_wait)) return {};
  auto both = fact;
  both.footage = hull(fact.footage, next.footage);
  both.shown = hull(fact.shown, next.shown);
  if (both.footage.length() > most_footage(both.speed, both.shown.length())) return {};
  return both;
}

}  // namespace longtake::desk
