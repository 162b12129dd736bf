#include "media/ffmpeg/transcoder.h"

#include <cstring>

#include "media/ffmpeg/errors.h"

extern "C" {
#include <libswresample/swresample.h>
}

namespace longtake::media::ffmpeg {

namespace {

constexpr int kFrameSamples = 1024;

/// Rates that every browser's AAC decoder knows well; telephone rates go to 48 kHz.
int output_rate(int rate) {
  return rate == 44100 || rate == 32000 || rate == 48000 ? rate : rate % 11025 == 0 ? 44100 : 48000;
}

}  // namespace

Result<std::unique_ptr<Transcoder>> Transcoder::open(const Setup& setup) {
  const AVCodec* codec = avcodec_find_decoder(setup.codec);
  if (!codec) {
    return make_error(Code::invalid, "libavcodec here has no decoder for {}", avcodec_get_name(setup.codec));
  }
  std::unique_ptr<Transcoder> self{new Transcoder};
  self->time_base_ = setup.time_base;
  self->decoder_.reset(avcodec_alloc_context3(codec));
  AVCodecContext& decoder = *self->decoder_;
  decoder.thread_count = 1;
  decoder.sample_rate = static_cast<int>(setup.sample_rate);
  if (setup.channels > 0) av_channel_layout_default(&decoder.ch_layout, static_cast<int>(setup.channels));
  if (!setup.extradata.empty()) {
    decoder.extradata =
        static_cast<std::uint8_t*>(av_mallocz(setup.extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    std::memcpy(decoder.extradata, setup.extradata.data(), setup.extradata.size());
    decoder.extradata_size = static_cast<int>(setup.extradata.size());
  }
  if (const int result = avcodec_open2(&decoder, codec, nullptr); result < 0) {
    return codec_error(result, "opening the sound decoder");
  }
  self->input_.reset(av_packet_alloc());
  self->output_.reset(av_packet_alloc());
  self->decoded_.reset(av_frame_alloc());
  self->resampled_.reset(av_frame_alloc());
  return self;
}

Transcoder::~Transcoder() {
  swr_free(&resampler_);
  av_channel_layout_uninit(&source_layout_);
}

void Transcoder::reset() {
  avcodec_flush_buffers(decoder_.get());
  for (auto& channel : pending_)
    channel.clear();
  if (times_) times_->reset();
  expected_ = pending_pts_ = kNoStamp;
  last_dts_ = INT64_MIN;
}

Status Transcoder::open_encoder(AVFrame& frame) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
  if (!codec) return make_error(Code::internal, "libavcodec here has no AAC encoder");
  source_rate_ = frame.sample_rate;
  av_channel_layout_uninit(&source_layout_);
  av_channel_layout_copy(&source_layout_, &frame.ch_layout);
  const int channels = std::min(frame.ch_layout.nb_channels, 2);
  encoder_.reset(avcodec_alloc_context3(codec));
  AVCodecContext& encoder = *encoder_;
  encoder.sample_rate = output_rate(source_rate_);
  encoder.sample_fmt = AV_SAMPLE_FMT_FLTP;
  av_channel_layout_default(&encoder.ch_layout, channels);
  encoder.time_base = {1, encoder.sample_rate};
  encoder.bit_rate = channels == 1 ? 64000 : 128000;
  encoder.thread_count = 1;
  encoder.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  Options options;
  options.set("aac_coder", "fast");
  if (const int result = avcodec_open2(&encoder, codec, options.ptr()); result < 0) {
    encoder_.reset();
    return codec_error(result, "opening the AAC encoder");
  }
  swr_free(&resampler_);
  int result = swr_alloc_set_opts2(&resampler_, &encoder.ch_layout, encoder.sample_fmt, encoder.sample_rate,
                                   &frame.ch_layout, static_cast<AVSampleFormat>(frame.format),
                                   frame.sample_rate, 0, nullptr);
  if (result >= 0) result = swr_init(resampler_);
  if (result < 0) return codec_error(result, "setting up the resampler");
  pending_.assign(static_cast<std::size_t>(channels), {});
  const auto rate = static_cast<std::uint32_t>(encoder.sample_rate);
  times_.emplace(rate);
  expected_ = pending_pts_ = kNoStamp;
  last_dts_ = INT64_MIN;

  fresh_track_ = std::make_unique<Track>();
  fresh_track_->codec = Codec::aac;
  fresh_track_->timescale = fresh_track_->sample_rate = rate;
  fresh_track_->channels = static_cast<std::uint32_t>(channels);
  const auto config = bytes_of(encoder.extradata, static_cast<std::size_t>(encoder.extradata_size));
  fresh_track_->config.assign(config.begin(), config.end());
  return {};
}

Status Transcoder::push(std::span<const std::byte> bytes, std::int64_t pts, std::optional<WallTime> wall,
                        Frames& out) {
  if (const int result = av_new_packet(input_.get(), static_cast<int>(bytes.size())); result < 0) {
    return codec_error(result, "decoding sound");
  }
  std::memcpy(input_->data, bytes.data(), bytes.size());
  stamp_ = pts;
  wall_ = wall;
  int result = avcodec_send_packet(decoder_.get(), input_.get());
  av_packet_unref(input_.get());
  if (result < 0) return codec_error(result, "decoding sound");
  while ((result = avcodec_receive_frame(decoder_.get(), decoded_.get())) >= 0) {
    Status taken = take_decoded(out);
    av_frame_unref(decoded_.get());
    LT_CHECK(std::move(taken));
    stamp_ = kNoStamp;
  }
  if (result != AVERROR(EAGAIN) && result != AVERROR_EOF) return codec_error(result, "decoding sound");
  return {};
}

Status Transcoder::take_decoded(Frames& out) {
  AVFrame& frame = *decoded_;
  if (frame.ch_layout.nb_channels <= 0 || frame.sample_rate <= 0) return {};
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    const int channels = frame.ch_layout.nb_channels;
    av_channel_layout_uninit(&frame.ch_layout);
    av_channel_layout_default(&frame.ch_layout, channels);
  }
  if (!encoder_ || source_rate_ != frame.sample_rate ||
      av_channel_layout_compare(&source_layout_, &frame.ch_layout) != 0) {
    LT_CHECK(open_encoder(frame));
  }
  const int capacity = swr_get_out_samples(resampler_, frame.nb_samples);
  std::vector<std::vector<float>> converted(pending_.size(),
                                            std::vector<float>(static_cast<std::size_t>(capacity)));
  std::vector<std::uint8_t*> planes;
  for (auto& channel : converted)
    planes.push_back(reinterpret_cast<std::uint8_t*>(channel.data()));
  const int count = swr_convert(resampler_, planes.data(), capacity,
                                const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
  if (count < 0) return codec_error(count, "resampling sound");

  const auto rate = static_cast<std::uint32_t>(encoder_->sample_rate);
  std::optional<std::int64_t> said;
  if (stamp_ != kNoStamp) said = time_base_.to(stamp_, rate);
  const auto at = times_->place(said, static_cast<std::uint32_t>(count));
  if (!at) return {};
  if (expected_ == kNoStamp || *at != expected_) {
    for (auto& channel : pending_)
      channel.clear();  // the seam is a gap: what was half done ends there
    pending_pts_ = *at;
  }
  expected_ = *at + count;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    pending_[i].insert(pending_[i].end(), converted[i].begin(), converted[i].begin() + count);
  }
  return encode(out);
}

Status Transcoder::encode(Frames& out) {
  while (pending_.front().size() >= kFrameSamples) {
    AVFrame& frame = *resampled_;
    frame.nb_samples = kFrameSamples;
    frame.format = encoder_->sample_fmt;
    frame.sample_rate = encoder_->sample_rate;
    av_channel_layout_copy(&frame.ch_layout, &encoder_->ch_layout);
    int result = av_frame_get_buffer(&frame, 0);
    if (result < 0) return codec_error(result, "encoding sound");
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      std::memcpy(frame.extended_data[i], pending_[i].data(), kFrameSamples * sizeof(float));
      pending_[i].erase(pending_[i].begin(), pending_[i].begin() + kFrameSamples);
    }
    frame.pts = pending_pts_;
    pending_pts_ += kFrameSamples;
    result = avcodec_send_frame(encoder_.get(), &frame);
    av_frame_unref(&frame);
    if (result < 0) return codec_error(result, "encoding sound");
    while (avcodec_receive_packet(encoder_.get(), output_.get()) >= 0) {
      Frame coded;
      coded.payload = copy_payload(bytes_of(output_->data, static_cast<std::size_t>(output_->size)));
      coded.dts = coded.pts = std::max(output_->pts, last_dts_ + 1);
      coded.duration = kFrameSamples;
      coded.sync = true;
      coded.wall = wall_;
      coded.track = std::move(fresh_track_);
      last_dts_ = coded.dts;
      out.push_back(std::move(coded));
      av_packet_unref(output_.get());
    }
  }
  return {};
}

}  // namespace longtake::media::ffmpeg
