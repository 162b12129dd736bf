#include "media/ffmpeg/recoder.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "media/bitstream.h"
#include "media/ffmpeg/decoder.h"
#include "media/ffmpeg/errors.h"
#include "media/ffmpeg/libav.h"

namespace longtake::media::ffmpeg {
namespace {

/// Of libx264: hardly told from the source, which was coded much coarser.
constexpr const char* constant_quality = "16";
constexpr int longest_gop = 250;

Error cannot(std::string_view why) {
  return make_error(Code::conflict, "the ends cannot be encoded anew: {}; cut it with edges `copy`", why)
      .named("edges-codec");
}

/// libx264's name of the profile an avcC tells of; null: none it makes.
const char* profile_name(unsigned profile) {
  switch (profile) {
    case 66:
      return "baseline";
    case 77:
      return "main";
    case 100:
      return "high";
    case 110:
      return "high10";
    case 122:
      return "high422";
    case 244:
      return "high444";
    default:
      return nullptr;
  }
}

bool is_interlaced(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return frame.interlaced_frame != 0;
#endif
}

/// What pictures last on average, in ticks.
std::int64_t usual_duration(std::span<const CodedSample> samples, const Track& track) {
  if (samples.size() < 2) return std::max<std::int64_t>(1, track.timescale / 25);
  const auto length = samples.back().dts - samples.front().dts;
  return std::max<std::int64_t>(1, length / static_cast<std::int64_t>(samples.size() - 1));
}

}  // namespace

struct Recoder::State {
  Track track;
  ParameterSets sets;
  unsigned set_id = 0;
  const AVCodec* codec = nullptr;
  CodecPtr encoder;
  std::int64_t count = 0;
  PacketPtr packet{av_packet_alloc()};
  FramePtr frame{av_frame_alloc()};

  Status open_encoder(const AVFrame& like, std::int64_t duration);
  Status encode(AVFrame& picture, bool first, std::vector<RecodedPicture>& out);
  Status collect(AVCodecContext& decoder, const Span& shown, std::vector<RecodedPicture>& out);
};

Recoder::Recoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Recoder::Recoder(Recoder&&) noexcept = default;
Recoder& Recoder::operator=(Recoder&&) noexcept = default;
Recoder::~Recoder() = default;

Result<Recoder> Recoder::open(const Track& track) {
  if (track.codec != Codec::h264)
    return cannot(fmt::format("its pictures are {}, not h264", to_string(track.codec)));
  auto state = std::make_unique<State>();
  state->track = track;
  LT_TRY(state->sets, parse_extradata(track.codec, track.config));
  const auto id = free_set_id(state->sets);
  if (!id) return cannot("the source uses every number of parameter sets");
  state->set_id = *id;
  state->codec = avcodec_find_encoder_by_name("libx264");
  if (!state->codec) return cannot("libavcodec has no libx264 here");
  return Recoder(std::move(state));
}

Status Recoder::State::open_encoder(const AVFrame& like, std::int64_t duration) {
  encoder.reset(avcodec_alloc_context3(codec));
  if (!encoder) return codec_error(AVERROR(ENOMEM), "opening the encoder of a clip's ends");
  encoder->width = like.width;
  encoder->height = like.height;
  encoder->pix_fmt = static_cast<AVPixelFormat>(like.format);
  // Pictures are counted; their times are the container's.
  encoder->time_base = {static_cast<int>(duration), static_cast<int>(track.timescale)};
  encoder->framerate = av_inv_q(encoder->time_base);
  encoder->sample_aspect_ratio = {static_cast<int>(track.sar_num), static_cast<int>(track.sar_den)};
  encoder->color_range = like.color_range;
  encoder->color_primaries = like.color_primaries;
  encoder->color_trc = like.color_trc;
  encoder->colorspace = like.colorspace;
  encoder->chroma_sample_location = like.chroma_location;
  encoder->gop_size = longest_gop;
  encoder->max_b_frames = 0;
  encoder->refs = 2;
  encoder->thread_count = 1;
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (is_interlaced(like)) encoder->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
  Options options;
  options.set("preset", "veryfast");
  options.set("tune", "zerolatency");  // each picture gives its packet at once
  options.set("crf", constant_quality);
  options.set("forced-idr", 1);
  options.set("x264-params", fmt::format("sps-id={}", set_id).c_str());
  if (track.config.size() > 3) {
    if (const auto* profile = profile_name(std::to_integer<unsigned>(track.config[1])))
      options.set("profile", profile);
    encoder->level = std::to_integer<int>(track.config[3]);
  }
  const int result = avcodec_open2(encoder.get(), codec, options.ptr());
  if (result < 0) return cannot(fmt::format("the encoder refuses them ({})", describe(result)));
  return {};
}

Status Recoder::State::encode(AVFrame& picture, bool first, std::vector<RecodedPicture>& out) {
  const auto shown_at = picture.pts;
  picture.pts = count++;
  picture.pict_type = first ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  int result = avcodec_send_frame(encoder.get(), &picture);
  if (result >= 0) result = avcodec_receive_packet(encoder.get(), packet.get());
  if (result < 0) return codec_error(result, "encoding a picture");
  out.push_back({.bytes = annexb_to_lengths(Codec::h264,
                                            bytes_of(packet->data, static_cast<std::size_t>(packet->size))),
                 .pts = shown_at,
                 .sync = (packet->flags & AV_PKT_FLAG_KEY) != 0});
  av_packet_unref(packet.get());
  return {};
}

Status Recoder::State::collect(AVCodecContext& decoder, const Span& shown, std::vector<RecodedPicture>& out) {
  for (;;) {
    const int result = avcodec_receive_frame(&decoder, frame.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return {};
    if (result < 0) return codec_error(result, "decoding a picture");
    if (shown.stopped && shown.stopped())
      return make_error(Code::unavailable, "stopped while encoding").named("stopped");
    if (frame->pts >= shown.from && frame->pts < shown.to && (out.empty() || frame->pts > out.back().pts))
      LT_CHECK(encode(*frame, out.empty(), out));
    av_frame_unref(frame.get());
  }
}

Result<std::vector<RecodedPicture>> Recoder::recode(std::span<const CodedSample> samples, const Span& shown) {
  auto& s = *state_;
  std::vector<RecodedPicture> out;
  LT_TRY(const CodecPtr decoder, open_decoder(s.track));
  const auto needed = std::find_if(samples.rbegin(), samples.rend(),
                                   [&](const CodedSample& one) { return one.pts < shown.to; });
  const auto duration = usual_duration(samples, s.track);
  PacketPtr packet{av_packet_alloc()};
  const auto collect = [&]() -> Status {
    if (!s.encoder) {
      // The first picture tells what the encoder has to be like.
      FramePtr first{av_frame_alloc()};
      const int result = avcodec_receive_frame(decoder.get(), first.get());
      if (result < 0) return {};
      LT_CHECK(s.open_encoder(*first, duration));
      if (first->pts >= shown.from && first->pts < shown.to) LT_CHECK(s.encode(*first, true, out));
    }
    return s.collect(*decoder, shown, out);
  };
  for (const auto& sample : samples.first(static_cast<std::size_t>(samples.rend() - needed))) {
    if (av_new_packet(packet.get(), static_cast<int>(sample.bytes.size())) < 0)
      return codec_error(AVERROR(ENOMEM), "decoding a picture");
    std::memcpy(packet->data, sample.bytes.data(), sample.bytes.size());
    packet->dts = sample.dts;
    packet->pts = sample.pts;
    // A broken sample is left out; what follows may be sound.
    static_cast<void>(avcodec_send_packet(decoder.get(), packet.get()));
    av_packet_unref(packet.get());
    LT_CHECK(collect());
  }
  avcodec_send_packet(decoder.get(), nullptr);
  LT_CHECK(collect());
  if (out.empty()) return codec_error(AVERROR_INVALIDDATA, "decoding the ends of a clip");
  return out;
}

Result<Track> Recoder::merged() const {
  const auto& s = *state_;
  if (!s.encoder) return make_error(Code::internal, "nothing was encoded yet");
  LT_TRY(const auto ours,
         parse_extradata(Codec::h264, bytes_of(s.encoder->extradata,
                                               static_cast<std::size_t>(s.encoder->extradata_size))));
  auto sets = s.sets;
  for (const auto* list : {&ours.sps, &ours.pps})
    for (const auto& nal : *list)
      take_parameter_set(Codec::h264, nal, sets);
  if (sets.sps.size() != s.sets.sps.size() + ours.sps.size() ||
      sets.pps.size() != s.sets.pps.size() + ours.pps.size())
    return cannot("the encoder numbers its parameter sets as the source does");
  auto out = s.track;
  LT_TRY(out.config, make_avcc(sets));
  return out;
}

}  // namespace longtake::media::ffmpeg
