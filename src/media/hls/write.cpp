// Writing playlists, RFC 8216 and its second edition (rfc8216bis).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "media/hls/playlist.h"

namespace longtake::media::hls {
namespace {

constexpr int protocol_version = 7;  // EXT-X-MAP outside I-frame playlists

using Out = std::back_insert_iterator<std::string>;

/// Microseconds as decimal seconds, exactly.
void write_seconds(Out out, Micros duration) {
  const auto us = std::max<std::int64_t>(0, duration.count());
  fmt::format_to(out, "{}.{:06}", us / 1'000'000, us % 1'000'000);
}

/// Millisecond form, which every reader takes.
void write_date_time(Out out, WallTime wall) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(wall);
  const WallTime shown{std::chrono::duration_cast<Micros>(ms.time_since_epoch())};
  const auto text = format_rfc3339(shown);
  const bool whole = text.size() == 20;  // no fraction
  fmt::format_to(out, "#EXT-X-PROGRAM-DATE-TIME:{}{}Z\n", text.substr(0, text.size() - 1),
                 whole ? ".000" : "");
}

/// 4.4.3.1: every duration, rounded to the nearest whole second, is at most the target.
std::int64_t target_duration(const MediaPlaylist& p) {
  std::int64_t target = 1;
  for (const auto& e : p.entries)
    target = std::max(target, (e.duration.count() + 500'000) / 1'000'000);
  return target;
}

bool same_map(const Entry& a, const Entry& b) {
  return a.map_uri == b.map_uri && a.map_range.offset == b.map_range.offset &&
         a.map_range.size == b.map_range.size;
}

void write_map(Out out, const Entry& e) {
  fmt::format_to(out, "#EXT-X-MAP:URI=\"{}\"", e.map_uri);
  if (e.map_range.size > 0) fmt::format_to(out, ",BYTERANGE=\"{}@{}\"", e.map_range.size, e.map_range.offset);
  fmt::format_to(out, "\n");
}

void write_header(Out out, const MediaPlaylist& p) {
  fmt::format_to(out, "#EXTM3U\n#EXT-X-VERSION:{}\n#EXT-X-TARGETDURATION:{}\n", protocol_version,
                 target_duration(p));
  fmt::format_to(out, "#EXT-X-MEDIA-SEQUENCE:{}\n", p.media_sequence);
  if (p.discontinuity_sequence > 0)
    fmt::format_to(out, "#EXT-X-DISCONTINUITY-SEQUENCE:{}\n", p.discontinuity_sequence);
  if (p.type == MediaPlaylist::Type::event) fmt::format_to(out, "#EXT-X-PLAYLIST-TYPE:EVENT\n");
  if (p.type == MediaPlaylist::Type::vod) fmt::format_to(out, "#EXT-X-PLAYLIST-TYPE:VOD\n");
  if (p.iframes_only) fmt::format_to(out, "#EXT-X-I-FRAMES-ONLY\n");
  if (p.independent) fmt::format_to(out, "#EXT-X-INDEPENDENT-SEGMENTS\n");
}

std::uint64_t average_or(const Variant& v) {
  return v.average_bandwidth > 0 ? v.average_bandwidth : v.bandwidth;
}

void write_variant(Out out, const Variant& v) {
  fmt::format_to(out, "{}BANDWIDTH={},AVERAGE-BANDWIDTH={}",
                 v.iframes_only ? "#EXT-X-I-FRAME-STREAM-INF:" : "#EXT-X-STREAM-INF:", v.bandwidth,
                 average_or(v));
  if (!v.codecs.empty()) fmt::format_to(out, ",CODECS=\"{}\"", v.codecs);
  if (v.width > 0 && v.height > 0) fmt::format_to(out, ",RESOLUTION={}x{}", v.width, v.height);
  if (v.iframes_only) {
    fmt::format_to(out, ",URI=\"{}\"\n", v.uri);
    return;
  }
  if (v.frame_rate > 0) fmt::format_to(out, ",FRAME-RATE={:.3f}", v.frame_rate);
  if (!v.audio_group.empty()) fmt::format_to(out, ",AUDIO=\"{}\"", v.audio_group);
  fmt::format_to(out, "\n{}\n", v.uri);
}

}  // namespace

std::string render(const MediaPlaylist& p) {
  std::string text;
  text.reserve(512 + p.entries.size() * 96);
  const Out out{text};
  write_header(out, p);
  const Entry* before = nullptr;
  for (const auto& e : p.entries) {
    if (e.discontinuity && before != nullptr) fmt::format_to(out, "#EXT-X-DISCONTINUITY\n");
    if (!e.map_uri.empty() && (before == nullptr || !same_map(*before, e))) write_map(out, e);
    if (before == nullptr || e.discontinuity) write_date_time(out, e.wall);
    fmt::format_to(out, "#EXTINF:");
    write_seconds(out, e.duration);
    fmt::format_to(out, ",\n");
    if (e.range.size > 0) fmt::format_to(out, "#EXT-X-BYTERANGE:{}@{}\n", e.range.size, e.range.offset);
    fmt::format_to(out, "{}\n", e.uri);
    before = &e;
  }
  if (p.ended) fmt::format_to(out, "#EXT-X-ENDLIST\n");
  return text;
}

std::string render(const MasterPlaylist& p) {
  std::string text;
  const Out out{text};
  fmt::format_to(out, "#EXTM3U\n#EXT-X-VERSION:{}\n", protocol_version);
  if (p.independent) fmt::format_to(out, "#EXT-X-INDEPENDENT-SEGMENTS\n");
  for (const auto& a : p.audio) {
    fmt::format_to(out, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{}\",NAME=\"Audio\",DEFAULT=YES,AUTOSELECT=YES",
                   a.group);
    if (a.channels > 0) fmt::format_to(out, ",CHANNELS=\"{}\"", a.channels);
    fmt::format_to(out, ",URI=\"{}\"\n", a.uri);
  }
  for (const auto& v : p.variants)
    write_variant(out, v);
  return text;
}

}  // namespace longtake::media::hls
