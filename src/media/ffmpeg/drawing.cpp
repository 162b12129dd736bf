#include "media/ffmpeg/drawing.h"

#include <algorithm>
#include <cstring>

#include "media/ffmpeg/errors.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace longtake::media::ffmpeg {

namespace {

struct FreeScaler {
  void operator()(SwsContext* c) const { sws_freeContext(c); }
};
using ScalerPtr = std::unique_ptr<SwsContext, FreeScaler>;

/// The matrix a picture was made with; untagged ones follow the custom: BT.709 from 720 lines on.
int matrix_of(const AVFrame& frame) {
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return SWS_CS_ITU601;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return frame.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
  }
}

bool is_jpeg_format(int format) {
  return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P;
}

bool is_full_range(const AVFrame& frame) {
  return frame.color_range == AVCOL_RANGE_JPEG || is_jpeg_format(frame.format);
}

/// The same layout without the range in its name, which swscale warns about.
AVPixelFormat plain_format(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    default:
      return static_cast<AVPixelFormat>(format);
  }
}

Result<ScalerPtr> open_scaler(const AVFrame& source, int width, int height, AVPixelFormat format) {
  // Area averaging when shrinking, for small lines of text survive it; bicubic when growing.
  const bool shrinks = width < source.width || height < source.height;
  const int flags = (shrinks ? SWS_AREA : SWS_BICUBIC) | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT;
  ScalerPtr scaler{sws_alloc_context()};
  if (!scaler) return codec_error(AVERROR(ENOMEM), "scaling a picture");
  const int from_full = is_full_range(source) ? 1 : 0, to_full = is_jpeg_format(format) ? 1 : 0;
  const auto set = [&scaler](const char* name, int value) { av_opt_set_int(scaler.get(), name, value, 0); };
  set("srcw", source.width);
  set("srch", source.height);
  set("src_format", plain_format(source.format));
  set("src_range", from_full);
  set("dstw", width);
  set("dsth", height);
  set("dst_format", plain_format(format));
  set("dst_range", to_full);
  set("sws_flags", flags);
  if (sws_init_context(scaler.get(), nullptr, nullptr) < 0) {
    return make_error(Code::invalid, "pictures of this pixel format cannot be converted");
  }
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(matrix_of(source)), from_full,
                           sws_getCoefficients(SWS_CS_ITU601), to_full, 0, 1 << 16, 1 << 16);
  return scaler;
}

}  // namespace

Result<FramePtr> scale(const AVFrame& source, int width, int height, AVPixelFormat format) {
  FramePtr target{av_frame_alloc()};
  target->width = width;
  target->height = height;
  target->format = format;
  target->color_range = is_jpeg_format(format) ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  target->colorspace = AVCOL_SPC_BT470BG;
  if (const int result = av_frame_get_buffer(target.get(), 0); result < 0) {
    return codec_error(result, "scaling a picture");
  }
  LT_TRY(ScalerPtr scaler, open_scaler(source, width, height, format));
  const int rows =
      sws_scale(scaler.get(), source.data, source.linesize, 0, source.height, target->data, target->linesize);
  if (rows <= 0) return codec_error(rows < 0 ? rows : AVERROR_EXTERNAL, "scaling a picture");
  return target;
}

Status scale_into(const AVFrame& source, AVFrame& canvas, int left, int top, int width, int height) {
  // By way of a frame of its own: swscale may write past the right edge of what it is given.
  LT_TRY(const FramePtr tile, scale(source, width, height, static_cast<AVPixelFormat>(canvas.format)));
  for (int plane = 0; plane < 3; ++plane) {
    const int part = plane == 0 ? 1 : 2;
    std::uint8_t* into =
        canvas.data[plane] + static_cast<std::ptrdiff_t>(top / part) * canvas.linesize[plane] + left / part;
    av_image_copy_plane(into, canvas.linesize[plane], tile->data[plane], tile->linesize[plane], width / part,
                        height / part);
  }
  return {};
}

}  // namespace longtake::media::ffmpeg
