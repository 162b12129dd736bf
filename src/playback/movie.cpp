#include "playback/movie.h"

#include <algorithm>

#include "media/mp4/movie.h"
#include "media/ticks.h"
#include "playback/edges.h"
#include "playback/fingerprint.h"

namespace longtake::playback {
namespace {

using media::TrackKind;
using Edges = Playback::Edges;
using Tracks = Playback::Tracks;

/// Gaps that Longtake-Missing lists; a header has to stay a header.
constexpr std::size_t max_listed_gaps = 64;

/// Sound may lie this many fragments away from the pictures it belongs to.
constexpr std::size_t sound_reach = 2;

bool wants_video(Tracks tracks) {
  return tracks != Tracks::a;
}
bool wants_audio(Tracks tracks) {
  return tracks != Tracks::v;
}

media::Tracks kept(const media::Tracks& tracks, Tracks wanted) {
  media::Tracks out;
  if (wants_video(wanted)) out.video = tracks.video;
  if (wants_audio(wanted)) out.audio = tracks.audio;
  return out;
}

/// The fragments of a piece that go into the movie.
struct Stretch {
  const Piece* piece = nullptr;
  std::size_t first = 0, last = 0;  ///< fragments [first, last)
  std::int64_t timeline = 0;        ///< equal: they continue each other
};

/// What a query selects.
struct Selection {
  std::vector<Stretch> stretches;
  TrackKind kind = TrackKind::video;  ///< the track that decides what is shown when
  WallRange covered;                  ///< first displayed instant, end of the last
  MediaTime from, to;                 ///< the same, on the timelines of the first and last stretch
};

/// Fragments of `piece` that begin before `to`.
std::size_t end_before(const Piece& piece, std::size_t first, WallTime to, TrackKind kind) {
  const auto limit = std::min(to, piece.to);
  auto last = first;
  while (last < piece.segment->index.size() && shown(*piece.segment, last, kind).from < limit)
    ++last;
  return std::max(last, std::min(first + 1, piece.segment->index.size()));
}

/// Widens the ends to the fragments that hold the sound of what is shown.
void reach_for_sound(const Selection& selection, Stretch& first, Stretch& last) {
  const auto& head = *first.piece->segment;
  for (std::size_t i = 0; i < sound_reach && first.first > 0; ++i) {
    if (shown(head, first.first - 1, TrackKind::audio).to <= selection.covered.from) break;
    --first.first;
  }
  const auto& tail = *last.piece->segment;
  for (std::size_t i = 0; i < sound_reach && last.last < tail.index.size(); ++i) {
    if (shown(tail, last.last, TrackKind::audio).from >= selection.covered.to) break;
    ++last.last;
  }
}

Result<Selection> select(std::span<const Piece> pieces, WallRange range, const Playback::Mp4Query& query) {
  Selection out;
  const auto& tracks = *pieces.front().segment->tracks;
  if (!wants_video(query.tracks) || !tracks.video) out.kind = TrackKind::audio;
  const auto entry = find_entry(pieces, range.from, out.kind);
  if (!entry) return out;
  for (auto p = entry->piece; p < pieces.size() && pieces[p].from < range.to; ++p) {
    const auto first = p == entry->piece ? entry->fragment : first_fragment(pieces, p, out.kind);
    const auto last = end_before(pieces[p], first, range.to, out.kind);
    const bool joined = pieces[p].joined && !out.stretches.empty();
    const auto timeline = out.stretches.empty() ? 0 : out.stretches.back().timeline + (joined ? 0 : 1);
    out.stretches.push_back({&pieces[p], first, last, timeline});
  }
  if (out.stretches.empty()) return out;

  const auto shown_piece = find_piece(pieces, range.from).value_or(entry->piece);
  const auto& begin = pieces[shown_piece];
  const auto& end = *out.stretches.back().piece;
  out.covered = {std::max(range.from, begin.from), std::min(range.to, end.to)};
  if (!query.exact && out.kind == TrackKind::video) {
    // Leading pictures of an open GOP cannot be decoded from their own keyframe on.
    const auto& opening = *pieces[entry->piece].segment;
    out.covered.from =
        wall_of(opening, keyframe_pts(opening.index[entry->fragment]), opening.tracks->video->timescale);
    out.from = opening.summary.anchor.to_media(out.covered.from);
  } else {
    out.from = begin.segment->summary.anchor.to_media(out.covered.from);
  }
  out.to = end.segment->summary.anchor.to_media(out.covered.to);
  if (wants_audio(query.tracks) && out.kind == TrackKind::video && tracks.audio)
    reach_for_sound(out, out.stretches.front(), out.stretches.back());
  return out;
}

/// A track that is there all along must keep its codec settings; one that comes or goes is no change.
Status check_codecs(const Selection& selection, Tracks wanted) {
  media::Tracks first;
  for (const auto& stretch : selection.stretches) {
    const auto here = kept(*stretch.piece->segment->tracks, wanted);
    for (const auto kind : {TrackKind::video, TrackKind::audio}) {
      auto& known = kind == TrackKind::video ? first.video : first.audio;
      const auto& track = here.of(kind);
      if (!known) known = track;
      if (!track || *track == *known) continue;
      return make_error(Code::conflict,
                        "the codec settings change at {}, from {} to {}; ask for the two parts alone",
                        format_rfc3339(stretch.piece->from), known->rfc6381(), track->rfc6381())
          .named("codec-change");
    }
  }
  return {};
}

/// Spans of the range that nothing covers.
std::vector<WallRange> find_missing(const Selection& selection, WallRange range) {
  std::vector<WallRange> out;
  auto covered_to = range.from;
  for (const auto& stretch : selection.stretches) {
    if (stretch.piece->from > covered_to) out.push_back({covered_to, stretch.piece->from});
    covered_to = std::max(covered_to, stretch.piece->to);
  }
  if (covered_to < range.to) out.push_back({covered_to, range.to});
  return out;
}

std::string list_of(std::span<const WallRange> missing) {
  std::string out;
  for (const auto& gap : missing.first(std::min(missing.size(), max_listed_gaps)))
    out += fmt::format("{}{}/{}", out.empty() ? "" : ",", format_rfc3339(gap.from), format_rfc3339(gap.to));
  return out;
}

Result<media::SliceList> lay_out(const Selection& selection, const Playback::Mp4Query& query) {
  std::vector<media::mp4::MovieStretch> movie;
  movie.reserve(selection.stretches.size());
  for (const auto& stretch : selection.stretches) {
    const auto* segment = stretch.piece->segment.get();
    movie.push_back({.tracks = segment->tracks.get(),
                     .index = &segment->index,
                     .first = stretch.first,
                     .last = stretch.last,
                     .run = stretch.timeline,
                     .slices = [segment](std::uint64_t offset, std::uint64_t size) {
                       return segment->slices(offset, size);
                     }});
  }
  const media::mp4::MovieOptions options{.video = wants_video(query.tracks),
                                         .audio = wants_audio(query.tracks),
                                         .from = selection.from,
                                         .to = selection.to,
                                         .edit_list = query.edges == Edges::copy};
  if (query.edges == Edges::copy || !options.video) return media::mp4::layout_movie(movie, options);
  LT_TRY(const auto edged,
         encode_edges(movie, {.from = selection.from, .to = selection.to, .stopped = query.stopped}));
  return media::mp4::layout_movie(edged.stretches, options);
}

std::string tag_of(const Selection& selection, const Playback::Mp4Query& query) {
  Fingerprint tag{"movie 1"};
  tag.add(static_cast<int>(query.tracks)).add(query.exact).add(static_cast<int>(query.edges));
  tag.add(selection.covered.from).add(selection.covered.to);
  for (const auto& stretch : selection.stretches)
    tag.add(stretch.piece->segment->summary.id.value).add(stretch.first).add(stretch.last);
  return tag.etag();
}

bool all_sealed(const Selection& selection) {
  return std::all_of(selection.stretches.begin(), selection.stretches.end(),
                     [](const Stretch& s) { return s.piece->segment->summary.sealed; });
}

}  // namespace

Result<Playback::Film> render_movie(const Footage& footage, Micros max_length, ChannelId channel,
                                    const Playback::Mp4Query& query) {
  const auto edge = footage.edge(channel);
  if (!edge.newest) return make_error(Code::not_found, "nothing is recorded yet");
  if (query.range.to && *query.range.to <= query.range.from)
    return make_error(Code::invalid, "to must be after from");
  // What is not recorded yet is not missing: the answer ends at the moving edge.
  const auto known = std::max(*edge.newest, edge.settled);
  const WallRange range{query.range.from, std::min(query.range.to.value_or(*edge.newest), known)};
  if (range.empty()) return footage.nothing_at(channel, range.from);
  if (range.length() > max_length)
    return make_error(Code::invalid, "the range is longer than {} hours, the limit of one file",
                      std::chrono::duration_cast<std::chrono::hours>(max_length).count());
  LT_TRY(const auto pieces, footage.pieces(channel, range), "laying out a film of channel {}", channel);
  if (pieces.empty()) return footage.nothing_in(channel, range);
  LT_TRY(const auto selection, select(pieces, range, query));
  if (selection.stretches.empty()) return footage.nothing_in(channel, range);
  LT_CHECK(check_codecs(selection, query.tracks));
  const auto tracks = kept(*selection.stretches.front().piece->segment->tracks, query.tracks);
  if (!tracks.video && !tracks.audio)
    return make_error(Code::not_found, "the channel has no {} there",
                      query.tracks == Tracks::v ? "picture" : "sound");

  Playback::Film film{.shown = selection.covered, .missing = find_missing(selection, range)};
  auto& view = film.view;
  LT_TRY(view.body, lay_out(selection, query), "laying out a film of channel {}", channel);
  view.content_type = tracks.video ? "video/mp4" : "audio/mp4";
  view.etag = tag_of(selection, query);
  view.final = query.range.to && *query.range.to <= edge.settled && all_sealed(selection);
  view.headers.emplace_back("Longtake-From", format_rfc3339(selection.covered.from));
  view.headers.emplace_back("Longtake-To", format_rfc3339(selection.covered.to));
  if (!film.missing.empty()) view.headers.emplace_back("Longtake-Missing", list_of(film.missing));
  return film;
}

}  // namespace longtake::playback
