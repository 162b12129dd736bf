#pragma once
// The segments of one live HLS media playlist as streams of bytes, loaded as they appear. One stream lasts as
// long as a demuxer can read on; a discontinuity, another initialization or a lost segment ends it.

#include <deque>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "ingest/playlist_tracker.h"
#include "ingest/program_clock.h"
#include "io/http_client.h"

namespace longtake::ingest {

/// GET of a small text. Statuses that are not 200 become errors: 401 and 403 forbidden, 404 and 410
/// not_found, others unavailable.
Result<io::HttpResponse> get_text(io::HttpClient& client, const std::string& url,
                                  const std::stop_token& stop);

/// Lane: the source's thread; everything blocks.
class SegmentFeed {
 public:
  struct Options {
    std::string url;  ///< of the media playlist
    io::HttpClient::Options http;
    PlaylistTracker::Options tracker;
    const Clock* clock = nullptr;
    std::stop_token stop;
    /// Called before waiting for the playlist to grow, with nothing left to read.
    std::function<void()> caught_up;
  };
  explicit SegmentFeed(Options options);

  /// Takes the playlist that was loaded already (or loads it) and fetches the first bytes.
  Status start(std::optional<media::hls::SourcePlaylist> playlist);

  /// Bytes of the current stream; 0 when it is over. Errors: unavailable (nothing new, server gone), ...
  Result<std::size_t> read(std::span<std::byte> into);

  enum class Over { no, ended, discontinuity, lost };
  /// Why the current stream is over.
  Over over() const { return over_; }
  /// For people, of `lost`.
  const std::string& reason() const { return reason_; }
  /// After `discontinuity` and `lost`: makes the next stream readable.
  Status next_stream();

  /// "mpegts", "mov" or empty (unknown), from the first bytes of the stream. Error invalid when they are a
  /// web page.
  Result<std::string> format() const;

  ProgramClock& program_clock() { return program_clock_; }
  const PlaylistTracker& tracker() const { return tracker_; }

 private:
  Status load();
  Status take(std::string_view text);
  Result<bool> advance();
  Status fetch(PlaylistTracker::Next next);
  Status fetch_part(const std::string& reference, const std::optional<media::hls::ByteRange>& range);
  Status wait_for_playlist();

  Options options_;
  io::HttpClient client_;
  std::string base_;  ///< what addresses in the playlist are relative to
  PlaylistTracker tracker_;
  ProgramClock program_clock_;
  /// Received, not yet read: pieces are freed as they are read.
  std::deque<std::vector<std::byte>> pieces_;
  std::size_t read_from_first_ = 0;
  bool at_stream_start_ = true;
  std::optional<PlaylistTracker::Next> held_;  ///< first of the next stream
  Over over_ = Over::no;
  std::string reason_;
  int failed_loads_ = 0;
  int lost_in_a_row_ = 0;
};

}  // namespace longtake::ingest
