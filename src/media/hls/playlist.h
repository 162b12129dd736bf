#pragma once
// Playlists of RFC 8216 (and its second edition): writing those we serve, reading those we record.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace longtake::media::hls {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// --- writing -------------------------------------------------------------------------------------------
struct Entry {
  std::string uri;
  ByteRange range;
  Micros duration;
  WallTime wall;               ///< PROGRAM-DATE-TIME, written at the first entry and after each discontinuity
  bool discontinuity = false;  ///< another run begins (or a gap was skipped)
  std::string map_uri;         ///< EXT-X-MAP, written when it differs from the entry before
  ByteRange map_range;
};
struct MediaPlaylist {
  enum class Type { live, event, vod } type = Type::live;
  bool iframes_only = false;
  bool independent = true;  ///< every entry begins with a keyframe
  std::uint64_t media_sequence = 0;
  std::uint64_t discontinuity_sequence = 0;
  bool ended = false;
  std::vector<Entry> entries;
};
std::string render(const MediaPlaylist& playlist);

struct Variant {
  std::string uri;
  std::uint64_t bandwidth = 0, average_bandwidth = 0;
  std::string codecs;
  std::uint32_t width = 0, height = 0;
  double frame_rate = 0;
  bool iframes_only = false;
  std::string audio_group;  ///< empty: sound is in the variant itself
};
struct AudioRendition {
  std::string uri;
  std::string group;
  std::uint32_t channels = 0;
};
struct MasterPlaylist {
  bool independent = true;  ///< every entry of every playlist begins with a keyframe
  std::vector<Variant> variants;
  std::vector<AudioRendition> audio;
};
std::string render(const MasterPlaylist& playlist);

// --- reading (sources we record) -----------------------------------------------------------------------
struct SourceSegment {
  std::string uri;  ///< as written, unresolved
  std::uint64_t sequence = 0;
  Micros duration{0};
  bool discontinuity = false;
  bool gap = false;
  std::optional<WallTime> program_date_time;  ///< given or carried on from the last given one
  std::optional<ByteRange> range;
  std::optional<std::string> map_uri;
  std::optional<ByteRange> map_range;
  struct Key {
    std::string method, uri, iv;
    bool operator==(const Key&) const = default;
  };
  std::optional<Key> key;
};
struct SourceVariant {
  std::string uri;
  std::uint64_t bandwidth = 0;
  std::uint32_t width = 0, height = 0;
  double frame_rate = 0;
  std::string codecs;
  std::string audio_group;
};
struct SourceRendition {
  std::string type, group, name, uri, language;
  bool is_default = false;
};
struct SourcePlaylist {
  bool master = false;
  std::vector<SourceVariant> variants;
  std::vector<SourceRendition> renditions;
  std::vector<SourceSegment> segments;
  Micros target_duration{0};
  std::uint64_t media_sequence = 0;
  bool ended = false;
};
/// Parses a playlist. `invalid` names the line and the reason; a text that is not a playlist at all (a web
/// page) is told as such.
Result<SourcePlaylist> parse(std::string_view text);

}  // namespace longtake::media::hls
