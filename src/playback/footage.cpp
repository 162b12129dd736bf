#include "playback/footage.h"

#include <algorithm>

#include "media/ticks.h"

namespace longtake::playback {
namespace {

using archive::SegmentView;
using media::TrackKind;

/// A cut loses nothing; rounding and odd sources may.
constexpr Micros hole_tolerance = std::chrono::milliseconds{500};

/// A stopped channel may come back with pictures from before now (a source with its own clock lags).
constexpr Micros source_lag = std::chrono::seconds{60};

/// Time on the run's own timeline between two neighbours: exact, whatever the anchors say.
Micros media_hole(const archive::SegmentSummary& before, const archive::SegmentSummary& after) {
  return after.anchor.to_media(after.range.from) - before.anchor.to_media(before.range.to);
}

bool continues(const Piece& before, const Piece& after) {
  const auto& a = before.segment->summary;
  const auto& b = after.segment->summary;
  if (a.run != b.run || b.sequence != a.sequence + 1) return false;
  const auto hole = media_hole(a, b);
  return hole < hole_tolerance && hole > -hole_tolerance;
}

std::string describe(const archive::Gap& gap) {
  auto text = fmt::format("{} to {}: {}", format_rfc3339(gap.from), format_rfc3339(gap.to),
                          archive::to_string(gap.cause));
  if (!gap.detail.empty()) text += fmt::format(" ({})", gap.detail);
  return text;
}

}  // namespace

TrackKind shown_kind(const media::Tracks& tracks) {
  return tracks.video ? TrackKind::video : TrackKind::audio;
}

WallTime wall_of(const SegmentView& segment, std::int64_t ticks, std::uint32_t timescale) {
  return segment.summary.anchor.to_wall(media::to_media_nearest(ticks, timescale));
}

WallRange shown(const SegmentView& segment, std::size_t fragment, TrackKind kind) {
  const auto view = segment.index[fragment];
  auto track = view.track(kind);
  if (track.count == 0) {
    kind = kind == TrackKind::video ? TrackKind::audio : TrackKind::video;
    track = view.track(kind);
  }
  const auto timescale = segment.tracks->of(kind) ? segment.tracks->of(kind)->timescale : 90000;
  return {wall_of(segment, track.min_pts, timescale), wall_of(segment, track.end_pts, timescale)};
}

std::int64_t keyframe_pts(const media::FragmentView& fragment) {
  const auto track = fragment.track(TrackKind::video);
  return track.count == 0 ? track.dts : track.dts + fragment.cts(TrackKind::video).at(0);
}

std::size_t covering(const SegmentView& segment, MediaTime t, TrackKind kind) {
  std::size_t first = 0, last = segment.index.size();
  while (last - first > 1) {
    const auto middle = first + (last - first) / 2;
    const auto view = segment.index[middle];
    auto of = kind;
    auto track = view.track(of);
    if (track.count == 0) {
      of = kind == TrackKind::video ? TrackKind::audio : TrackKind::video;
      track = view.track(of);
    }
    const auto timescale = segment.tracks->of(of) ? segment.tracks->of(of)->timescale : 90000;
    if (media::to_media_nearest(std::min(track.dts, track.min_pts), timescale) <= t)
      first = middle;
    else
      last = middle;
  }
  return first;
}

std::vector<Piece> join_pieces(std::vector<archive::SharedSegment> segments) {
  std::erase_if(segments, [](const auto& s) { return s->index.empty() || s->summary.range.empty(); });
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) {
    return std::pair{a->summary.range.from, a->summary.sequence} <
           std::pair{b->summary.range.from, b->summary.sequence};
  });
  std::vector<Piece> out;
  out.reserve(segments.size());
  for (auto& segment : segments) {
    Piece piece;
    piece.segment = std::move(segment);
    piece.from = piece.segment->summary.range.from;
    piece.to = piece.segment->summary.range.to;
    if (!out.empty() && continues(out.back(), piece)) {
      out.back().to = piece.from;
      piece.joined = true;
    } else if (!out.empty() && out.back().to > piece.from) {
      if (piece.to <= out.back().to) continue;  // two runs, one clock that was set back: the longer one stays
      out.back().to = piece.from;
    }
    out.push_back(std::move(piece));
  }
  // Two that begin together: the later one of them is shown.
  std::erase_if(out, [](const Piece& p) { return p.to <= p.from; });
  return out;
}

std::optional<std::size_t> find_piece(std::span<const Piece> pieces, WallTime at) {
  const auto after =
      std::partition_point(pieces.begin(), pieces.end(), [at](const Piece& p) { return p.from <= at; });
  if (after == pieces.begin() || at >= std::prev(after)->to) return std::nullopt;
  return static_cast<std::size_t>(std::prev(after) - pieces.begin());
}

std::optional<Cursor> find_entry(std::span<const Piece> pieces, WallTime at, TrackKind kind) {
  const auto found = find_piece(pieces, at);
  if (!found) {
    const auto after =
        std::partition_point(pieces.begin(), pieces.end(), [at](const Piece& p) { return p.from <= at; });
    if (after == pieces.end()) return std::nullopt;
    return Cursor{static_cast<std::size_t>(after - pieces.begin()), 0};
  }
  Cursor here{*found, 0};
  const auto* segment = pieces[here.piece].segment.get();
  const auto t = segment->summary.anchor.to_media(at);
  here.fragment = covering(*segment, t, kind);
  const auto usable = [&](const media::FragmentView& fragment) {
    if (!fragment.sync()) return false;
    if (kind == TrackKind::audio || fragment.track(TrackKind::video).count == 0) return true;
    return media::to_media_nearest(keyframe_pts(fragment), segment->tracks->video->timescale) <= t;
  };
  while (here.fragment > 0 && !usable(segment->index[here.fragment]))
    --here.fragment;
  if (usable(segment->index[here.fragment]) || !pieces[here.piece].joined || here.piece == 0) return here;
  const auto& before = *pieces[here.piece - 1].segment;
  Cursor back{here.piece - 1, before.index.size() - 1};
  while (back.fragment > 0 && !before.index[back.fragment].sync())
    --back.fragment;
  return back;
}

std::size_t first_fragment(std::span<const Piece> pieces, std::size_t piece, TrackKind kind) {
  if (pieces[piece].joined) return 0;
  const auto entry = find_entry(pieces, pieces[piece].from, kind);
  return entry && entry->piece == piece ? entry->fragment : 0;
}

MovingEdge Footage::edge(ChannelId channel) const {
  MovingEdge edge;
  edge.live = archive_.is_live(channel);
  edge.oldest = archive_.oldest(channel);
  edge.newest = archive_.newest(channel);
  const auto resting = clock_.now() - source_lag;
  if (edge.live)
    edge.settled = edge.newest.value_or(resting);
  else
    edge.settled = edge.newest ? std::max(*edge.newest, resting) : resting;
  return edge;
}

Result<std::vector<Piece>> Footage::pieces(ChannelId channel, WallRange range) const {
  const WallRange reach{range.from - joint_reach, range.to + joint_reach};
  if (reach_ == Reach::memory) {
    auto recalled = archive_.recall_segments(channel, reach);
    if (!recalled) return make_error(Code::unavailable, "the segments are not in memory");
    return join_pieces(*std::move(recalled));
  }
  LT_TRY(auto segments, archive_.segments(channel, reach), "finding segments of channel {}", channel);
  return join_pieces(std::move(segments));
}

Error Footage::nothing_at(ChannelId channel, WallTime at) const {
  return nothing_in(channel, {at, at + Micros{1}});
}

Error Footage::nothing_in(ChannelId channel, WallRange range) const {
  const bool instant = range.length() <= Micros{1};
  const auto when = instant ? format_rfc3339(range.from)
                            : fmt::format("{} to {}", format_rfc3339(range.from), format_rfc3339(range.to));
  const auto newest = archive_.newest(channel);
  if (!newest) return make_error(Code::not_found, "nothing is recorded yet");
  if (range.from >= *newest)
    return make_error(Code::not_found, "nothing is recorded at {}: the newest picture ends at {}", when,
                      format_rfc3339(*newest));
  if (const auto oldest = archive_.oldest(channel); oldest && range.to <= *oldest)
    return make_error(Code::not_found, "nothing is recorded at {}: the oldest picture is of {}", when,
                      format_rfc3339(*oldest));
  // The whole gap, not the part of it inside the asked range: its ends are what a person wants to know.
  const auto timeline =
      archive_.timeline(channel, {range.from - std::chrono::hours{24}, range.to + std::chrono::hours{24}});
  if (timeline.ok())
    for (const auto& gap : timeline->gaps)
      if (gap.from <= range.from && range.from < gap.to)
        return make_error(Code::not_found, "nothing is recorded at {}: gap from {}", when, describe(gap));
  return make_error(Code::not_found, "nothing is recorded at {}", when);
}

}  // namespace longtake::playback
