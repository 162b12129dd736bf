#pragma once
// libav's codes become Errors here and nowhere else. Private to this folder.

#include <string>
#include <string_view>

#include "base/result.h"

namespace longtake::media::ffmpeg {

/// Where a code came from.
struct Failure {
  std::string_view url;  ///< as configured; redacted here
  bool opening = false;  ///< else: while reading
};

/// One line naming the source, what failed and what to do about it.
Error to_error(int code, const Failure& failure);

/// For codecs, scalers and encoders: "decoding a picture failed: Invalid data found".
Error codec_error(int code, std::string_view doing);

/// libav's own words for a code.
std::string describe(int code);

}  // namespace longtake::media::ffmpeg
