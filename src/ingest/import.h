#pragma once
// A recording that lies in a file, into the archive as if it had come in live: the same cutting, the same
// stored form.

#include <chrono>
#include <string>

#include "archive/archive.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::ingest {

struct ImportOptions {
  ChannelId channel;
  std::string file;  ///< MP4, MOV, MPEG-TS, Matroska or FLV on this machine
  WallTime at;       ///< instant of its first picture
  std::chrono::seconds segment_length{900};
};

struct Imported {
  WallRange range;  ///< from the first picture to the end of the last
  Micros recorded{0};
};

/// Blocking. A channel's footage is in order of time, so the file must begin at or after what is there.
/// Errors: not_found (no such file), invalid (not a recording, nothing in it that can be recorded), conflict
/// (begins before the newest footage, which is named), full (no room); what was imported before stays.
Result<Imported> import_file(archive::Archive& archive, const ImportOptions& options, const Clock& clock,
                             Log& log);

}  // namespace longtake::ingest
