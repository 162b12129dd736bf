#pragma once
// The archive as HLS, MP4, wall fragments, pictures and sprites. Stateless views over segments plus small
// caches; thread-safe, blocking. Pictures and sprites decode: call them on the cpu lane.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "media/slices.h"

namespace longtake::playback {

/// An answer's body and what its headers need. `etag` is strong: equal tags mean equal bytes.
struct View {
  media::SliceList body;
  std::string content_type;
  std::string etag;
  bool final = false;                                        ///< can never change: cache for ever
  std::vector<std::pair<std::string, std::string>> headers;  ///< Longtake-...
};

/// `to` empty: the moving edge.
struct OpenRange {
  WallTime from;
  std::optional<WallTime> to;
};

struct Options {
  std::uint64_t still_cache_bytes = 64u << 20;
  std::uint64_t sprite_cache_bytes = 64u << 20;
  std::chrono::hours max_mp4{24};
  std::chrono::hours max_hls{24};
  std::chrono::seconds live_window{60};  ///< of a live playlist without `from`
  unsigned max_sprites = 100;
  bool operator==(const Options&) const = default;
};

class Playback {
 public:
  Playback(Options options, const archive::Archive& archive, const Clock& clock, Log& log);
  ~Playback();

  // --- HLS. `from` absent: live, a sliding window. `from` without `to`: event playlist that grows. Both:
  // closed (vod) when `to` is past, else event until then. Addresses inside are relative to the master's own
  // folder ".../hls/".
  struct HlsQuery {
    std::optional<WallTime> from, to;
    std::string passthrough;    ///< query text appended to child addresses (signed links), or empty; its own
                                ///< from and to are dropped
    std::string segment_query;  ///< query text appended, whole, to addresses of segments instead
  };
  Result<View> hls_master(ChannelId channel, const HlsQuery& query) const;
  enum class Rendition { media, iframes };
  Result<View> hls_media(ChannelId channel, const HlsQuery& query, Rendition rendition) const;
  /// Bytes of a stored segment as they lie (byte-range target of playlists); grows while the segment is open.
  Result<View> hls_segment(ChannelId channel, SegmentId segment) const;
  /// Which of its bytes the playlists of a range name: its header, and fragments. not_found: none.
  struct SegmentWindow {
    std::uint64_t header_size = 0;
    std::uint64_t from = 0, to = 0;
    bool contains(std::uint64_t first, std::uint64_t size) const {
      const auto end = first + size;
      return end <= header_size || (end <= to && (first >= from || from <= header_size));
    }
  };
  Result<SegmentWindow> hls_window(ChannelId channel, SegmentId segment, WallRange range) const;

  // --- video.mp4
  enum class Tracks { av, v, a };
  /// How a film begins and ends between keyframes: an edit list says what is shown of the copied pictures; or
  /// those pictures are encoded anew, for tools that ignore edit lists.
  enum class Edges { copy, encode };
  struct Mp4Query {
    OpenRange range;
    Tracks tracks = Tracks::av;
    bool exact = true;              ///< false: begins at the keyframe at or before `from`
    Edges edges = Edges::copy;      ///< encode: exact only; takes as long as encoding does
    std::function<bool()> stopped;  ///< of encoding; may be empty
  };
  /// Gaps are left out (joined); header Longtake-Missing lists them as "from/to" pairs separated by commas.
  /// Longtake-From and Longtake-To say what instants the first and last displayed samples cover. not_found
  /// when nothing is recorded; conflict, naming the instant, when the codec settings change within the range.
  /// Encoded edges also fail as edges.h says.
  Result<View> mp4(ChannelId channel, const Mp4Query& query) const;
  /// The same with what the headers say as values: for what is kept.
  struct Film {
    View view;
    WallRange shown;                 ///< instants of what it shows
    std::vector<WallRange> missing;  ///< of the asked range, as far as it could be recorded by now
  };
  Result<Film> film(ChannelId channel, const Mp4Query& query) const;

  // --- media.mp4 (player.md)
  struct WallQuery {
    OpenRange range;
    WallTime base;
    bool video = true;   ///< false: sound alone
    bool audio = false;  ///< never part of an answer of keyframes
    bool keyframes = false;
    unsigned every = 1;  ///< keyframes: 1, 2, 4, 8, 16
    unsigned speed = 1;  ///< 1..64, divides times
    bool init = true;
  };
  /// Headers: Longtake-Covered-To (ask next from there; may lie beyond `to` when the last fragment does),
  /// Longtake-Speed, Longtake-Init (absent when the body is empty). Content type carries codecs. Answers up
  /// to a codec change. Empty body in a gap. Which fragments an answer holds, and how answers tile: wall.h.
  Result<View> wall(ChannelId channel, const WallQuery& query) const;
  /// The same when memory holds all that it takes, for threads that must not wait; else, and for what is
  /// wrong with the query, nothing.
  std::optional<View> recall_wall(ChannelId channel, const WallQuery& query) const;

  // --- pictures
  enum class Format { jpg, png, webp };
  struct FrameQuery {
    std::optional<WallTime> at;  ///< empty: the newest keyframe
    unsigned width = 0;          ///< 0: as recorded
    Format format = Format::jpg;
  };
  /// The picture displayed at that instant: the last that begins at or before it, within its span; at the
  /// moving edge the newest one still stands for its own duration. Header Longtake-Instant: its own first
  /// instant. not_found names the gap when nothing is recorded there.
  Result<View> frame(ChannelId channel, const FrameQuery& query) const;

  struct SpriteQuery {
    WallRange range;
    Micros step;
    unsigned width = 160;
    std::string passthrough;  ///< query text appended to the address in cues (signed links), or empty
  };
  /// A sheet of keyframes, one per step (the last keyframe at or before it), row by row; missing ones black.
  Result<View> sprite(ChannelId channel, const SpriteQuery& query) const;
  /// WebVTT: cue times relative to `from`, "sprite.jpg?...#xywh=".
  Result<View> sprite_vtt(ChannelId channel, const SpriteQuery& query) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::playback
