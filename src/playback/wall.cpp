#include "playback/wall.h"

#include <algorithm>
#include <utility>

#include "media/mp4/init.h"
#include "media/mp4/views.h"
#include "media/ticks.h"
#include "playback/fingerprint.h"

namespace longtake::playback {
namespace {

using archive::SegmentView;
using media::TrackKind;

// Bounds of one answer. The page asks again from Longtake-Covered-To.
constexpr Micros max_length = std::chrono::seconds{60};   // every frame
constexpr Micros max_key_length = std::chrono::hours{2};  // keyframes
constexpr Micros max_window = std::chrono::hours{6};      // of one look into the archive
constexpr std::uint64_t max_bytes = 64u << 20;
constexpr std::size_t max_keyframes = 2000;
constexpr std::size_t max_keys_together = 64;
constexpr unsigned max_speed = 64;
constexpr unsigned max_every = 64;

/// Moves a segment's ticks to the wall clock, by one whole number of ticks so that spacing stays exact.
media::mp4::FragmentTimes times_of(const SegmentView& segment, const Playback::WallQuery& query) {
  const auto& anchor = segment.summary.anchor;
  const Micros shift = (anchor.wall - query.base) - anchor.media.time_since_epoch();
  const auto ticks = [shift](const std::optional<media::Track>& track) {
    return track ? media::to_ticks_nearest(shift, track->timescale) : 0;
  };
  return {.video_offset = ticks(segment.tracks->video),
          .audio_offset = ticks(segment.tracks->audio),
          .speed = query.speed};
}

/// The first sync fragment in its block of `every`.
bool chosen(const SegmentView& segment, std::size_t fragment, unsigned every) {
  const auto is_key = [&](std::size_t i) {
    const auto view = segment.index[i];
    return view.sync() && view.keyframe_size() > 0;
  };
  if (!is_key(fragment)) return false;
  for (auto i = fragment - fragment % every; i < fragment; ++i)
    if (is_key(i)) return false;
  return true;
}

/// One answer being put together.
class Answer {
 public:
  Answer(const Playback::WallQuery& query, WallTime from) : query_(query), covered_(from) {}

  /// False when the segment's codec settings differ from those of what is already in the answer.
  bool accepts(const SegmentView& segment) {
    if (segment.tracks.get() == tracks_.get()) return true;
    auto init = media::mp4::init_segment(*segment.tracks,
                                         {.video = query_.video, .audio = query_.audio && !query_.keyframes});
    if (tracks_ && init != init_) return false;
    tracks_ = segment.tracks;
    init_ = std::move(init);
    return true;
  }

  void append(const SegmentView& segment, media::mp4::FragmentHead head, std::size_t fragment,
              std::uint64_t duration) {
    tag_.add(segment.summary.id.value).add(fragment).add(duration);
    const auto size = head.head.size() + head.payload_size;
    body_.append(std::move(head.head));
    body_.append(segment.slices(head.payload_offset, head.payload_size));
    bytes_ += size;
    ++count_;
  }

  /// Keyframes that follow each other without a break go into one fragment: fewer boxes, fewer pieces.
  void append_key(const SegmentView& segment, const media::mp4::KeyframeSample& key, std::size_t fragment) {
    const auto duration = static_cast<std::uint64_t>(key.end - key.start);
    tag_.add(segment.summary.id.value).add(fragment).add(duration);
    if (!keys_.empty() && (keys_.back().end != key.start || keys_.size() == max_keys_together)) flush_keys();
    if (keys_.empty()) sequence_ = static_cast<std::uint32_t>(segment.summary.first_fragment + fragment + 1);
    keys_.push_back(key);
    key_bytes_.append(segment.slices(key.payload_offset, key.payload_size));
    bytes_ += key.payload_size;
    ++count_;
  }

  bool empty() const { return count_ == 0; }
  bool full() const { return bytes_ >= max_bytes || (query_.keyframes && count_ >= max_keyframes); }
  void cover(WallTime to) { covered_ = std::max(covered_, to); }
  WallTime covered() const { return covered_; }

  View finish(bool final) {
    flush_keys();
    View view;
    view.final = final;
    view.headers.emplace_back("Longtake-Covered-To", format_rfc3339(covered_));
    view.headers.emplace_back("Longtake-Speed", std::to_string(query_.speed));
    tag_.add(covered_).add(query_.base).add(query_.speed).add(query_.init);
    view.content_type = "video/mp4";
    if (!empty()) {
      tag_.add(init_);
      view.headers.emplace_back("Longtake-Init", Fingerprint{"init"}.add(init_).text().substr(0, 16));
      const auto kept = kept_tracks();
      view.content_type =
          fmt::format("{}/mp4; codecs=\"{}\"", kept.video ? "video" : "audio", kept.rfc6381());
      if (query_.init) view.body.append(std::move(init_));
      view.body.append(std::move(body_));
    }
    view.etag = tag_.etag();
    return view;
  }

 private:
  void flush_keys() {
    if (keys_.empty()) return;
    body_.append(media::mp4::keyframes_head(keys_, sequence_));
    body_.append(std::exchange(key_bytes_, {}));
    keys_.clear();
  }

  media::Tracks kept_tracks() const {
    media::Tracks kept;
    if (query_.video) kept.video = tracks_->video;
    if (query_.audio && !query_.keyframes) kept.audio = tracks_->audio;
    return kept;
  }

  const Playback::WallQuery& query_;
  std::shared_ptr<const media::Tracks> tracks_;
  media::Bytes init_;
  media::SliceList body_;
  std::vector<media::mp4::KeyframeSample> keys_;  // not yet in the body
  media::SliceList key_bytes_;                    // of them
  std::uint32_t sequence_ = 0;                    // of their fragment
  Fingerprint tag_{"wall 2"};
  std::uint64_t bytes_ = 0;
  std::size_t count_ = 0;
  WallTime covered_;
};

/// What ended a walk over fragments.
enum class Stop {
  exhausted,  ///< no more fragments
  reached,    ///< one begins at or after the end of the range
  broken_off  ///< a limit, or another codec: go on from `covered`
};

bool has_wanted(const SegmentView& segment, const Playback::WallQuery& query) {
  return (query.video && segment.tracks->video) || (query.audio && segment.tracks->audio && !query.keyframes);
}

/// Every fragment whose shown time overlaps the range, from the sync fragment that the first one needs.
class EveryFrame {
 public:
  EveryFrame(const Playback::WallQuery& query, Answer& answer) : query_(query), answer_(answer) {}

  Stop add(std::span<const Piece> pieces, WallRange range) {
    const auto kind = query_.video ? TrackKind::video : TrackKind::audio;
    const auto entry = find_entry(pieces, range.from, kind);
    if (!entry) return Stop::exhausted;
    auto first = entry->fragment;
    for (auto p = entry->piece; p < pieces.size(); ++p, first = 0) {
      const auto& piece = pieces[p];
      if (piece.from >= range.to) return Stop::reached;
      if (!has_wanted(*piece.segment, query_)) continue;
      for (auto i = first; i < piece.segment->index.size(); ++i) {
        const auto when = shown(*piece.segment, i, kind);
        if (when.from >= piece.to && i > 0) break;  // the next piece is shown from here on
        if (when.from >= range.to) return Stop::reached;
        if (!fits(piece, when, range.from)) return Stop::broken_off;
        add_one(*piece.segment, i);
        answer_.cover(std::min(when.to, std::max(piece.to, when.from)));
      }
    }
    return Stop::exhausted;
  }

 private:
  /// Progress comes first: what is shown at the begin of the range is always given.
  bool fits(const Piece& piece, WallRange when, WallTime from) {
    if (!begin_) begin_ = std::max(when.from, from);
    const bool over = answer_.full() || when.from >= *begin_ + max_length;
    if ((over && when.from > from) || !answer_.accepts(*piece.segment)) {
      answer_.cover(when.from);
      return false;
    }
    return true;
  }

  void add_one(const SegmentView& segment, std::size_t i) {
    const auto view = segment.index[i];
    // Behind a fragment that had to be left out (before `base`) nothing decodes until a keyframe.
    if (left_out_ && !view.sync()) return;
    auto head = media::mp4::refragment(view, {.video = query_.video, .audio = query_.audio},
                                       times_of(segment, query_), sequence(segment, i));
    left_out_ = !head && query_.video && view.track(TrackKind::video).count > 0;
    if (head) answer_.append(segment, std::move(*head), i, 0);
  }

  static std::uint32_t sequence(const SegmentView& segment, std::size_t i) {
    return static_cast<std::uint32_t>(segment.summary.first_fragment + i + 1);
  }

  const Playback::WallQuery& query_;
  Answer& answer_;
  std::optional<WallTime> begin_;
  bool left_out_ = false;
};

/// Chosen keyframes, each lasting until the next.
class Keyframes {
 public:
  Keyframes(const Playback::WallQuery& query, Answer& answer) : query_(query), answer_(answer) {}

  Stop add(std::span<const Piece> pieces, WallRange range) {
    timed_ = nullptr;  // those of other pieces may be gone
    auto here = first_key(pieces, range.from);
    while (here) {
      if (here->start >= range.to) return Stop::reached;
      if ((answer_.full() && here->start > range.from) || !answer_.accepts(*pieces[here->at.piece].segment)) {
        answer_.cover(here->start);
        return Stop::broken_off;
      }
      const auto next = key_from(pieces, {here->at.piece, here->at.fragment + 1});
      add_one(pieces, *here, next);
      here = next;
    }
    return Stop::exhausted;
  }

 private:
  struct Key {
    Cursor at;
    std::int64_t pts;  ///< ticks of the run
    WallTime start;
  };

  static const media::Track& video(const Piece& piece) { return *piece.segment->tracks->video; }

  /// The keyframe there, when it is chosen.
  std::optional<Key> key_at(std::span<const Piece> pieces, Cursor at) const {
    const auto& piece = pieces[at.piece];
    if (!piece.segment->tracks->video || !chosen(*piece.segment, at.fragment, query_.every)) return {};
    const auto pts = keyframe_pts(piece.segment->index[at.fragment]);
    const auto start = wall_of(*piece.segment, pts, video(piece).timescale);
    if (at.fragment > 0 && start >= piece.to) return {};
    return Key{at, pts, start};
  }

  /// The first chosen keyframe at or behind `here`.
  std::optional<Key> key_from(std::span<const Piece> pieces, Cursor here) const {
    for (; here.piece < pieces.size(); here = {here.piece + 1, 0})
      for (; here.fragment < pieces[here.piece].segment->index.size(); ++here.fragment)
        if (auto key = key_at(pieces, here)) return key;
    return std::nullopt;
  }

  /// The chosen keyframe shown at `at`, else the first one after it.
  std::optional<Key> first_key(std::span<const Piece> pieces, WallTime at) const {
    const auto here = find_piece(pieces, at);
    if (here)
      for (auto p = *here + 1; p-- > 0;) {
        const auto& segment = *pieces[p].segment;
        for (auto i = covering(segment, segment.summary.anchor.to_media(at), TrackKind::video) + 1; i-- > 0;)
          if (auto key = key_at(pieces, {p, i}); key && key->start <= at) return key;
        if (!pieces[p].joined) break;
      }
    const auto after =
        std::partition_point(pieces.begin(), pieces.end(), [at](const Piece& p) { return p.to <= at; });
    return key_from(pieces, {static_cast<std::size_t>(after - pieces.begin()), 0});
  }

  /// Where the run that `p` belongs to stops being shown.
  static std::size_t last_of_run(std::span<const Piece> pieces, std::size_t p) {
    while (p + 1 < pieces.size() && pieces[p + 1].joined)
      ++p;
    return p;
  }

  const media::mp4::FragmentTimes& times(const SegmentView& segment) {
    if (timed_ != &segment) times_ = times_of(segment, query_);
    timed_ = &segment;
    return times_;
  }

  void add_one(std::span<const Piece> pieces, const Key& here, const std::optional<Key>& next) {
    const auto& piece = pieces[here.at.piece];
    const auto run_end = last_of_run(pieces, here.at.piece);
    std::int64_t end = 0;
    if (next && next->at.piece <= run_end) {
      end = next->pts + times(*pieces[next->at.piece].segment).video_offset;
      answer_.cover(next->start);
    } else {
      end = media::to_ticks_nearest(pieces[run_end].to - query_.base, video(piece).timescale);
      answer_.cover(pieces[run_end].to);
    }
    const auto& shift = times(*piece.segment);
    const auto start = here.pts + shift.video_offset;
    if (end <= start) return;
    const auto key = media::mp4::keyframe_sample(piece.segment->index[here.at.fragment],
                                                 static_cast<std::uint64_t>(end - start), shift);
    if (key) answer_.append_key(*piece.segment, *key, here.at.fragment);
  }

  const Playback::WallQuery& query_;
  Answer& answer_;
  const SegmentView* timed_ = nullptr;  // whose times these are
  media::mp4::FragmentTimes times_;
};

Status check(const Playback::WallQuery& query) {
  if (query.range.to && *query.range.to <= query.range.from)
    return make_error(Code::invalid, "to must be after from");
  if (query.speed < 1 || query.speed > max_speed)
    return make_error(Code::invalid, "speed must be 1 to {}, not {}", max_speed, query.speed);
  if (query.every < 1 || query.every > max_every)
    return make_error(Code::invalid, "every must be 1 to {}, not {}", max_every, query.every);
  if (!query.video && !query.audio) return make_error(Code::invalid, "no tracks are asked for");
  if (!query.video && query.keyframes)
    return make_error(Code::invalid, "keyframes are of video; ask for tracks=v");
  return {};
}

/// The chosen keyframe that ends the last one of the range is in the last piece, and nothing that another
/// look would find can begin before it.
bool holds_next_key(const Piece& last, WallTime to, unsigned every) {
  const auto& segment = *last.segment;
  if (!segment.tracks->video) return false;
  for (auto i = covering(segment, segment.summary.anchor.to_media(to), TrackKind::video);
       i < segment.index.size(); ++i) {
    const auto start = wall_of(segment, keyframe_pts(segment.index[i]), segment.tracks->video->timescale);
    if (start >= std::min(last.to, to + joint_reach)) return false;
    if (start >= to && chosen(segment, i, every)) return true;
  }
  return false;
}

/// A keyframe lasts until the next one, also when that lies in the segment after the range.
Result<std::vector<Piece>> pieces_of(const Footage& footage, ChannelId channel, WallRange range,
                                     const Playback::WallQuery& query) {
  LT_TRY(auto pieces, footage.pieces(channel, range));
  if (!query.keyframes || pieces.empty() || pieces.back().to <= range.to) return pieces;
  if (holds_next_key(pieces.back(), range.to, query.every)) return pieces;
  return footage.pieces(channel, {range.from, pieces.back().to});
}

}  // namespace

Result<View> render_wall(const Footage& footage, ChannelId channel, const Playback::WallQuery& query) {
  LT_CHECK(check(query));
  const auto edge = footage.edge(channel);
  const auto from = query.range.from;
  const auto to = std::max(from, query.range.to.value_or(edge.newest.value_or(from)));
  Answer answer{query, from};
  EveryFrame every_frame{query, answer};
  Keyframes keyframes{query, answer};
  auto stop = Stop::exhausted;
  // A far `to` is looked at in windows: one that holds footage fills the answer, through a gap they grow.
  const auto horizon = edge.newest ? std::min(to, *edge.newest) : from;
  Micros window = query.keyframes ? max_key_length : max_length;
  auto reached = edge.oldest ? std::clamp(*edge.oldest, from, to) : to;
  while (reached < horizon && answer.empty() && stop != Stop::broken_off) {
    const WallRange part{reached, horizon - reached > window ? reached + window : horizon};
    LT_TRY(const auto pieces, pieces_of(footage, channel, part, query));
    stop = query.keyframes ? keyframes.add(pieces, part) : every_frame.add(pieces, part);
    reached = part.to;
    window = std::min<Micros>(window * 2, max_window);
  }
  if (reached >= horizon) reached = to;
  // Beyond the settled past more may come: the next request must begin where this one had to end.
  if (stop != Stop::broken_off) answer.cover(std::min(reached, std::max(edge.settled, from)));
  const bool whole = stop != Stop::exhausted || reached <= edge.settled;
  return answer.finish(whole && query.range.to.has_value());
}

}  // namespace longtake::playback
