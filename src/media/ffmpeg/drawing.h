#pragma once
// Scaling and colours of pictures on their way out. Private to this folder.

#include <vector>

#include "base/result.h"
#include "media/ffmpeg/libav.h"

namespace longtake::media::ffmpeg {

/// Scales `source` to a new frame. YUV frames come out in BT.601, whatever the source's matrix; JPEG (yuvj)
/// in full range as JFIF asks, others in limited range.
Result<FramePtr> scale(const AVFrame& source, int width, int height, AVPixelFormat format);

/// Scales into part of `canvas` (yuvj420p), at even `left`, `top`.
Status scale_into(const AVFrame& source, AVFrame& canvas, int left, int top, int width, int height);

Result<std::vector<std::byte>> encode_jpeg(const AVFrame& frame, int quality);

}  // namespace longtake::media::ffmpeg
