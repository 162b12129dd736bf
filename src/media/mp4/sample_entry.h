#pragma once
// Sample descriptions (stsd children): written for every codec we store, read back from our own files.

#include <cstdint>
#include <optional>
#include <span>

#include "media/mp4/box.h"
#include "media/track.h"

namespace longtake::media::mp4 {

void write_sample_entry(BoxWriter& w, const Track& track);

/// Fills codec, config, sizes and rates; nothing when the entry is not one of ours. The timescale of audio is
/// set by the caller (mdhd).
std::optional<Track> read_sample_entry(BoxReader::Box entry);

/// Width as displayed (square pixels), for tkhd.
std::uint32_t display_width(const Track& track);

}  // namespace longtake::media::mp4
