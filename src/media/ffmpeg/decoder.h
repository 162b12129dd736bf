#pragma once
// Opening a decoder for stored samples. Private to this folder.

#include "base/result.h"
#include "media/ffmpeg/libav.h"
#include "media/track.h"

namespace longtake::media::ffmpeg {

Result<CodecPtr> open_decoder(const Track& track);

}  // namespace longtake::media::ffmpeg
