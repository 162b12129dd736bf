#pragma once
// Which streams of a source are recorded. Private to this folder.

#include <string>
#include <vector>

#include "media/ffmpeg/libav.h"
#include "media/ffmpeg/reader.h"

namespace longtake::media::ffmpeg {

struct Selection {
  int video = -1, audio = -1;            ///< stream indexes
  std::vector<std::string> notes;        ///< what was left out
  std::vector<std::string> unsupported;  ///< codecs that are not recorded
};

/// One video and one sound stream of the same programme. Others are told to libav as not wanted.
Selection select_streams(AVFormatContext& context, AudioPolicy policy);

std::optional<Codec> video_codec(AVCodecID id);

}  // namespace longtake::media::ffmpeg
