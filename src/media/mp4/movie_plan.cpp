#include "media/mp4/movie_plan.h"

#include <algorithm>
#include <limits>

#include "media/ticks.h"

namespace longtake::media::mp4 {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

const Track* wanted_track(const MovieStretch& s, const MovieOptions& options, TrackKind kind) {
  if (!(kind == TrackKind::video ? options.video : options.audio)) return nullptr;
  const auto& track = s.tracks->of(kind);
  return track ? &*track : nullptr;
}

/// Cuts the stretches' fragments into groups that continue each other.
class Grouping {
 public:
  Grouping(MoviePlan& plan, const MovieOptions& options) : plan_(plan), options_(options) {}

  Status add(const MovieStretch& stretch) {
    const auto* video = wanted_track(stretch, options_, TrackKind::video);
    const auto* audio = wanted_track(stretch, options_, TrackKind::audio);
    const auto last = std::min(stretch.last, stretch.index->size());
    for (auto i = stretch.first; i < last; ++i) {
      PlannedFragment f{(*stretch.index)[i], &stretch, {}, {}, {}, {}};
      if (video != nullptr) f.video = f.view.track(TrackKind::video);
      if (audio != nullptr) f.audio = f.view.track(TrackKind::audio);
      if (f.video.count == 0 && f.audio.count == 0) continue;
      const auto kind = f.video.count > 0 ? TrackKind::video : TrackKind::audio;
      const auto scale = kind == TrackKind::video ? video->timescale : audio->timescale;
      LT_CHECK(place(f, stretch.run, kind, scale));
    }
    return {};
  }

 private:
  Status place(const PlannedFragment& f, std::int64_t run, TrackKind kind, std::uint32_t scale) {
    auto& last = kind == TrackKind::video ? video_end_ : audio_end_;
    const auto& part = kind == TrackKind::video ? f.video : f.audio;
    const bool same_run = !plan_.groups.empty() && plan_.groups.back().run == run;
    if (same_run && last && part.dts < last->begin)
      return make_error(Code::invalid, "fragments of run {} are out of order; run: longtake check --repair",
                        run);
    // A hole of more than a second is closed, as holes between runs are.
    const bool hole = same_run && last && part.dts - last->end > std::int64_t{scale};
    if (!same_run || hole) {
      plan_.groups.push_back({.first = plan_.fragments.size(), .run = run});
      video_end_.reset(), audio_end_.reset();
    }
    plan_.fragments.push_back(f);
    plan_.groups.back().last = plan_.fragments.size();
    if (f.video.count > 0)
      video_end_ = Extent{f.video.dts, f.video.dts + static_cast<std::int64_t>(f.video.duration)};
    if (f.audio.count > 0)
      audio_end_ = Extent{f.audio.dts, f.audio.dts + static_cast<std::int64_t>(f.audio.duration)};
    return {};
  }

  struct Extent {
    std::int64_t begin = 0, end = 0;
  };
  MoviePlan& plan_;
  const MovieOptions& options_;
  std::optional<Extent> video_end_, audio_end_;
};

std::int64_t keyframe_pts(const PlannedFragment& f) {
  return f.video.dts + f.view.cts(TrackKind::video).at(0);
}
bool is_start(const PlannedFragment& f) {
  return f.video.count > 0 && f.view.keyframe_size() != 0;
}

/// The last keyframe displayed at or before `from`, else the first one.
std::optional<std::size_t> find_video_start(const MoviePlan& plan, const Group& g,
                                            std::optional<std::int64_t> from) {
  std::optional<std::size_t> found;
  for (auto i = g.first; i < g.last; ++i) {
    if (!is_start(plan.fragments[i])) continue;
    if (found && (!from || keyframe_pts(plan.fragments[i]) > *from)) break;
    found = i;
  }
  return found;
}

/// Keeps the pictures from fragment `start` on that are needed to display what comes before `to`.
void keep_video(MoviePlan& plan, const Group& g, std::size_t start, std::int64_t to) {
  auto end = g.last;
  while (end > start &&
         (plan.fragments[end - 1].video.count == 0 || plan.fragments[end - 1].video.min_pts >= to))
    --end;
  for (auto i = start; i < end; ++i)
    plan.fragments[i].kept_video = {0, plan.fragments[i].video.count, false};
  if (end == start) return;

  auto& last = plan.fragments[end - 1];
  if (last.video.end_pts > to) {
    std::int64_t dts = last.video.dts;
    std::uint32_t need = 0;
    const auto durations = last.view.durations(TrackKind::video), cts = last.view.cts(TrackKind::video);
    for (std::uint32_t i = 0; i < last.video.count; ++i) {
      if (dts + cts.at(i) < to) need = i + 1;
      dts += durations.at(i);
    }
    last.kept_video.last = need;
  }
  // Leading pictures refer to a group of pictures that is not there.
  auto& first = plan.fragments[start];
  const auto pts = keyframe_pts(first);
  const auto durations = first.view.durations(TrackKind::video), cts = first.view.cts(TrackKind::video);
  auto dts = first.video.dts + durations.at(0);
  std::uint32_t i = 1;
  for (; i < first.kept_video.last && dts + cts.at(i) < pts; ++i)
    dts += durations.at(i);
  if (i > 1) first.kept_video = {i, first.kept_video.last, true};
}

/// Which sound frames are kept of a range in ticks of the audio: those that begin in it; those that are
/// partly in it; those of which at least half is.
enum class Reach { begin, overlap, half };
struct AudioRange {
  std::int64_t from = 0, to = 0;
  Reach reach = Reach::begin;
  bool keeps(std::int64_t begin, std::int64_t end) const {
    if (reach == Reach::half) return begin + (end - begin) / 2 >= from && begin + (end - begin) / 2 < to;
    return (reach == Reach::overlap ? end > from : begin >= from) && begin < to;
  }
};
void keep_audio(PlannedFragment& f, const AudioRange& range) {
  const auto& part = f.audio;
  if (part.count == 0 || part.dts >= range.to || part.end_pts <= range.from) return;
  f.kept_audio = {0, part.count, false};
  if (part.dts >= range.from && part.end_pts <= range.to) return;
  const auto durations = f.view.durations(TrackKind::audio);
  auto dts = part.dts;
  std::uint32_t first = part.count, last = 0;
  for (std::uint32_t i = 0; i < part.count; ++i) {
    const auto end = dts + durations.at(i);
    if (range.keeps(dts, end)) {
      first = std::min(first, i);
      last = i + 1;
    }
    dts = end;
  }
  f.kept_audio = last > first ? Kept{first, last, false} : Kept{};
}

/// The kept picture displayed at `at` when it begins earlier.
std::optional<HeldPicture> find_held(const MoviePlan& plan, const Group& g, std::int64_t at) {
  std::optional<HeldPicture> out;
  std::int64_t best = std::numeric_limits<std::int64_t>::min();
  for (auto i = g.first; i < g.last; ++i) {
    const auto& f = plan.fragments[i];
    const auto& kept = f.kept_video;
    if (kept.count() == 0 || f.video.min_pts > at || f.video.end_pts <= best) continue;
    const auto durations = f.view.durations(TrackKind::video), cts = f.view.cts(TrackKind::video);
    auto dts = f.video.dts;
    for (std::uint32_t k = 0; k < kept.last; dts += durations.at(k), ++k) {
      const auto pts = dts + cts.at(k);
      const bool there = k >= kept.first || (k == 0 && kept.head);
      if (!there || pts > at || pts <= best) continue;
      best = pts;
      out = HeldPicture{i, k, at - pts};
    }
  }
  if (out && out->ticks == 0) out.reset();
  return out;
}

class Planner {
 public:
  Planner(MoviePlan& plan, const std::vector<MovieStretch>& stretches, const MovieOptions& options)
      : plan_(plan), first_run_(stretches.front().run), last_run_(stretches.back().run), options_(options) {}

  void run() {
    auto groups = std::move(plan_.groups);
    plan_.groups.clear();
    for (auto& g : groups)
      if (plan_group(g)) {
        base_ = g.base + (g.end - g.start);
        plan_.groups.push_back(g);
      } else {
        for (auto i = g.first; i < g.last; ++i)
          plan_.fragments[i].kept_video = plan_.fragments[i].kept_audio = {};
      }
  }

 private:
  std::uint32_t audio_scale(const Group& g) const {
    const auto& audio = plan_.fragments[g.first].stretch->tracks->audio;
    return audio ? audio->timescale : plan_.audio_timescale;
  }

  /// False when nothing of the group is displayed.
  bool plan_group(Group& g) {
    const auto scale = plan_.timescale;
    std::optional<std::int64_t> from;
    if (options_.from && g.run == first_run_) from = to_ticks_nearest(*options_.from, scale);
    std::int64_t to = never;
    if (options_.to && g.run == last_run_) to = to_ticks_nearest(*options_.to, scale);

    const auto video_start = find_video_start(plan_, g, from);
    if (video_start) keep_video(plan_, g, *video_start, to);
    const auto video = video_extent(g);
    auto audio = audio_extent(g);
    const bool first = plan_.groups.empty();
    std::int64_t begin = never;
    if (video) begin = video->first;
    if (audio && (first || !video)) begin = std::min(begin, audio->first);
    if (begin == never) return false;
    g.start = from ? std::max(*from, begin) : begin;

    const bool last_group = g.last == plan_.fragments.size();
    std::int64_t end = video ? video->second : audio->second;
    if (last_group && video && audio) end = std::max(video->second, audio->second);
    g.end = std::min(end, to);
    if (g.end <= g.start) return false;
    g.base = base_;
    keep_audio_of(g, first);
    if (first && from && video && video->first < g.start) plan_.held = find_held(plan_, g, g.start);
    show(g, video, audio);
    return true;
  }

  using Extent = std::optional<std::pair<std::int64_t, std::int64_t>>;

  /// First and last displayed instants of the kept pictures.
  Extent video_extent(const Group& g) const {
    Extent out;
    for (auto i = g.first; i < g.last; ++i) {
      const auto& f = plan_.fragments[i];
      if (f.kept_video.count() == 0) continue;
      if (!out) out = {keyframe_pts(f), f.video.end_pts};
      out->second = std::max(out->second, f.video.end_pts);
    }
    return out;
  }

  Extent audio_extent(const Group& g) const {
    const auto scale = audio_scale(g);
    Extent out;
    for (auto i = g.first; i < g.last; ++i) {
      const auto& part = plan_.fragments[i].audio;
      if (part.count == 0) continue;
      if (!out) out = {part.dts, part.end_pts};
      out->second = std::max(out->second, part.end_pts);
    }
    if (out && scale != plan_.timescale)
      out = {rescale_nearest(out->first, plan_.timescale, scale),
             rescale_nearest(out->second, plan_.timescale, scale)};
    return out;
  }

  void keep_audio_of(Group& g, bool first) {
    const auto scale = audio_scale(g);
    const AudioRange range{.from = rescale_nearest(g.start, scale, plan_.timescale),
                           .to = rescale_nearest(g.end, scale, plan_.timescale),
                           .reach = !plan_.edit_list ? Reach::half
                                    : first          ? Reach::overlap
                                                     : Reach::begin};
    for (auto i = g.first; i < g.last; ++i) {
      auto& f = plan_.fragments[i];
      keep_audio(f, range);
      g.has_video = g.has_video || f.kept_video.count() > 0;
      g.has_audio = g.has_audio || f.kept_audio.count() > 0;
    }
  }

  void show(const Group& g, const Extent& video, const Extent& audio) {
    const auto widen = [&](Shown& shown, const Extent& extent) {
      const auto from = std::max(extent->first, g.start) - g.start + g.base;
      const auto to = std::min(extent->second, g.end) - g.start + g.base;
      if (shown.empty()) shown.from = from;
      shown.to = std::max(to, shown.from);
    };
    if (g.has_video) widen(plan_.video, video);
    if (g.has_audio) widen(plan_.audio, audio);
  }

  MoviePlan& plan_;
  std::int64_t first_run_, last_run_;
  const MovieOptions& options_;
  std::int64_t base_ = 0;
};

/// The scales come from the first stretch that has the track; all pictures share one.
Status choose_timescales(MoviePlan& plan, const std::vector<MovieStretch>& stretches,
                         const MovieOptions& options) {
  for (const auto& s : stretches) {
    const auto* video = wanted_track(s, options, TrackKind::video);
    const auto* audio = wanted_track(s, options, TrackKind::audio);
    if ((video != nullptr && video->timescale == 0) || (audio != nullptr && audio->timescale == 0))
      return make_error(Code::invalid, "a track of run {} has no timescale", s.run);
    if (video != nullptr) {
      if (plan.timescale == 0) plan.timescale = video->timescale;
      if (plan.timescale != video->timescale)
        return make_error(Code::invalid, "pictures of run {} have another timescale", s.run);
    }
    if (audio != nullptr && plan.audio_timescale == 0) plan.audio_timescale = audio->timescale;
  }
  if (plan.timescale == 0) plan.timescale = plan.audio_timescale;
  return {};
}

}  // namespace

Result<MoviePlan> plan_movie(const std::vector<MovieStretch>& stretches, const MovieOptions& options) {
  MoviePlan plan;
  plan.edit_list = options.edit_list;
  if (stretches.empty()) return make_error(Code::invalid, "no recording to make a movie of");
  LT_CHECK(choose_timescales(plan, stretches, options));
  std::size_t count = 0;
  for (const auto& s : stretches)
    count += s.last > s.first ? s.last - s.first : 0;
  plan.fragments.reserve(count);
  Grouping grouping{plan, options};
  for (const auto& s : stretches)
    LT_CHECK(grouping.add(s));
  Planner{plan, stretches, options}.run();
  for (auto& f : plan.fragments) {
    if (plan.video.empty()) f.kept_video = {}, plan.held.reset();
    if (plan.audio.empty()) f.kept_audio = {};
  }
  if (plan.video.empty() && plan.audio.empty())
    return make_error(Code::invalid, "nothing is recorded in the wanted range");
  return plan;
}

}  // namespace longtake::media::mp4
