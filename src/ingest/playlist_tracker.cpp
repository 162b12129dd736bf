#include "ingest/playlist_tracker.h"

#include <algorithm>

namespace longtake::ingest {

using media::hls::SourcePlaylist;
using media::hls::SourceSegment;

namespace {

/// A playlist that goes back is a stale copy of a cache, until it has done so this often in a row.
constexpr int rewinds_believed = 4;
/// RFC 8216, 6.3.3: begin at least three target durations before the end.
constexpr int targets_before_edge = 3;

std::string map_of(const SourceSegment& segment) {
  if (!segment.map_uri) return {};
  const auto range = segment.map_range.value_or(media::hls::ByteRange{});
  return fmt::format("{}@{}+{}", *segment.map_uri, range.offset, range.size);
}

Status check(const SourcePlaylist& playlist) {
  if (playlist.master)
    return make_error(Code::invalid, "the playlist names a master playlist where media is expected");
  for (const auto& segment : playlist.segments)
    if (segment.key && segment.key->method != "NONE")
      return make_error(Code::invalid, "encrypted HLS is not recorded yet: METHOD={}", segment.key->method);
  return {};
}

}  // namespace

Status PlaylistTracker::update(SourcePlaylist playlist, Instant now) {
  LT_CHECK(check(playlist));
  const bool first = !next_;
  if (first && playlist.ended)
    return make_error(Code::invalid, "the playlist has ended (EXT-X-ENDLIST): it is not a live stream");
  target_ = std::max(playlist.target_duration, Micros{500'000});
  ended_ = playlist.ended;

  std::optional<std::uint64_t> newest;
  if (!playlist.segments.empty()) newest = playlist.segments.back().sequence;
  const bool grown = newest && newest != newest_;
  if (grown || first) grown_at_ = now;
  newest_ = newest ? newest : newest_;
  reload_at_ = now + (grown || first ? target_ : target_ / 2);
  if (playlist.segments.empty()) return {};

  if (!next_) {
    start(playlist);
  } else if (rewound(playlist)) {
    renumbered_ = true;
    start(playlist);
  }
  const auto oldest = playlist.segments.front().sequence;
  if (oldest > *next_) {
    missed_ += oldest - *next_;
    next_ = oldest;
  }
  pending_.clear();
  for (auto& segment : playlist.segments)
    if (segment.sequence >= *next_) pending_.push_back(std::move(segment));
  return {};
}

void PlaylistTracker::start(const SourcePlaylist& playlist) {
  const auto& segments = playlist.segments;
  const auto resume = std::exchange(options_.resume_at, std::nullopt);
  // A gap of more than a few windows is another broadcast, not a position to go on from.
  if (resume && *resume <= segments.back().sequence + 1 &&
      segments.front().sequence <= *resume + 4 * segments.size()) {
    next_ = *resume;
    resumed_ = *resume >= segments.front().sequence;
    return;
  }
  Micros from_edge{0};
  auto segment = segments.rbegin();
  next_ = segment->sequence;
  for (; segment != segments.rend() && from_edge < targets_before_edge * target_; ++segment) {
    from_edge += segment->duration;
    next_ = segment->sequence;
  }
}

bool PlaylistTracker::rewound(const SourcePlaylist& playlist) {
  const auto after_last = playlist.segments.back().sequence + 1;
  if (after_last >= *next_) {
    rewinds_ = 0;
    return false;
  }
  const bool far = *next_ - after_last > playlist.segments.size() + 2;
  if (!far && ++rewinds_ < rewinds_believed) return false;
  rewinds_ = 0;
  return true;
}

std::optional<PlaylistTracker::Next> PlaylistTracker::next() {
  while (!pending_.empty()) {
    Next out{.segment = std::move(pending_.front())};
    pending_.pop_front();
    next_ = out.segment.sequence + 1;
    if (out.segment.gap) {
      ++missed_;
      continue;
    }
    const auto map = map_of(out.segment);
    out.missed = std::exchange(missed_, 0);
    out.fresh = given_any_ && (out.segment.discontinuity || out.missed > 0 || renumbered_ || map != map_);
    map_ = map;
    given_any_ = true;
    renumbered_ = false;
    return out;
  }
  return std::nullopt;
}

void PlaylistTracker::lost() {
  ++missed_;
}

bool PlaylistTracker::stalled(Instant now) const {
  return now - grown_at_ > std::max(options_.stall, 3 * target_);
}

}  // namespace longtake::ingest
