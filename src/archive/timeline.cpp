#include "archive/timeline.h"

#include <array>
#include <utility>

namespace longtake::archive {
namespace {

constexpr std::array<std::pair<GapCause, std::string_view>, 9> names{{
    {GapCause::source_lost, "source_lost"},
    {GapCause::source_ended, "source_ended"},
    {GapCause::source_changed, "source_changed"},
    {GapCause::stopped, "stopped"},
    {GapCause::server_stopped, "server_stopped"},
    {GapCause::server_crashed, "server_crashed"},
    {GapCause::disk_full, "disk_full"},
    {GapCause::disk_slow, "disk_slow"},
    {GapCause::expired, "expired"},
}};

}  // namespace

std::string_view to_string(GapCause cause) {
  for (const auto& [value, name] : names)
    if (value == cause) return name;
  return "source_lost";
}

GapCause parse_gap_cause(std::string_view text) {
  for (const auto& [value, name] : names)
    if (name == text) return value;
  return GapCause::source_lost;
}

}  // namespace longtake::archive
