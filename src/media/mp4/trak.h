#pragma once
// The boxes of moov that fragmented and progressive files share.

#include <cstdint>

#include "media/mp4/box.h"
#include "media/track.h"

namespace longtake::media::mp4 {

inline constexpr std::uint32_t movie_timescale = 90000;

void write_mvhd(BoxWriter& w, std::uint32_t timescale, std::uint64_t duration);
/// `duration` in the movie's timescale; `track` gives the picture's size.
void write_tkhd(BoxWriter& w, std::uint32_t id, std::uint64_t duration, const Track& track);
/// mdhd, hdlr; language "und".
void write_media_header(BoxWriter& w, const Track& track, std::uint64_t duration);
/// vmhd or smhd, dinf.
void write_media_information(BoxWriter& w, TrackKind kind);

}  // namespace longtake::media::mp4
