#pragma once
// video.mp4: any range as one progressive MP4, laid out over stored samples.

#include "playback/footage.h"
#include "playback/playback.h"

namespace longtake::playback {

Result<Playback::Film> render_movie(const Footage& footage, Micros max_length, ChannelId channel,
                                    const Playback::Mp4Query& query);

}  // namespace longtake::playback
