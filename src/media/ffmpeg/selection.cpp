#include "media/ffmpeg/selection.h"

#include <algorithm>

#include <fmt/format.h>

#include "media/ffmpeg/audio_lane.h"

namespace longtake::media::ffmpeg {

namespace {

bool is_media(const AVStream& stream, AVMediaType type) {
  return stream.codecpar->codec_type == type && (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
}

bool is_recorded(const AVStream& stream) {
  const AVCodecParameters& par = *stream.codecpar;
  if (is_media(stream, AVMEDIA_TYPE_VIDEO)) return video_codec(par.codec_id).has_value();
  return is_media(stream, AVMEDIA_TYPE_AUDIO) && AudioLane::knows(par.codec_id);
}

/// The programme of a multiplex that is recorded: the first with video, else the first with anything.
const AVProgram* find_programme(const AVFormatContext& context) {
  const AVProgram* fallback = nullptr;
  for (unsigned p = 0; p < context.nb_programs; ++p) {
    const AVProgram& programme = *context.programs[p];
    for (unsigned i = 0; i < programme.nb_stream_indexes; ++i) {
      const AVStream& stream = *context.streams[programme.stream_index[i]];
      if (!is_recorded(stream)) continue;
      if (is_media(stream, AVMEDIA_TYPE_VIDEO)) return &programme;
      if (!fallback) fallback = &programme;
    }
  }
  return fallback;
}

bool belongs(const AVProgram* programme, unsigned stream) {
  if (!programme) return true;
  const unsigned* begin = programme->stream_index;
  return std::find(begin, begin + programme->nb_stream_indexes, stream) !=
         begin + programme->nb_stream_indexes;
}

}  // namespace

std::optional<Codec> video_codec(AVCodecID id) {
  switch (id) {
    case AV_CODEC_ID_H264:
      return Codec::h264;
    case AV_CODEC_ID_HEVC:
      return Codec::hevc;
    case AV_CODEC_ID_AV1:
      return Codec::av1;
    default:
      return std::nullopt;
  }
}

Selection select_streams(AVFormatContext& context, AudioPolicy policy) {
  Selection chosen;
  const AVProgram* programme = find_programme(context);
  int more_video = 0, more_audio = 0;
  for (unsigned i = 0; i < context.nb_streams; ++i) {
    AVStream& stream = *context.streams[i];
    const bool video = is_media(stream, AVMEDIA_TYPE_VIDEO), audio = is_media(stream, AVMEDIA_TYPE_AUDIO);
    const AVCodecID codec = stream.codecpar->codec_id;
    int* const slot = video ? &chosen.video : &chosen.audio;
    const bool wanted =
        is_recorded(stream) && belongs(programme, i) && !(audio && policy == AudioPolicy::off);
    if (wanted && *slot < 0) {
      *slot = static_cast<int>(i);
      stream.discard = AVDISCARD_DEFAULT;
      continue;
    }
    // A codec not known yet may still turn out useful.
    if (codec != AV_CODEC_ID_NONE) stream.discard = AVDISCARD_ALL;
    if ((!video && !audio) || codec == AV_CODEC_ID_NONE) continue;
    if (!is_recorded(stream)) {
      chosen.unsupported.emplace_back(avcodec_get_name(codec));
      chosen.notes.push_back(fmt::format("{}: {} left out, it cannot be recorded", video ? "video" : "audio",
                                         avcodec_get_name(codec)));
    } else if (video || policy != AudioPolicy::off) {
      ++(video ? more_video : more_audio);
    }
  }
  const auto ignored = [&chosen](int count, std::string_view kind) {
    if (count == 1) chosen.notes.push_back(fmt::format("1 more {} stream ignored", kind));
    if (count > 1) chosen.notes.push_back(fmt::format("{} more {} streams ignored", count, kind));
  };
  ignored(more_video, "video");
  ignored(more_audio, "audio");
  return chosen;
}

}  // namespace longtake::media::ffmpeg
