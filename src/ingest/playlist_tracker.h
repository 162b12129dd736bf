#pragma once
// Which segment of a live HLS playlist comes next, when to load the playlist again, what was missed. Pure:
// playlists and instants go in.

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "media/hls/playlist.h"

namespace longtake::ingest {

class PlaylistTracker {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  struct Options {
    /// A playlist that does not grow for longer (and for three target durations) is dead.
    Micros stall{10'000'000};
    /// Go on with this segment, when the playlist still knows it (after a reconnection).
    std::optional<std::uint64_t> resume_at;
  };
  explicit PlaylistTracker(Options options) : options_(options) {}

  /// Takes a media playlist that was loaded at `now`. Error invalid when it can never be recorded: encrypted,
  /// or ended before we began.
  Status update(media::hls::SourcePlaylist playlist, Instant now);

  struct Next {
    media::hls::SourceSegment segment;
    /// It does not continue the bytes before it: another time line, another initialization, or something
    /// between was lost.
    bool fresh = false;
    std::uint64_t missed = 0;  ///< segments lost between
  };
  /// The segment to fetch now; nothing when the playlist has no more.
  std::optional<Next> next();
  /// The segment given last could not be fetched.
  void lost();

  /// The source has said that it ended, and everything was given out.
  bool ended() const { return ended_ && pending_.empty(); }
  Instant reload_at() const { return reload_at_; }
  bool stalled(Instant now) const;
  /// It went on where `resume_at` said, and nothing was lost.
  bool resumed() const { return resumed_; }
  Micros target_duration() const { return target_; }
  /// Sequence number of the segment after the last one given out.
  std::optional<std::uint64_t> position() const { return next_; }

 private:
  void start(const media::hls::SourcePlaylist& playlist);
  bool rewound(const media::hls::SourcePlaylist& playlist);

  Options options_;
  std::deque<media::hls::SourceSegment> pending_;
  std::optional<std::uint64_t> next_;
  std::uint64_t missed_ = 0;
  bool renumbered_ = false;
  bool resumed_ = false;
  int rewinds_ = 0;
  bool given_any_ = false;
  std::optional<std::string> map_;  ///< of the last segment given, with its range
  std::optional<std::uint64_t> newest_;
  Micros target_{0};
  Instant reload_at_{}, grown_at_{};
  bool ended_ = false;
};

}  // namespace longtake::ingest
