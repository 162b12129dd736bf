#pragma once
// Where fragments and segments end. Pure: a packet goes in, a decision comes out.

#include <chrono>
#include <optional>

#include "ingest/interleaver.h"

namespace longtake::ingest {

/// What happens before a packet is added to the fragment being built.
struct Cut {
  enum class Kind {
    add,    ///< it belongs to the current fragment
    begin,  ///< the current fragment (if any) ends, this packet begins the next one
    drop    ///< nothing can be decoded from it, or its time is nowhere near the picture's
  } kind = Kind::add;
  /// Of a fragment that begins: decoding can begin here too.
  bool sync = false;
  bool operator==(const Cut&) const = default;
};

/// A fragment begins at each keyframe; inside a longer GOP at most `max_fragment` later (not sync). Nothing
/// is recorded before the first keyframe. Radio: fragments of `audio_fragment`.
class Cutter {
 public:
  struct Options {
    Micros max_fragment{4'000'000};
    Micros audio_fragment{2'000'000};
    std::uint64_t max_bytes = 16u << 20;
    /// Sound this far from the picture has a broken clock: dropped.
    Micros max_skew{10'000'000};
  };
  explicit Cutter(bool has_video) : Cutter(has_video, Options{}) {}
  Cutter(bool has_video, Options options) : options_(options), has_video_(has_video) {}

  Cut on(const TimedPacket& timed);

 private:
  Cut begin(const TimedPacket& timed, bool sync);
  Cut on_video(const TimedPacket& timed);
  Cut on_audio(const TimedPacket& timed);
  Cut add(const TimedPacket& timed);

  Options options_;
  bool has_video_;
  bool open_ = false;                    ///< a fragment is being built
  MediaTime from_;                       ///< its first packet's dts
  std::uint64_t bytes_ = 0;              ///< of its packets
  std::optional<MediaTime> last_video_;  ///< dts of the newest picture
  MediaTime newest_;                     ///< dts of the newest picture, or sound after it
};

/// The first multiple of `length` since UTC midnight (or the next midnight) that lies after `t`.
WallTime next_boundary(WallTime t, std::chrono::seconds length);

}  // namespace longtake::ingest
