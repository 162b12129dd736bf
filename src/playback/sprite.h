#pragma once
// Sprite sheets for scrubbing: a grid of keyframes, and the WebVTT that says which cell shows when.

#include "base/log.h"
#include "playback/byte_cache.h"
#include "playback/footage.h"
#include "playback/playback.h"

namespace longtake::playback {

Result<View> render_sprite(const Footage& footage, ByteCache& cache, Log& log, unsigned max_sprites,
                           ChannelId channel, const Playback::SpriteQuery& query);
Result<View> render_sprite_vtt(const Footage& footage, unsigned max_sprites, ChannelId channel,
                               const Playback::SpriteQuery& query);

}  // namespace longtake::playback
