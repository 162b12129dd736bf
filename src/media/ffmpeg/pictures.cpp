// Decoding stored samples to pictures.

#include <algorithm>
#include <cstring>
#include <utility>

#include "media/ffmpeg/decoder.h"
#include "media/ffmpeg/errors.h"
#include "media/ffmpeg/frames.h"
#include "media/ffmpeg/libav.h"

namespace longtake::media::ffmpeg {

namespace {

AVCodecID codec_id(Codec codec) {
  switch (codec) {
    case Codec::h264:
      return AV_CODEC_ID_H264;
    case Codec::hevc:
      return AV_CODEC_ID_HEVC;
    case Codec::av1:
      return AV_CODEC_ID_AV1;
    default:
      return AV_CODEC_ID_NONE;
  }
}

/// Calls `visit(first, second)` with the first two bytes of each NAL unit of a sample.
template <class Visit>
void each_nal(std::span<const std::byte> sample, Visit visit) {
  std::size_t at = 0;
  while (at + 6 <= sample.size()) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i)
      size = size << 8 | std::to_integer<std::size_t>(sample[at + i]);
    at += 4;
    if (size < 2 || size > sample.size() - at) return;
    visit(std::to_integer<unsigned>(sample[at]), std::to_integer<unsigned>(sample[at + 1]));
    at += size;
  }
}

/// Tells pictures that no other one is predicted from: they need not be decoded to get others.
class Dispensable {
 public:
  Dispensable(Codec codec, std::span<const CodedSample> samples) : codec_(codec) {
    if (codec != Codec::hevc) return;
    for (const CodedSample& sample : samples)
      highest_layer_ = std::max(highest_layer_, layer_of(sample.bytes));
  }

  bool operator()(std::span<const std::byte> sample) const {
    bool any = false, all = true;
    each_nal(sample, [&](unsigned head, unsigned second) {
      if (codec_ == Codec::h264) {
        const unsigned type = head & 0x1F;
        if (type < 1 || type > 5) return;
        any = true;
        all = all && (head & 0x60) == 0;  // nal_ref_idc
      } else if (codec_ == Codec::hevc) {
        const unsigned type = head >> 1 & 0x3F;
        if (type >= 32) return;
        any = true;
        // A sub-layer non-reference picture may still serve higher layers, so only the highest may go.
        all = all && type <= 14 && type % 2 == 0 && (second & 7) == highest_layer_;
      }
    });
    return any && all;
  }

 private:
  static unsigned layer_of(std::span<const std::byte> sample) {
    unsigned layer = 0;
    each_nal(sample, [&layer](unsigned head, unsigned second) {
      if ((head >> 1 & 0x3F) < 32) layer = std::max(layer, second & 7);
    });
    return layer;
  }

  Codec codec_;
  unsigned highest_layer_ = 0;
};

/// Feeds a decoder and keeps the picture shown last at or before the wanted time.
class Search {
 public:
  Search(AVCodecContext& context, std::int64_t wanted)
      : context_(context), wanted_(wanted), packet_(av_packet_alloc()), frame_(av_frame_alloc()) {}

  void feed(const CodedSample& sample) {
    if (av_new_packet(packet_.get(), static_cast<int>(sample.bytes.size())) < 0) return;
    if (!sample.bytes.empty()) std::memcpy(packet_->data, sample.bytes.data(), sample.bytes.size());
    packet_->dts = sample.dts;
    packet_->pts = sample.pts;
    int result = avcodec_send_packet(&context_, packet_.get());
    if (result == AVERROR(EAGAIN)) {
      collect();
      result = avcodec_send_packet(&context_, packet_.get());
    }
    av_packet_unref(packet_.get());
    if (result < 0) last_error_ = result;
    collect();
  }

  void drain() {
    avcodec_send_packet(&context_, nullptr);
    collect();
  }

  FramePtr take_best() { return std::move(best_); }
  int last_error() const { return last_error_; }

 private:
  void collect() {
    for (;;) {
      const int result = avcodec_receive_frame(&context_, frame_.get());
      if (result < 0) {
        if (result != AVERROR(EAGAIN) && result != AVERROR_EOF) last_error_ = result;
        return;
      }
      if (frame_->pts <= wanted_ && (!best_ || frame_->pts >= best_->pts)) {
        if (!best_) best_.reset(av_frame_alloc());
        av_frame_unref(best_.get());
        av_frame_move_ref(best_.get(), frame_.get());
      }
      av_frame_unref(frame_.get());
    }
  }

  AVCodecContext& context_;
  std::int64_t wanted_;
  PacketPtr packet_;
  FramePtr frame_, best_;
  int last_error_ = AVERROR_INVALIDDATA;
};

}  // namespace

Result<CodecPtr> open_decoder(const Track& track) {
  const AVCodec* codec = avcodec_find_decoder(codec_id(track.codec));
  if (!codec) return make_error(Code::invalid, "no decoder for {} pictures", to_string(track.codec));
  CodecPtr context{avcodec_alloc_context3(codec)};
  if (!context) return codec_error(AVERROR(ENOMEM), "opening a decoder");
  // One thread: pictures are wanted by many at once, and starting threads costs more than a GOP gains.
  context->thread_count = 1;
  context->pkt_timebase = {1, static_cast<int>(track.timescale)};
  context->width = track.width;
  context->height = track.height;
  const std::size_t size = track.config.size();
  context->extradata = static_cast<std::uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
  if (!context->extradata) return codec_error(AVERROR(ENOMEM), "opening a decoder");
  if (size > 0) std::memcpy(context->extradata, track.config.data(), size);
  context->extradata_size = static_cast<int>(size);
  // When drained, the H.264 decoder withholds pictures after a keyframe that is not an IDR picture.
  context->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
  if (const int result = avcodec_open2(context.get(), codec, nullptr); result < 0) {
    return codec_error(result, "opening a decoder");
  }
  return context;
}

Picture::Picture() = default;
Picture::Picture(AVFrame* owned) : frame_(owned) {}
Picture::Picture(Picture&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
Picture& Picture::operator=(Picture&& other) noexcept {
  std::swap(frame_, other.frame_);
  return *this;
}
Picture::~Picture() {
  av_frame_free(&frame_);
}
int Picture::width() const {
  return frame_ ? frame_->width : 0;
}
int Picture::height() const {
  return frame_ ? frame_->height : 0;
}

Result<Picture> decode_picture(const Track& track, std::span<const CodedSample> samples, std::int64_t pts) {
  if (samples.empty()) return make_error(Code::invalid, "no samples to decode a picture from");
  // The last sample shown at or before `pts`; nothing after it in decode order is needed for it.
  const CodedSample* wanted = nullptr;
  const CodedSample* earliest = samples.data();
  for (const CodedSample& sample : samples) {
    if (sample.pts <= pts && (!wanted || sample.pts > wanted->pts)) wanted = &sample;
    if (sample.pts < earliest->pts) earliest = &sample;
  }
  if (!wanted) wanted = earliest;

  LT_TRY(CodecPtr decoder, open_decoder(track));
  const Dispensable dispensable{track.codec, samples};
  Search search{*decoder, wanted->pts};
  for (const CodedSample& sample : samples.first(static_cast<std::size_t>(wanted - samples.data()) + 1)) {
    const bool needed = &sample == samples.data() || &sample == wanted;
    if (!needed && dispensable(sample.bytes)) continue;
    search.feed(sample);
  }
  search.drain();
  FramePtr best = search.take_best();
  if (!best) return codec_error(search.last_error(), "decoding the picture");
  return Picture(best.release());
}

// --- lone keyframes
// ------------------------------------------------------------------------------------------

struct KeyframeDecoder::State {
  CodecPtr decoder;
  PacketPtr packet{av_packet_alloc()};
};

KeyframeDecoder::KeyframeDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeyframeDecoder::KeyframeDecoder(KeyframeDecoder&&) noexcept = default;
KeyframeDecoder::~KeyframeDecoder() = default;

Result<KeyframeDecoder> KeyframeDecoder::open(const Track& track) {
  auto state = std::make_unique<State>();
  LT_TRY(state->decoder, open_decoder(track));
  return KeyframeDecoder(std::move(state));
}

Result<Picture> KeyframeDecoder::decode(std::span<const std::byte> sample) {
  AVCodecContext& decoder = *state_->decoder;
  avcodec_flush_buffers(&decoder);
  AVPacket& packet = *state_->packet;
  int result = av_new_packet(&packet, static_cast<int>(sample.size()));
  if (result < 0) return codec_error(result, "decoding a keyframe");
  if (!sample.empty()) std::memcpy(packet.data, sample.data(), sample.size());
  packet.flags |= AV_PKT_FLAG_KEY;
  result = avcodec_send_packet(&decoder, &packet);
  av_packet_unref(&packet);
  if (result < 0) return codec_error(result, "decoding a keyframe");
  avcodec_send_packet(&decoder, nullptr);
  FramePtr frame{av_frame_alloc()};
  result = avcodec_receive_frame(&decoder, frame.get());
  if (result < 0)
    return codec_error(result == AVERROR_EOF ? AVERROR_INVALIDDATA : result, "decoding a keyframe");
  return Picture(frame.release());
}

}  // namespace longtake::media::ffmpeg
