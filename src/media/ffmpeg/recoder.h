#pragma once
// Pictures decoded and encoded anew so that they may stand beside the source's own in one track: the ends of
// a film that has to begin and end between keyframes without an edit list. Blocking, processor-heavy.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "media/ffmpeg/frames.h"
#include "media/track.h"

namespace longtake::media::ffmpeg {

struct RecodedPicture {
  Bytes bytes;           ///< four-byte lengths, as stored samples have
  std::int64_t pts = 0;  ///< of the picture it was made of
  bool sync = false;
};

class Recoder {
 public:
  /// conflict, named "edges-codec": not H.264, or no encoder for it in this libavcodec.
  static Result<Recoder> open(const Track& track);
  Recoder(Recoder&&) noexcept;
  Recoder& operator=(Recoder&&) noexcept;
  ~Recoder();

  /// Pictures [from, to) of what is displayed.
  struct Span {
    std::int64_t from = 0, to = 0;
    std::function<bool()> stopped;  ///< asked for each picture; may be empty
  };
  /// In the order of display, none predicted from a later one; the first can be decoded alone. `samples`
  /// begin with a keyframe, in decode order. invalid: nothing decodable; unavailable, named "stopped".
  Result<std::vector<RecodedPicture>> recode(std::span<const CodedSample> samples, const Span& shown);

  /// The source's track with parameter sets of both in its configuration: it describes the source's samples
  /// and the recoded ones. Once something was recoded.
  Result<Track> merged() const;

 private:
  struct State;
  explicit Recoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace longtake::media::ffmpeg
