#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/time.h"
#include "wall_link.h"
#include "wall_plan.h"

namespace longtake::bench {

struct Survey {
  Seat seat;
  std::vector<std::string> channels;
  std::vector<int> speeds;
  WallRange range;               ///< recorded in all channels
  Micros each{};                 ///< of it, at 1x; more at higher speeds, as far as there is
  std::filesystem::path folder;  ///< of the plain files
};

/// Asks for everything that the streams of walls will ask for, one after the other, and keeps the answers as
/// files.
WallPlan survey(const Survey& wanted);

}  // namespace longtake::bench
