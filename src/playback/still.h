#pragma once
// One displayed picture: found by its instant, decoded from its keyframe, encoded and kept.

#include "playback/byte_cache.h"
#include "playback/footage.h"
#include "playback/playback.h"

namespace longtake::playback {

Result<View> render_still(const Footage& footage, ByteCache& cache, ChannelId channel,
                          const Playback::FrameQuery& query);

}  // namespace longtake::playback
