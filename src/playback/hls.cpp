#include "playback/hls.h"

#include <algorithm>
#include <cmath>

#include "media/hls/playlist.h"
#include "media/ticks.h"
#include "playback/fingerprint.h"

namespace longtake::playback {
namespace {

using archive::SegmentView;
using media::TrackKind;
namespace hls = media::hls;

constexpr const char* playlist_type = "application/vnd.apple.mpegurl";
constexpr Micros min_entry = std::chrono::seconds{2};   // of a joined entry
constexpr Micros max_entry = std::chrono::seconds{30};  // however long the GOP is

/// A player that followed the range while it grew has read its end by then, and will not see entries joined.
constexpr Micros joined_after = std::chrono::minutes{10};

/// What a query means now.
struct Scope {
  WallRange range;
  hls::MediaPlaylist::Type type = hls::MediaPlaylist::Type::live;
  bool ended = false;
  bool join_entries = false;
};

Result<Scope> scope_of(const MovingEdge& edge, WallTime now, const HlsLimits& limits,
                       const Playback::HlsQuery& query) {
  using Type = hls::MediaPlaylist::Type;
  if (!edge.newest) return make_error(Code::not_found, "nothing is recorded yet");
  if (!query.from) {
    if (query.to) return make_error(Code::invalid, "to needs a from");
    return Scope{.range = {*edge.newest - limits.live_window, *edge.newest}, .type = Type::live};
  }
  if (query.to && *query.to <= *query.from) return make_error(Code::invalid, "to must be after from");
  const bool ended = query.to && *query.to <= edge.settled;
  Scope scope{
      .range = {*query.from, ended ? *query.to : std::min(query.to.value_or(*edge.newest), *edge.newest)},
      .type = ended ? Type::vod : Type::event,
      .ended = ended,
      .join_entries = ended && *query.to <= now - joined_after};
  if (scope.range.length() > limits.max_length)
    return make_error(Code::invalid, "the range is longer than {} hours, the limit of a playlist",
                      std::chrono::duration_cast<std::chrono::hours>(limits.max_length).count());
  return scope;
}

/// A stretch of fragments of one segment that one entry names.
struct Part {
  const SegmentView* segment = nullptr;
  const SegmentView* map = nullptr;  ///< whose header a player needs before it
  std::size_t first = 0, last = 0;   ///< fragments [first, last)
  Micros duration{0};
  WallTime wall;
  bool discontinuity = false;

  std::uint64_t offset() const { return segment->index[first].offset(); }
  std::uint64_t size() const {
    const auto end = segment->index[last - 1];
    return end.offset() + end.size() - offset();
  }
};

Micros length_of(const SegmentView& segment, std::size_t i) {
  const auto view = segment.index[i];
  auto kind = shown_kind(*segment.tracks);
  if (view.track(kind).count == 0 && kind == TrackKind::video && segment.tracks->audio)
    kind = TrackKind::audio;
  const auto track = view.track(kind);
  const auto timescale = segment.tracks->of(kind)->timescale;
  const auto begin = media::to_media_nearest(track.dts, timescale);
  return media::to_media_nearest(track.dts + static_cast<std::int64_t>(track.duration), timescale) - begin;
}

/// May fragment `i` belong to the entry before it?
bool belongs(const Part& part, const SegmentView& segment, std::size_t i, bool join_entries) {
  if (!join_entries || part.segment != &segment || part.duration >= max_entry) return false;
  return part.duration < min_entry || !segment.index[i].sync();
}

std::vector<Part> find_parts(std::span<const Piece> pieces, const Scope& scope) {
  std::vector<Part> out;
  auto entry = find_entry(pieces, scope.range.from, TrackKind::video);
  if (!entry) return out;
  // Sequence numbers of a live playlist count fragments: it leaves none out.
  const bool counts = scope.type == hls::MediaPlaylist::Type::live;
  for (auto p = entry->piece; p < pieces.size(); ++p) {
    const auto& piece = pieces[p];
    const auto& segment = *piece.segment;
    const auto kind = shown_kind(*segment.tracks);
    auto first = counts ? 0 : first_fragment(pieces, p, kind);
    if (p == entry->piece) first = entry->fragment;
    for (auto i = first; i < segment.index.size(); ++i) {
      const auto when = shown(segment, i, kind);
      if (when.from >= scope.range.to) return out;
      if (when.from >= piece.to && i > first) break;
      const auto length = length_of(segment, i);
      if (!out.empty() && belongs(out.back(), segment, i, scope.join_entries)) {
        out.back().last = i + 1;
        out.back().duration += length;
        continue;
      }
      const bool discontinuity = i == first && !piece.joined && !out.empty();
      const bool same_run = !out.empty() && out.back().map->summary.run == segment.summary.run;
      out.push_back(
          {&segment, same_run ? out.back().map : &segment, i, i + 1, length, when.from, discontinuity});
    }
  }
  return out;
}

/// The pairs of a query but those that we write ourselves.
std::string without_range(std::string_view query) {
  std::string out;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    const auto key = pair.substr(0, pair.find('='));
    if (key != "from" && key != "to" && !pair.empty()) out += (out.empty() ? "" : "&") + std::string{pair};
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return out;
}

std::string query_text(const Playback::HlsQuery& query) {
  std::string out;
  const auto add = [&out](std::string_view text) { out += (out.empty() ? "?" : "&") + std::string{text}; };
  if (query.from) add("from=" + format_rfc3339(*query.from));
  if (query.to) add("to=" + format_rfc3339(*query.to));
  if (const auto rest = without_range(query.passthrough); !rest.empty()) add(rest);
  return out;
}

/// What follows the address of each segment.
std::string segment_suffix(const Playback::HlsQuery& query) {
  const auto text = query.segment_query.empty() ? without_range(query.passthrough) : query.segment_query;
  return text.empty() ? text : "?" + text;
}

std::string segment_uri(const SegmentView& segment, const std::string& suffix) {
  return fmt::format("segments/{}.mp4{}", segment.summary.id, suffix);
}

hls::Entry entry_of(const Part& part, const std::string& suffix) {
  hls::Entry entry;
  entry.uri = segment_uri(*part.segment, suffix);
  entry.range = {part.offset(), part.size()};
  entry.duration = part.duration;
  entry.wall = part.wall;
  entry.discontinuity = part.discontinuity;
  entry.map_uri = segment_uri(*part.map, suffix);
  entry.map_range = {0, part.map->header_size};
  return entry;
}

/// Does every entry begin with a keyframe? Not when a long GOP was cut.
bool independent(std::span<const Part> parts) {
  return std::all_of(parts.begin(), parts.end(),
                     [](const Part& part) { return part.segment->index[part.first].sync(); });
}

void add_media_entries(std::span<const Part> parts, const std::string& suffix, hls::MediaPlaylist& playlist) {
  playlist.entries.reserve(parts.size());
  playlist.independent = independent(parts);
  for (const auto& part : parts)
    playlist.entries.push_back(entry_of(part, suffix));
}

/// An entry for each keyframe; it lasts until the next. Its range ends with the keyframe: the first sample
/// behind the moof.
void add_iframe_entries(std::span<const Part> parts, const std::string& suffix,
                        hls::MediaPlaylist& playlist) {
  bool discontinuity = false;
  for (const auto& part : parts) {
    discontinuity = discontinuity || part.discontinuity;
    for (auto i = part.first; i < part.last; ++i) {
      const auto view = part.segment->index[i];
      const auto length = length_of(*part.segment, i);
      if (!view.sync() || view.keyframe_size() == 0) {
        if (!playlist.entries.empty()) playlist.entries.back().duration += length;
        continue;
      }
      auto entry = entry_of(part, suffix);
      entry.range = {view.offset(),
                     view.track(TrackKind::video).offset + view.keyframe_size() - view.offset()};
      entry.duration = length;
      entry.wall = wall_of(*part.segment, keyframe_pts(view), part.segment->tracks->video->timescale);
      entry.discontinuity = discontinuity && !playlist.entries.empty();
      discontinuity = false;
      playlist.entries.push_back(std::move(entry));
    }
  }
}

View text_view(std::string text, bool final) {
  View view;
  view.content_type = playlist_type;
  view.etag = Fingerprint{"hls"}.add(std::string_view{text}).etag();
  view.final = final;
  const auto bytes = std::as_bytes(std::span{text.data(), text.size()});
  view.body.append(media::Bytes{bytes.begin(), bytes.end()});
  return view;
}

struct Found {
  std::vector<Piece> pieces;  // keeps the segments that parts point to
  std::vector<Part> parts;
  Scope scope;
};

Result<Found> find(const Footage& footage, const HlsLimits& limits, ChannelId channel,
                   const Playback::HlsQuery& query) {
  Found found;
  LT_TRY(found.scope, scope_of(footage.edge(channel), footage.now(), limits, query));
  if (!found.scope.range.empty()) {
    LT_TRY(found.pieces, footage.pieces(channel, found.scope.range));
    found.parts = find_parts(found.pieces, found.scope);
  }
  if (found.parts.empty()) return footage.nothing_in(channel, found.scope.range);
  return found;
}

/// Peak and average of what entries cost; the peak is over an entry, as RFC 8216 4.4.6.2 wants it.
struct Bandwidth {
  double peak = 0;
  double bytes = 0, seconds = 0;

  void add(double entry_bytes, Micros duration) {
    const auto s = std::chrono::duration<double>(duration).count();
    if (s <= 0) return;
    peak = std::max(peak, entry_bytes * 8 / s);
    bytes += entry_bytes;
    seconds += s;
  }
  std::uint64_t peak_bits() const { return static_cast<std::uint64_t>(std::ceil(peak)); }
  std::uint64_t average_bits() const {
    return seconds > 0 ? static_cast<std::uint64_t>(std::ceil(bytes * 8 / seconds)) : 0;
  }
};

/// Every codec that occurs, each once.
std::string codecs_of(std::span<const Part> parts, bool audio) {
  std::vector<std::string> names;
  const media::Tracks* last = nullptr;
  const auto add = [&names](const std::optional<media::Track>& track) {
    if (!track) return;
    auto name = track->rfc6381();
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  };
  for (const auto& part : parts) {
    if (part.segment->tracks.get() == last) continue;
    last = part.segment->tracks.get();
    add(last->video);
    if (audio) add(last->audio);
  }
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : ",") + name;
  return out;
}

/// Shown size: pixels made square.
void set_resolution(const media::Track& video, hls::Variant& variant) {
  variant.height = video.height;
  variant.width =
      video.sar_num > 0 && video.sar_den > 0
          ? static_cast<std::uint32_t>(media::rescale_nearest(video.width, video.sar_num, video.sar_den))
          : video.width;
}

double frame_rate_of(std::span<const Part> parts) {
  std::uint64_t pictures = 0;
  double seconds = 0;
  const auto tail = parts.subspan(parts.size() - std::min<std::size_t>(parts.size(), 30));
  for (const auto& part : tail)
    for (auto i = part.first; i < part.last; ++i) {
      const auto track = part.segment->index[i].track(TrackKind::video);
      if (track.count == 0) continue;
      pictures += track.count;
      seconds += static_cast<double>(track.duration) / part.segment->tracks->video->timescale;
    }
  return seconds > 0 ? static_cast<double>(pictures) / seconds : 0;
}

hls::Variant media_variant(std::span<const Part> parts, const std::string& query) {
  hls::Variant variant;
  variant.uri = "media.m3u8" + query;
  Bandwidth bandwidth;
  for (const auto& part : parts)
    bandwidth.add(static_cast<double>(part.size()), part.duration);
  variant.bandwidth = bandwidth.peak_bits();
  variant.average_bandwidth = bandwidth.average_bits();
  variant.codecs = codecs_of(parts, true);
  if (const auto& video = parts.back().segment->tracks->video) {
    set_resolution(*video, variant);
    variant.frame_rate = frame_rate_of(parts);
  }
  return variant;
}

hls::Variant iframe_variant(std::span<const Part> parts, const std::string& query) {
  hls::Variant variant;
  variant.uri = "iframes.m3u8" + query;
  variant.iframes_only = true;
  hls::MediaPlaylist keyframes;
  add_iframe_entries(parts, {}, keyframes);
  Bandwidth bandwidth;
  for (const auto& entry : keyframes.entries)
    bandwidth.add(static_cast<double>(entry.range.size), entry.duration);
  variant.bandwidth = bandwidth.peak_bits();
  variant.average_bandwidth = bandwidth.average_bits();
  variant.codecs = codecs_of(parts, false);
  set_resolution(*parts.back().segment->tracks->video, variant);
  return variant;
}

}  // namespace

Result<View> render_hls_master(const Footage& footage, const HlsLimits& limits, ChannelId channel,
                               const Playback::HlsQuery& query) {
  LT_TRY(const auto found, find(footage, limits, channel, query), "building master playlist of channel {}",
         channel);
  hls::MasterPlaylist master;
  master.independent = independent(found.parts);
  const auto children = query_text(query);
  master.variants.push_back(media_variant(found.parts, children));
  if (found.parts.back().segment->tracks->video)
    master.variants.push_back(iframe_variant(found.parts, children));
  return text_view(hls::render(master), found.scope.ended);
}

Result<View> render_hls_media(const Footage& footage, const HlsLimits& limits, ChannelId channel,
                              const Playback::HlsQuery& query, Playback::Rendition rendition) {
  LT_TRY(const auto found, find(footage, limits, channel, query), "building playlist of channel {}", channel);
  const auto& first = found.parts.front();
  hls::MediaPlaylist playlist;
  playlist.type = found.scope.type;
  playlist.ended = found.scope.ended;
  playlist.media_sequence = first.segment->summary.first_fragment + first.first;
  playlist.discontinuity_sequence = first.segment->summary.run_number;
  playlist.iframes_only = rendition == Playback::Rendition::iframes;
  const auto suffix = segment_suffix(query);
  if (playlist.iframes_only)
    add_iframe_entries(found.parts, suffix, playlist);
  else
    add_media_entries(found.parts, suffix, playlist);
  if (playlist.entries.empty()) return make_error(Code::not_found, "the channel has no picture there");
  return text_view(hls::render(playlist), found.scope.ended);
}

Result<View> render_hls_segment(const Footage& footage, ChannelId channel, SegmentId id) {
  LT_TRY(const auto segment, footage.segment(channel, id), "opening segment {} of channel {}", id, channel);
  std::uint64_t size = segment->header_size;
  if (!segment->index.empty()) {
    const auto last = segment->index[segment->index.size() - 1];
    size = last.offset() + last.size();
  }
  View view;
  view.body = segment->slices(0, size);
  view.content_type = segment->tracks->video ? "video/mp4" : "audio/mp4";
  view.etag = Fingerprint{"segment"}.add(id.value).add(size).etag();
  view.final = segment->summary.sealed;
  return view;
}

Result<Playback::SegmentWindow> find_hls_window(const Footage& footage, ChannelId channel, SegmentId id,
                                                WallRange range) {
  LT_TRY(const auto segment, footage.segment(channel, id), "opening segment {} of channel {}", id, channel);
  // What the range shows outside the segment names none of its bytes, except that decoding the first picture
  // may need the end of the segment before.
  const auto& whole = segment->summary.range;
  WallRange near{std::max(range.from, whole.from), std::min(range.to, whole.to)};
  if (near.empty()) near = {range.from, std::min(range.to, range.from + Micros{1})};
  Playback::SegmentWindow window{.header_size = segment->header_size};
  LT_TRY(const auto pieces, footage.pieces(channel, near));
  for (const auto& part : find_parts(pieces, {.range = near})) {
    if (part.segment->summary.id != id) continue;
    if (window.to == 0) window.from = part.offset();
    window.to = part.offset() + part.size();
  }
  if (window.to == 0) return footage.nothing_in(channel, range);
  return window;
}

}  // namespace longtake::playback
