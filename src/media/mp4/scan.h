#pragma once
// Rebuilds what the index knows from a segment file's own bytes: for recovery, check and rebuild.

#include <string>

#include "media/index.h"
#include "media/mp4/init.h"

namespace longtake::media::mp4 {

struct ScannedSegment {
  ParsedHeader header;
  std::vector<SharedBytes> records;  ///< one per whole fragment
  std::uint64_t good_bytes = 0;      ///< end of the last whole fragment; the rest is a torn tail (or zeros)
};
/// Reads only box headers and moofs (mdat is skipped by seeking). Error invalid when there is no readable
/// header.
Result<ScannedSegment> scan_segment(const std::string& path);

}  // namespace longtake::media::mp4
