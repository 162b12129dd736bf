#pragma once
// libav's headers and owners for its objects. Private to this folder. Built against 5.1, 6.1 and 7.1.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/opt.h>
}

#include <memory>
#include <span>

namespace longtake::media::ffmpeg {

struct FreePacket {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
struct FreeFrame {
  void operator()(AVFrame* f) const { av_frame_free(&f); }
};
struct FreeCodec {
  void operator()(AVCodecContext* c) const { avcodec_free_context(&c); }
};
struct CloseFormat {
  void operator()(AVFormatContext* c) const { avformat_close_input(&c); }
};
/// An AVIOContext over our own callbacks: its buffer is libav's to replace, so it is freed here, at the end.
struct FreeAvio {
  void operator()(AVIOContext* c) const {
    av_freep(&c->buffer);
    avio_context_free(&c);
  }
};
/// An AVIOContext that libav opened for an address.
struct CloseAvio {
  void operator()(AVIOContext* c) const { avio_closep(&c); }
};

using PacketPtr = std::unique_ptr<AVPacket, FreePacket>;
using FramePtr = std::unique_ptr<AVFrame, FreeFrame>;
using CodecPtr = std::unique_ptr<AVCodecContext, FreeCodec>;
using FormatPtr = std::unique_ptr<AVFormatContext, CloseFormat>;
using OwnAvioPtr = std::unique_ptr<AVIOContext, FreeAvio>;
using UrlAvioPtr = std::unique_ptr<AVIOContext, CloseAvio>;

/// Options for libav's open calls; what libav took is removed, the rest is freed.
class Options {
 public:
  Options() = default;
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() { av_dict_free(&dict_); }
  void set(const char* key, const char* value) { av_dict_set(&dict_, key, value, 0); }
  void set(const char* key, std::int64_t value) { av_dict_set_int(&dict_, key, value, 0); }
  AVDictionary** ptr() { return &dict_; }

 private:
  AVDictionary* dict_ = nullptr;
};

inline std::span<const std::byte> bytes_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}
inline const std::uint8_t* octets(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

/// Side data of a packet; its size type changed between releases.
inline std::span<const std::byte> side_data(const AVPacket& packet, AVPacketSideDataType type) {
  std::size_t size = 0;
  const std::uint8_t* data = av_packet_get_side_data(&packet, type, &size);
  return data ? bytes_of(data, size) : std::span<const std::byte>{};
}

}  // namespace longtake::media::ffmpeg
