#include "base/zone.h"

#include <date/tz.h>

#include <stdexcept>

namespace longtake {
namespace {

/// Null: no such zone. The library throws, and takes any path below its folder.
const date::time_zone* find_zone(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '/' || name.find("..") != std::string_view::npos)
    return nullptr;
  try {
    return date::locate_zone(std::string{name});
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

Error no_zone(std::string_view name) {
  return make_error(Code::invalid, "'{}' is no time zone; write one like Europe/Moscow or UTC",
                    name.substr(0, 64));
}

WallTime first_moment(const date::time_zone& zone, date::local_days day) {
  return std::chrono::time_point_cast<Micros>(zone.to_sys(day, date::choose::earliest));
}

}  // namespace

Status check_zone(std::string_view zone) {
  if (!find_zone(zone)) return no_zone(zone);
  return {};
}

Result<WallRange> day_of(std::string_view zone, WallTime t) {
  const auto* found = find_zone(zone);
  if (!found) return no_zone(zone);
  const auto day = date::floor<date::days>(found->to_local(t));
  return WallRange{first_moment(*found, day), first_moment(*found, day + date::days{1})};
}

Result<std::string> format_local_for_file(std::string_view zone, WallTime t) {
  const auto* found = find_zone(zone);
  if (!found) return no_zone(zone);
  return date::format("%Y-%m-%d %H-%M-%S", found->to_local(std::chrono::floor<std::chrono::seconds>(t)));
}

Result<std::string> format_local(std::string_view zone, WallTime t) {
  const auto* found = find_zone(zone);
  if (!found) return no_zone(zone);
  return date::format("%Y-%m-%d %H:%M:%S %Ez",
                      date::make_zoned(found, std::chrono::floor<std::chrono::milliseconds>(t)));
}

}  // namespace longtake
