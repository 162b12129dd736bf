#pragma once
// Sample tables (stbl) of a progressive movie, written from the packed columns of the index.

#include <cstdint>
#include <vector>

#include "media/mp4/movie_plan.h"

namespace longtake::media::mp4 {

/// Tables of one track. Numbers are kept big endian, ready to be copied into their boxes.
struct TrackTables {
  using Words = std::vector<std::uint32_t>;
  Words stts, ctts, stsz, stsc, stss;
  std::vector<std::uint64_t> chunks;  ///< native endian, from the begin of the mdat payload
  std::vector<const Track*> entries;  ///< stsd, in order of first use
  std::uint32_t samples = 0;
  std::uint64_t duration = 0;   ///< sum of stts
  std::int64_t media_time = 0;  ///< of the first displayed instant, for elst
};

struct MovieTables {
  TrackTables video, audio;
  std::uint64_t payload = 0;  ///< bytes of mdat
};

Result<MovieTables> build_tables(const MoviePlan& plan);

}  // namespace longtake::media::mp4
