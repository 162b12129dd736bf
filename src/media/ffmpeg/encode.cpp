// Pictures as files: JPEG, PNG, WebP.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "media/ffmpeg/drawing.h"
#include "media/ffmpeg/errors.h"
#include "media/ffmpeg/frames.h"
#include "media/ffmpeg/libav.h"

namespace longtake::media::ffmpeg {

namespace {

constexpr int kWidthLimit = 8192;

int even(double value) {
  return std::max(2, static_cast<int>(std::lround(value / 2)) * 2);
}

double displayed_width(const Track& track, int stored_width) {
  if (track.sar_num == 0 || track.sar_den == 0) return stored_width;
  return static_cast<double>(stored_width) * track.sar_num / track.sar_den;
}

/// Opens `codec` for frames like `frame` and encodes the one. `tune` sets what is particular.
template <class Tune>
Result<Bytes> encode_one(const AVCodec* codec, const AVFrame& frame, Tune tune) {
  CodecPtr encoder{avcodec_alloc_context3(codec)};
  if (!encoder) return codec_error(AVERROR(ENOMEM), "encoding a picture");
  encoder->width = frame.width;
  encoder->height = frame.height;
  encoder->pix_fmt = static_cast<AVPixelFormat>(frame.format);
  encoder->time_base = {1, 25};
  encoder->thread_count = 1;
  encoder->color_range = frame.color_range;
  encoder->sample_aspect_ratio = {1, 1};
  FramePtr input{av_frame_clone(&frame)};
  Options options;
  tune(*encoder, *input, options);
  int result = avcodec_open2(encoder.get(), codec, options.ptr());
  if (result < 0) return codec_error(result, "opening the picture encoder");
  PacketPtr packet{av_packet_alloc()};
  input->pts = 0;
  result = avcodec_send_frame(encoder.get(), input.get());
  if (result >= 0) result = avcodec_receive_packet(encoder.get(), packet.get());
  if (result == AVERROR(EAGAIN)) {
    avcodec_send_frame(encoder.get(), nullptr);
    result = avcodec_receive_packet(encoder.get(), packet.get());
  }
  if (result < 0) return codec_error(result, "encoding a picture");
  const auto bytes = bytes_of(packet->data, static_cast<std::size_t>(packet->size));
  return Bytes(bytes.begin(), bytes.end());
}

Result<Bytes> encode_png(const AVFrame& frame) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  if (!codec)
    return make_error(Code::invalid, "PNG pictures are not available here: libavcodec lacks the encoder");
  return encode_one(codec, frame, [](AVCodecContext&, AVFrame&, Options&) {});
}

Result<Bytes> encode_webp(const AVFrame& frame, int quality) {
  const AVCodec* codec = avcodec_find_encoder_by_name("libwebp");
  if (!codec) {
    return make_error(Code::invalid, "WebP pictures are not available here: libavcodec lacks libwebp");
  }
  return encode_one(codec, frame, [quality](AVCodecContext&, AVFrame&, Options& options) {
    options.set("quality", quality);
    options.set("compression_level", 3);
  });
}

}  // namespace

Result<Bytes> encode_jpeg(const AVFrame& frame, int quality) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (!codec)
    return make_error(Code::invalid, "JPEG pictures are not available here: libavcodec lacks the encoder");
  // libav's scale runs from 1 (finest) to 31; 85 of 100 is about 3.
  const double coarse = std::clamp(1 + (100.0 - std::clamp(quality, 1, 100)) / 100 * 15, 1.0, 31.0);
  return encode_one(codec, frame, [coarse](AVCodecContext& encoder, AVFrame& input, Options&) {
    encoder.flags |= AV_CODEC_FLAG_QSCALE;
    encoder.global_quality = static_cast<int>(std::lround(coarse * FF_QP2LAMBDA));
    encoder.qmin = 1;
    input.quality = encoder.global_quality;
  });
}

Result<Bytes> encode_picture(const Picture& picture, const Track& track, EncodeOptions options) {
  if (!picture.get()) return make_error(Code::internal, "no picture to encode");
  int width = options.width, height = 0;
  if (width <= 0) {
    width = even(displayed_width(track, picture.width()));
    height = picture.height() + picture.height() % 2;
  } else {
    width = std::clamp(width + width % 2, 2, kWidthLimit);
    height = even(static_cast<double>(width) * picture.height() / displayed_width(track, picture.width()));
  }
  const AVPixelFormat format = options.format == PictureFormat::png    ? AV_PIX_FMT_RGB24
                               : options.format == PictureFormat::webp ? AV_PIX_FMT_YUV420P
                                                                       : AV_PIX_FMT_YUVJ420P;
  LT_TRY(const FramePtr frame, scale(*picture.get(), width, height, format));
  switch (options.format) {
    case PictureFormat::png:
      return encode_png(*frame);
    case PictureFormat::webp:
      return encode_webp(*frame, std::clamp(options.quality, 1, 100));
    case PictureFormat::jpeg:
      break;
  }
  return encode_jpeg(*frame, options.quality);
}

int height_for(const Track& track, int width) {
  if (track.width == 0) return even(width * 9.0 / 16);
  return even(static_cast<double>(width) * track.height / displayed_width(track, track.width));
}

// --- sprite sheets
// -------------------------------------------------------------------------------------------

struct SpriteSheet::State {
  int columns, rows, tile_width, tile_height;
  FramePtr canvas;
};

SpriteSheet::SpriteSheet(int columns, int rows, int tile_width, int tile_height)
    : state_(std::make_unique<State>()) {
  // Tiles begin at even pixels: colour planes have half the size.
  *state_ = {.columns = std::max(columns, 1),
             .rows = std::max(rows, 1),
             .tile_width = std::max(tile_width + tile_width % 2, 2),
             .tile_height = std::max(tile_height + tile_height % 2, 2),
             .canvas = FramePtr{av_frame_alloc()}};
  AVFrame& canvas = *state_->canvas;
  canvas.width = state_->columns * state_->tile_width;
  canvas.height = state_->rows * state_->tile_height;
  canvas.format = AV_PIX_FMT_YUVJ420P;
  canvas.color_range = AVCOL_RANGE_JPEG;
  if (av_frame_get_buffer(&canvas, 0) < 0) {
    state_->canvas.reset();
    return;
  }
  std::memset(canvas.data[0], 0,
              static_cast<std::size_t>(canvas.linesize[0]) * static_cast<std::size_t>(canvas.height));
  for (int plane = 1; plane <= 2; ++plane) {
    std::memset(
        canvas.data[plane], 128,
        static_cast<std::size_t>(canvas.linesize[plane]) * static_cast<std::size_t>(canvas.height / 2));
  }
}
SpriteSheet::SpriteSheet(SpriteSheet&&) noexcept = default;
SpriteSheet::~SpriteSheet() = default;

Status SpriteSheet::paste(int column, int row, const Picture& picture) {
  if (!state_->canvas) return make_error(Code::invalid, "the sprite sheet is too large");
  if (column < 0 || column >= state_->columns || row < 0 || row >= state_->rows || !picture.get()) {
    return make_error(Code::internal, "no such tile in the sprite sheet");
  }
  return scale_into(*picture.get(), *state_->canvas, column * state_->tile_width, row * state_->tile_height,
                    state_->tile_width, state_->tile_height);
}

Result<Bytes> SpriteSheet::encode_jpeg(int quality) const {
  if (!state_->canvas) return make_error(Code::invalid, "the sprite sheet is too large");
  return ffmpeg::encode_jpeg(*state_->canvas, quality);
}

}  // namespace longtake::media::ffmpeg
