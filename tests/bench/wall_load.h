#pragma once
// Many people in front of walls: each page asks for media when its streams want it, by four connections at
// most, nearest deadline first; if wanted, it also does what else an open wall does (listens to events,
// reports coverage, asks for timelines and coverage again).

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "wall_link.h"
#include "wall_plan.h"

namespace longtake::bench {

struct Load {
  Tcp::endpoint server;
  std::vector<std::string> cookies;  ///< one for each person; none: plain files are asked for
  int editors = 40;
  int tiles = 9;
  int speed = 1;
  double pace = 1;  ///< below 1 the pages play slower than they say: the same requests, more rarely
  bool whole_page = false;
  Micros warm_up{}, measured{};
  pid_t pid = 0;  ///< whose processor time is taken
};

/// Of the measured time.
struct LoadFigures {
  double seconds = 0;
  double tile_minutes = 0;  ///< of viewing, by the footage that came
  std::uint64_t requests = 0, bytes = 0, failed = 0;
  std::uint64_t late = 0;  ///< sent when the tile had nothing left to show
  std::uint64_t other_requests = 0, events = 0;
  double median_ms = 0, p95_ms = 0;      ///< of answers of media
  std::map<std::string, double> cpu_ms;  ///< of `pid`, by its threads
};

LoadFigures run_load(const WallPlan& plan, const Load& load);

}  // namespace longtake::bench
