#include "playback/edges.h"

#include <algorithm>
#include <optional>

#include "media/bitstream.h"
#include "media/ffmpeg/recoder.h"
#include "media/ticks.h"

namespace longtake::playback {
namespace {

using media::Sample;
using media::TrackKind;
using media::ffmpeg::CodedSample;
using media::ffmpeg::Recoder;
using media::mp4::MovieStretch;

constexpr std::int64_t longest_seconds = 60;

/// A fragment with pictures, or without.
struct Place {
  const MovieStretch* stretch = nullptr;
  std::size_t fragment = 0;
  media::FragmentTrack video;
  bool start = false;         ///< begins with a keyframe,
  std::int64_t shown_at = 0;  ///< which is displayed then
  media::FragmentView view() const { return (*stretch->index)[fragment]; }
};

/// Places [begin, end), whose pictures [from, to) are encoded and others not shown.
struct Part {
  std::size_t decode_from = 0;
  std::size_t begin = 0, end = 0;
  std::int64_t from = 0, to = 0;  ///< ticks of the run
  bool empty() const { return begin == end; }
};

Error no_keyframe(std::string_view end) {
  return make_error(Code::conflict, "no keyframe to cut at within {} s of the {}: cut it with edges `copy`",
                    longest_seconds, end)
      .named("edges-keyframes");
}

Status check_length(const Part& part, std::uint32_t timescale, std::string_view end) {
  if (part.to - part.from > longest_seconds * timescale) return no_keyframe(end);
  return {};
}

std::vector<Place> list_places(const std::vector<MovieStretch>& stretches) {
  std::vector<Place> out;
  for (const auto& stretch : stretches)
    for (auto i = stretch.first; i < std::min(stretch.last, stretch.index->size()); ++i) {
      Place place{.stretch = &stretch, .fragment = i};
      if (stretch.tracks->video) place.video = place.view().track(TrackKind::video);
      if (place.video.count > 0) {
        place.start = place.view().keyframe_size() != 0;
        place.shown_at = place.video.dts + place.view().cts(TrackKind::video).at(0);
      }
      out.push_back(place);
    }
  return out;
}

/// Nothing before it in decode order is needed by what follows.
Result<bool> is_idr(const Place& place) {
  const auto slices = place.stretch->slices(place.video.offset, place.view().keyframe_size());
  LT_TRY(const auto bytes, slices.read_all(), "reading a keyframe");
  for (const auto nal : media::split_lengths(bytes))
    if (const auto type = std::to_integer<unsigned>(nal.front()) & 0x1FU; type >= 1 && type <= 5)
      return type == 5;
  return false;
}

/// Coded pictures of some places, in decode order.
struct Coded {
  std::deque<media::Bytes> bytes;
  std::vector<CodedSample> samples;
};

Result<Coded> read_coded(std::span<const Place> places) {
  Coded out;
  std::vector<Sample> samples;
  for (const auto& place : places) {
    if (place.video.count == 0) continue;
    LT_TRY(auto bytes, place.stretch->slices(place.video.offset, place.video.bytes).read_all(),
           "reading {} pictures", place.video.count);
    const std::span<const std::byte> view{out.bytes.emplace_back(std::move(bytes))};
    samples.clear();
    place.view().samples(TrackKind::video, samples);
    for (const auto& s : samples)
      out.samples.push_back({view.subspan(s.offset - place.video.offset, s.size), s.dts, s.pts()});
  }
  return out;
}

/// Decode times in order beside display times in order: no picture is displayed before it is decoded.
struct Times {
  std::vector<std::int64_t> dts, pts;
  explicit Times(std::span<const CodedSample> samples) {
    for (const auto& s : samples)
      dts.push_back(s.dts), pts.push_back(s.pts);
    std::ranges::sort(dts);
    std::ranges::sort(pts);
  }
  /// Of a picture that is decoded in the order of display.
  std::int64_t decoded_at(std::int64_t shown_at) const {
    const auto place = std::ranges::lower_bound(pts, shown_at) - pts.begin();
    return dts[std::min(static_cast<std::size_t>(place), dts.size() - 1)];
  }
  /// The picture on display at an instant.
  std::int64_t shown_before(std::int64_t at) const {
    const auto next = std::ranges::upper_bound(pts, at);
    return next == pts.begin() ? pts.front() : *(next - 1);
  }
};

class Edging {
 public:
  Edging(const std::vector<MovieStretch>& stretches, const EdgeOptions& options)
      : stretches_(stretches), options_(options), places_(list_places(stretches)) {}

  Result<EdgedMovie> run() {
    for (const auto& place : places_)
      if (place.video.count > 0) track_ = &*place.stretch->tracks->video;
    if (!track_) return keep_all();
    LT_CHECK(find_parts());
    if (head_.empty() && tail_.empty()) return keep_all();
    LT_TRY(const auto head, encode(*recoder_, head_));
    LT_TRY(const auto tail, encode(*recoder_, tail_));
    LT_TRY(const auto merged, recoder_->merged());
    if (head) add_encoded(*head, merged);
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (tail && i == tail_.begin) add_encoded(*tail, merged);
      add_place(i, merged);
    }
    return std::move(out_);
  }

 private:
  Result<EdgedMovie> keep_all() {
    out_.stretches = stretches_;
    return std::move(out_);
  }

  std::int64_t run_of(std::size_t place) const { return places_[place].stretch->run; }
  bool in_first_run(std::size_t place) const { return run_of(place) == stretches_.front().run; }
  bool in_last_run(std::size_t place) const { return run_of(place) == stretches_.back().run; }

  /// Once there is something to encode. Before keyframes are read: those of other codecs tell nothing here.
  Status open_recoder() {
    if (recoder_) return {};
    LT_TRY(recoder_, Recoder::open(*track_));
    return {};
  }

  Status find_parts() {
    LT_CHECK(find_head());
    LT_CHECK(find_tail());
    const bool overlap = !tail_.empty() && !head_.empty() && tail_.begin < head_.end;
    if (overlap) head_.end = places_.size(), head_.to = tail_.to, tail_ = {};
    LT_CHECK(check_length(head_, track_->timescale, "begin"));
    return check_length(tail_, track_->timescale, "end");
  }

  /// From the picture at `from` to the next keyframe; nothing when it is one.
  Status find_head() {
    const auto from = media::to_ticks_nearest(options_.from, track_->timescale);
    std::optional<std::size_t> begin;
    for (std::size_t i = 0; i < places_.size() && in_first_run(i); ++i)
      if (places_[i].start && (!begin || places_[i].shown_at <= from)) begin = i;
    if (!begin || places_[*begin].shown_at >= from) return {};
    LT_CHECK(open_recoder());
    auto end = *begin + 1;
    for (; end < places_.size() && in_first_run(end); ++end) {
      if (!places_[end].start) continue;
      LT_TRY(const bool idr, is_idr(places_[end]));
      if (idr) break;
    }
    head_ = {.decode_from = *begin, .begin = 0, .end = end, .from = from, .to = shown_end(*begin, end)};
    if (end == places_.size()) {
      head_.to = std::min(head_.to, last_tick());
    } else if (in_first_run(end)) {
      head_.to = places_[end].shown_at;
      if (in_last_run(end) && head_.to >= last_tick()) head_.end = places_.size(), head_.to = last_tick();
    } else {
      LT_TRY(const bool idr, is_idr(places_[end]));
      if (!idr) return no_keyframe("begin");
    }
    return {};
  }

  /// From the last keyframe to `to`, when pictures displayed later are needed for those before.
  Status find_tail() {
    const auto to = last_tick();
    std::optional<std::size_t> begin;
    for (auto i = places_.size(); i-- > 0 && in_last_run(i) && !begin;)
      if (places_[i].start && places_[i].shown_at < to) begin = i;
    if (!begin || !needs_later(*begin, to)) return {};
    LT_CHECK(open_recoder());
    tail_ = {.decode_from = *begin, .begin = *begin, .end = places_.size(), .to = to};
    tail_.from = places_[*begin].video.min_pts;
    if (tail_.from < places_[*begin].shown_at)  // leading pictures are decoded from the keyframe before
      for (auto i = *begin; i-- > 0 && in_last_run(i);)
        if (places_[i].start) {
          tail_.decode_from = i;
          break;
        }
    if (tail_.decode_from == *begin) tail_.from = places_[*begin].shown_at;
    if (stretches_.front().run == stretches_.back().run)
      tail_.from = std::max(tail_.from, media::to_ticks_nearest(options_.from, track_->timescale));
    return {};
  }

  std::int64_t last_tick() const { return media::to_ticks_nearest(options_.to, track_->timescale); }

  std::int64_t shown_end(std::size_t begin, std::size_t end) const {
    std::int64_t out = 0;
    for (auto i = begin; i < end; ++i)
      if (places_[i].video.count > 0) out = std::max(out, places_[i].video.end_pts);
    return out;
  }

  bool needs_later(std::size_t begin, std::int64_t to) const {
    bool later = false;
    std::vector<Sample> samples;
    for (auto i = begin; i < places_.size(); ++i) {
      if (places_[i].video.count == 0) continue;
      samples.clear();
      places_[i].view().samples(TrackKind::video, samples);
      for (const auto& s : samples) {
        if (later && s.pts() < to) return true;
        later = later || s.pts() >= to;
      }
    }
    return false;
  }

  /// The part as a fragment on the run's own timeline; nothing for no part.
  struct Encoded {
    media::Fragment fragment;
    std::int64_t run = 0;
  };
  Result<std::optional<Encoded>> encode(Recoder& recoder, const Part& part) {
    if (part.empty()) return std::optional<Encoded>{};
    const std::span<const Place> places{places_};
    LT_TRY(const auto coded, read_coded(places.subspan(part.decode_from, part.end - part.decode_from)));
    const Times times{coded.samples};
    const auto first = times.shown_before(part.from);
    LT_TRY(auto pictures,
           recoder.recode(coded.samples, {.from = first, .to = part.to, .stopped = options_.stopped}));
    media::Tracks tracks;
    tracks.video = *track_;
    media::FragmentBuilder builder{tracks, MediaTime{}};
    auto decoded_at = times.decoded_at(first) - 1;
    for (auto& picture : pictures) {
      decoded_at = std::max(decoded_at + 1, times.decoded_at(picture.pts));
      if (&picture == pictures.data()) picture.pts = part.from;  // it may have begun before
      LT_CHECK(builder.add({.kind = TrackKind::video,
                            .dts = decoded_at,
                            .pts = picture.pts,
                            .sync = picture.sync,
                            .payload = media::Payload::of(std::move(picture.bytes))}),
               "keeping an encoded picture");
    }
    const auto length = std::max<std::int64_t>(1, part.to - pictures.back().pts);
    Encoded out{builder.finish(1, {.next_video_dts = decoded_at + length}),
                places[part.decode_from].stretch->run};
    out.fragment.place_at(0);
    out_.encoded += pictures.size();
    return std::optional{std::move(out)};
  }

  void add_encoded(const Encoded& encoded, const media::Track& merged) {
    const auto& fragment = out_.fragments.emplace_back(encoded.fragment);
    const auto& index = out_.indices.emplace_back(
        media::SegmentIndex::from_records({std::make_shared<const media::Bytes>(fragment.record)}));
    auto& tracks = out_.tracks.emplace_back();
    tracks.video = merged;
    out_.stretches.push_back({.tracks = &tracks,
                              .index = &index,
                              .first = 0,
                              .last = 1,
                              .run = encoded.run,
                              .slices = [bytes = fragment.bytes](std::uint64_t offset, std::uint64_t size) {
                                media::SliceList out;
                                out.append(media::MemorySlice{bytes, offset, size});
                                return out;
                              }});
    last_ = nullptr;
  }

  /// A place with its pictures, or with sound alone where they were encoded.
  void add_place(std::size_t i, const media::Track& merged) {
    const auto& place = places_[i];
    const bool encoded = i < head_.end || (!tail_.empty() && i >= tail_.begin);
    if (place.stretch == last_ && encoded == last_encoded_) {
      ++out_.stretches.back().last;
      return;
    }
    last_ = place.stretch, last_encoded_ = encoded;
    auto& tracks = out_.tracks.emplace_back(*place.stretch->tracks);
    if (encoded)
      tracks.video.reset();
    else if (tracks.video)
      tracks.video = merged;
    auto stretch = *place.stretch;
    stretch.tracks = &tracks;
    stretch.first = place.fragment;
    stretch.last = place.fragment + 1;
    out_.stretches.push_back(std::move(stretch));
  }

  const std::vector<MovieStretch>& stretches_;
  const EdgeOptions& options_;
  std::vector<Place> places_;
  const media::Track* track_ = nullptr;
  std::optional<Recoder> recoder_;
  Part head_, tail_;
  EdgedMovie out_;
  const MovieStretch* last_ = nullptr;
  bool last_encoded_ = false;
};

}  // namespace

Result<EdgedMovie> encode_edges(const std::vector<MovieStretch>& stretches, const EdgeOptions& options) {
  return Edging{stretches, options}.run();
}

}  // namespace longtake::playback
