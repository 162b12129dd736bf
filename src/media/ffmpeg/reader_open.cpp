// Reader: from an address to known tracks.

#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "media/ffmpeg/audio_lane.h"
#include "media/ffmpeg/errors.h"
#include "media/ffmpeg/reader_state.h"
#include "media/ffmpeg/video_lane.h"

namespace longtake::media::ffmpeg {

namespace {

using namespace std::chrono_literals;

/// Stream time to wait for sound that was announced, for sound that may still appear, and for a picture,
/// which begins with the next keyframe.
constexpr std::int64_t kAnnouncedWait = 2'000'000;
constexpr std::int64_t kSilentWait = 1'000'000;
constexpr std::int64_t kPictureWait = 5'000'000;
constexpr auto kNothingWait = 3s;  // for anything recordable at all

/// Where packed audio of HLS begins (RFC 8216 3.4): a private ID3 frame of eight bytes, which libav hands on
/// with unprintable ones as "\\xNN". 90 kHz; zero when there is none.
std::int64_t packed_audio_start(const AVFormatContext& context) {
  const AVDictionaryEntry* entry =
      av_dict_get(context.metadata, "id3v2_priv.com.apple.streaming.transportStreamTimestamp", nullptr, 0);
  if (!entry) return 0;
  std::uint64_t value = 0;
  std::string_view text = entry->value;
  while (!text.empty()) {
    unsigned byte = static_cast<unsigned char>(text[0]);
    std::size_t used = 1;
    if (text.size() >= 4 && text[0] == '\\' && text[1] == 'x') {
      std::from_chars(text.data() + 2, text.data() + 4, byte, 16);
      used = 4;
    }
    value = value << 8 | byte;
    text.remove_prefix(used);
  }
  return static_cast<std::int64_t>(value & 0x1FFFFFFFF);
}

Codec or_h264(std::optional<Codec> codec) {
  return codec.value_or(Codec::h264);
}

}  // namespace

Status Reader::State::open() {
  opened_at = std::chrono::steady_clock::now();
  auto opened = Input::open(options);
  if (!opened) return std::move(opened).error();
  input = std::move(opened).value();
  connected_at = std::chrono::steady_clock::now();
  facts.protocol = input->protocol();
  facts.container = input->container();
  generation = input->generation();
  select();
  Status status = open_more();
  if (!latest.video && !latest.audio) {
    if (!status.ok() && (selection.unsupported.empty() || options.stop.stop_requested())) return status;
    return nothing_to_record();
  }
  opening = false;
  if (!changed) visible = latest;
  return {};
}

/// Reads until the configuration of every track is known, or long enough. Packets read are kept.
Status Reader::State::open_more() {
  while (!settled()) {
    if (std::chrono::steady_clock::now() - opened_at > options.open_timeout + options.read_timeout) break;
    LT_TRY(const bool more, pump());
    if (!more) {
      flush();
      ended = true;
      break;
    }
  }
  return {};
}

bool Reader::State::settled() const {
  const bool video_known = latest.video.has_value(), audio_known = latest.audio.has_value();
  const std::int64_t seen = first_us && newest_us ? *newest_us - *first_us : 0;
  if (input->rtp() && video.lane && audio.lane && !(video.has_wall && audio.has_wall) && first_us) {
    if (seen < kSilentWait && std::chrono::steady_clock::now() - opened_at < options.open_timeout / 2)
      return false;
  }
  if (video_known && audio_known) return true;
  if (video.lane && !video_known) return seen > kPictureWait;
  if (audio.lane && !audio_known) return seen > kAnnouncedWait;
  if (!video.lane && !audio.lane) {
    // Nothing recordable so far. A table of programmes says all there is; without one more may come.
    const AVFormatContext& context = input->context();
    const bool more_may_come = (context.ctx_flags & AVFMTCTX_NOHEADER) != 0 && context.nb_programs == 0;
    if (!more_may_come && !selection.unsupported.empty()) return true;
    return std::chrono::steady_clock::now() - connected_at > kNothingWait;
  }
  // One kind is there and known. FLV shows its streams only as they begin; others have listed them.
  if (input->container() != "flv" || options.audio == AudioPolicy::off) return true;
  return seen > (video_known ? kSilentWait : kPictureWait);
}

Error Reader::State::nothing_to_record() const {
  const std::string url = redact_url(options.url);
  if (!selection.unsupported.empty()) {
    return make_error(Code::invalid, "{}: the stream carries {}, which Longtake does not record yet", url,
                      fmt::join(selection.unsupported, " and "))
        .named("source-no-media");
  }
  if (video.lane || audio.lane) {
    return make_error(Code::invalid, "{}: the stream never says how its {} is to be decoded", url,
                      avcodec_get_name(video.lane ? video.codec : audio.codec))
        .named("source-no-media");
  }
  return make_error(Code::invalid, "{}: the stream carries neither picture nor sound that can be recorded",
                    url)
      .named("source-no-media");
}

void Reader::State::select() {
  AVFormatContext& context = input->context();
  known_streams = context.nb_streams;
  selection = select_streams(context, options.audio);
  if (selection.video >= 0 && selection.video != video.stream) bind(video, selection.video);
  if (selection.audio >= 0 && selection.audio != audio.stream) bind(audio, selection.audio);
  facts.notes = selection.notes;
}

void Reader::State::bind(Slot& slot, int index) {
  const AVStream& stream = *input->context().streams[index];
  const AVCodecParameters& par = *stream.codecpar;
  const std::string& container = facts.container;
  const bool unstamped = container == "mp3" || container == "aac";
  slot = Slot{.kind = slot.kind, .stream = index, .codec = par.codec_id};
  slot.time_base = {stream.time_base.num, stream.time_base.den};
  slot.unwrap = Unwrapper{stream.pts_wrap_bits};
  slot.has_extradata = par.extradata_size > 0;
  const auto extradata = bytes_of(par.extradata, static_cast<std::size_t>(par.extradata_size));
  if (slot.kind == TrackKind::video) {
    AVRational sar = par.sample_aspect_ratio.num > 0 ? par.sample_aspect_ratio : stream.sample_aspect_ratio;
    slot.lane = std::make_unique<VideoLane>(VideoLane::Setup{.codec = or_h264(video_codec(par.codec_id)),
                                                             .time_base = slot.time_base,
                                                             .extradata = extradata,
                                                             .width = static_cast<std::uint32_t>(par.width),
                                                             .height = static_cast<std::uint32_t>(par.height),
                                                             .sar = sar,
                                                             .rtp = input->rtp()});
    const AVRational rate = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
    if (rate.num > 0 && rate.den > 0) facts.frame_rate = av_q2d(rate);
    return;
  }
  slot.lane = std::make_unique<AudioLane>(
      AudioLane::Setup{.codec = par.codec_id,
                       .time_base = slot.time_base,
                       .extradata = extradata,
                       .sample_rate = static_cast<std::uint32_t>(par.sample_rate),
                       .channels = static_cast<std::uint32_t>(par.ch_layout.nb_channels),
                       .framed = container != "mpegts" && !unstamped,
                       .policy = options.audio,
                       .unstamped = unstamped,
                       .start = unstamped ? packed_audio_start(input->context()) : 0});
}

}  // namespace longtake::media::ffmpeg
