#pragma once
// Puts sound and picture that play together next to each other, however far apart the source sends them
// (broadcast TS: a second). Pure. Order within a track is never changed.

#include <deque>
#include <optional>

#include "media/packet.h"
#include "media/track.h"

namespace longtake::ingest {

/// A packet with its times on the source's timeline.
struct TimedPacket {
  media::Packet packet;
  MediaTime dts;
  MediaTime pts;
};

class Interleaver {
 public:
  struct Options {
    /// A track that is this far behind, in time stamps or in arrival, is not waited for.
    Micros patience{1'500'000};
    /// Full-queue rule: beyond this many packets the oldest is released.
    std::size_t limit = 2048;
  };
  explicit Interleaver(const media::Tracks& tracks) : Interleaver(tracks, Options{}) {}
  Interleaver(const media::Tracks& tracks, Options options);

  void push(media::Packet packet);
  /// The next packet in playing order, once it is certain (or patience is over).
  std::optional<TimedPacket> pop();
  /// As pop, without waiting for the other track: the stream is over.
  std::optional<TimedPacket> drain();

 private:
  struct Queued {
    TimedPacket timed;
    MediaTime plays;  ///< what is compared across tracks
  };
  using Queue = std::deque<Queued>;
  static std::optional<TimedPacket> take(Queue& queue);
  bool overdue(const Queue& queue) const;

  Options options_;
  std::uint32_t video_timescale_ = 0, audio_timescale_ = 0;
  Queue video_, audio_;
  /// Display delay of the first keyframe: decoding order runs ahead of sound by this much.
  std::optional<Micros> video_delay_;
};

}  // namespace longtake::ingest
