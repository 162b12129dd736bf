#include "media/mp4/movie_tables.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "media/index_record.h"
#include "media/ticks.h"

namespace longtake::media::mp4 {
namespace {

using Column = FragmentView::Column;

/// Calls f(value) for entries [first, last); the width is decided once.
template <class F>
void walk(const Column& c, std::uint32_t first, std::uint32_t last, F f) {
  const auto run = [&](auto zero) {
    using Delta = decltype(zero);
    for (auto i = first; i < last; ++i)
      f(c.base + static_cast<std::int64_t>(record::load<Delta>(c.deltas, std::size_t{i} * sizeof(Delta))));
  };
  switch (c.width) {
    case 1:
      return run(std::uint8_t{});
    case 2:
      return run(std::uint16_t{});
    case 4:
      return run(std::uint32_t{});
    default:
      for (auto i = first; i < last; ++i)
        f(std::int64_t{c.base});
  }
}

std::int64_t sum(const Column& c, std::uint32_t first, std::uint32_t last) {
  if (c.width == 0) return std::int64_t{c.base} * (last - first);
  std::int64_t total = 0;
  walk(c, first, last, [&](std::int64_t v) { total += v; });
  return total;
}

std::uint32_t big(std::uint32_t v) {
  return __builtin_bswap32(v);
}

/// Run-length coded (count, value) pairs of stts and ctts.
class RunTable {
 public:
  explicit RunTable(TrackTables::Words& out) : out_(out) {}
  void add(std::uint32_t count, std::uint32_t value) {
    if (value != value_ && count_ > 0) flush();
    value_ = value;
    count_ += count;
  }
  void flush() {
    if (count_ == 0) return;
    out_.push_back(big(count_));
    out_.push_back(big(value_));
    count_ = 0;
  }

 private:
  TrackTables::Words& out_;
  std::uint32_t count_ = 0, value_ = 0;
};

/// stsd and stsc: one chunk per fragment.
class Chunks {
 public:
  explicit Chunks(TrackTables& out) : out_(out) {}
  void add(const Track& track, std::uint32_t samples, std::uint64_t at) {
    const auto entry = entry_of(track);
    out_.chunks.push_back(at);
    if (samples == last_samples_ && entry == last_entry_) return;
    for (const auto v : {static_cast<std::uint32_t>(out_.chunks.size()), samples, entry})
      out_.stsc.push_back(big(v));
    last_samples_ = samples, last_entry_ = entry;
  }

 private:
  std::uint32_t entry_of(const Track& track) {
    if (&track == last_track_) return last_entry_;
    last_track_ = &track;
    const auto same = std::ranges::find_if(out_.entries, [&](const Track* t) { return *t == track; });
    if (same != out_.entries.end()) return static_cast<std::uint32_t>(same - out_.entries.begin()) + 1;
    out_.entries.push_back(&track);
    return static_cast<std::uint32_t>(out_.entries.size());
  }
  TrackTables& out_;
  const Track* last_track_ = nullptr;
  std::uint32_t last_samples_ = 0, last_entry_ = 0;
};

/// Decode times: durations are differences, so the last sample of a fragment waits for the next one's start.
class DecodeTimes {
 public:
  explicit DecodeTimes(TrackTables::Words& out) : runs_(out) {}

  /// False when `dts` does not lie behind the last sample's.
  bool begin_fragment(std::int64_t dts) {
    if (pending_ && !close_pending(dts)) return false;
    return true;
  }
  void add(std::uint32_t count, std::int64_t duration) {
    runs_.add(count, static_cast<std::uint32_t>(duration));
  }
  /// The last sample of a fragment; `duration` is used when nothing follows.
  void end_fragment(std::int64_t dts, std::int64_t duration) { pending_ = {dts, duration}; }
  /// Where the next sample would begin; nothing before the first.
  std::optional<std::int64_t> natural_next() const {
    return pending_ ? std::optional{pending_->first + pending_->second} : std::nullopt;
  }
  std::optional<std::int64_t> last() const {
    return pending_ ? std::optional{pending_->first} : std::nullopt;
  }
  bool finish(std::int64_t end) {
    const bool good = !pending_ || close_pending(end);
    runs_.flush();
    return good;
  }

 private:
  bool close_pending(std::int64_t next) {
    const auto duration = next - pending_->first;
    if (duration <= 0 || duration > std::numeric_limits<std::int32_t>::max()) return false;
    runs_.add(1, static_cast<std::uint32_t>(duration));
    pending_.reset();
    return true;
  }
  RunTable runs_;
  std::optional<std::pair<std::int64_t, std::int64_t>> pending_;
};

Error disordered() {
  return make_error(Code::invalid, "the index of a segment goes back in time; run: longtake check --repair");
}

// --- video -------------------------------------------------------------------------------------------------

/// How a group's pictures lie in the track: decode time = dts - dts0 + decode_base; composition offset = cts
/// + lead + S, with one S for the whole track so that no offset is negative.
struct VideoGroup {
  std::int64_t dts0 = 0, decode_base = 0, lead = 0;
};

void add_sizes(TrackTables& out, const FragmentView& view, TrackKind kind, const Kept& kept) {
  if (kept.head) out.stsz.push_back(big(view.sample_size(kind, 0)));
  auto first = kept.first;
  if (first == 0 && kept.last > 0) out.stsz.push_back(big(view.sample_size(kind, first++)));
  auto at = out.stsz.size();
  out.stsz.resize(at + (kept.last - first));
  auto* words = out.stsz.data() + at;
  walk(view.sizes(kind), first, kept.last,
       [&](std::int64_t v) { *words++ = big(static_cast<std::uint32_t>(v)); });
}

void add_video_durations(DecodeTimes& times, const PlannedFragment& f, std::int64_t dts) {
  const auto durations = f.view.durations(TrackKind::video);
  const auto& kept = f.kept_video;
  if (kept.head && kept.last == kept.first) {
    times.end_fragment(dts, durations.at(0));
    return;
  }
  const auto last = kept.last - 1;
  if (kept.head) {
    const auto skipped = sum(durations, 0, kept.first);
    times.add(1, skipped);
    dts += skipped;
  }
  if (durations.width == 0) {
    times.add(last - kept.first, durations.base);
  } else {
    walk(durations, kept.first, last, [&](std::int64_t v) { times.add(1, v); });
  }
  times.end_fragment(dts + sum(durations, kept.first, last), durations.at(last));
}

/// Decode times of all groups; fills `groups`.
Status time_video(const MoviePlan& plan, TrackTables& out, std::vector<VideoGroup>& groups) {
  DecodeTimes times{out.stts};
  std::int64_t origin = 0;  // presentation of decode time 0
  bool first = true;
  for (const auto& g : plan.groups) {
    VideoGroup v;
    bool started = false;
    for (auto i = g.first; g.has_video && i < g.last; ++i) {
      const auto& f = plan.fragments[i];
      if (f.kept_video.count() == 0) continue;
      if (!started) {
        v.dts0 = f.video.dts;
        const auto natural = v.dts0 - g.start + g.base;
        if (first) origin = natural;
        v.decode_base = std::max(natural - origin, times.natural_next().value_or(0));
        v.lead = natural - v.decode_base;
        started = true, first = false;
      }
      const auto dts = f.video.dts - v.dts0 + v.decode_base;
      if (!times.begin_fragment(dts)) return disordered();
      add_video_durations(times, f, dts);
    }
    groups.push_back(v);
  }
  const auto last = times.last().value_or(0);
  // The last sample must not reach beyond what is displayed, as far as decode order lets it.
  const auto end =
      std::clamp(plan.video.to - origin, last + 1, std::max(last + 1, times.natural_next().value_or(0)));
  if (!times.finish(end)) return disordered();
  out.duration = static_cast<std::uint64_t>(end);
  return {};
}

/// The S of VideoGroup.
std::int64_t composition_shift(const MoviePlan& plan, const std::vector<VideoGroup>& groups) {
  auto least = std::numeric_limits<std::int64_t>::max();
  for (std::size_t k = 0; k < plan.groups.size(); ++k)
    for (auto i = plan.groups[k].first; i < plan.groups[k].last; ++i)
      if (const auto& f = plan.fragments[i]; f.kept_video.count() > 0)
        least = std::min(least, groups[k].lead + f.view.cts(TrackKind::video).base);
  return -least;
}

void add_offsets(RunTable& runs, const PlannedFragment& f, std::int64_t shift, const HeldPicture* held) {
  const auto cts = f.view.cts(TrackKind::video);
  const auto& kept = f.kept_video;
  const auto add = [&](std::int64_t v) { runs.add(1, static_cast<std::uint32_t>(v + shift)); };
  if (held != nullptr) {
    const auto one = [&](std::uint32_t k) { add(cts.at(k) + (k == held->sample ? held->ticks : 0)); };
    if (kept.head) one(0);
    for (auto k = kept.first; k < kept.last; ++k)
      one(k);
    return;
  }
  if (cts.width == 0) return runs.add(kept.count(), static_cast<std::uint32_t>(cts.base + shift));
  if (kept.head) add(cts.at(0));
  walk(cts, kept.first, kept.last, add);
}

Status build_video(const MoviePlan& plan, TrackTables& out) {
  std::vector<VideoGroup> groups;
  LT_CHECK(time_video(plan, out, groups));
  // Without an edit list the first picture itself is at 0, and offsets may be negative.
  const auto shift = plan.edit_list ? composition_shift(plan, groups) : -plan.video.from;
  RunTable offsets{out.ctts};
  for (std::size_t k = 0; k < plan.groups.size(); ++k)
    for (auto i = plan.groups[k].first; i < plan.groups[k].last; ++i)
      if (const auto& f = plan.fragments[i]; f.kept_video.count() > 0)
        add_offsets(offsets, f, groups[k].lead + shift,
                    plan.held && plan.held->fragment == i ? &*plan.held : nullptr);
  offsets.flush();
  if (out.ctts.size() == 2 && out.ctts[1] == 0) out.ctts.clear();
  out.media_time = plan.video.from + shift;
  return {};
}

// --- audio -------------------------------------------------------------------------------------------------

/// Position of a group's sound in ticks of the audio track, on the movie's clock.
struct AudioClock {
  std::uint32_t from_scale, to_scale;
  std::int64_t shift = 0;
  std::int64_t at(std::int64_t dts) const {
    return (from_scale == to_scale ? dts : rescale_nearest(dts, to_scale, from_scale)) + shift;
  }
};

void add_audio_durations(DecodeTimes& times, const PlannedFragment& f, const AudioClock& clock,
                         std::int64_t origin) {
  const auto durations = f.view.durations(TrackKind::audio);
  const auto last = f.kept_audio.last - 1;
  auto dts = f.audio.dts + sum(durations, 0, f.kept_audio.first);
  if (clock.from_scale != clock.to_scale) {
    walk(durations, f.kept_audio.first, last, [&](std::int64_t v) {
      times.add(1, clock.at(dts + v) - clock.at(dts));
      dts += v;
    });
  } else if (durations.width == 0) {
    times.add(last - f.kept_audio.first, durations.base);
    dts += std::int64_t{durations.base} * (last - f.kept_audio.first);
  } else {
    walk(durations, f.kept_audio.first, last, [&](std::int64_t v) {
      times.add(1, v);
      dts += v;
    });
  }
  times.end_fragment(clock.at(dts) - origin, clock.at(dts + durations.at(last)) - clock.at(dts));
}

Status build_audio(const MoviePlan& plan, TrackTables& out) {
  const auto scale = plan.audio_timescale;
  const auto to_audio = [&](std::int64_t movie) { return rescale_nearest(movie, scale, plan.timescale); };
  DecodeTimes times{out.stts};
  std::optional<std::int64_t> origin;  // position of decode time 0
  for (const auto& g : plan.groups) {
    bool started = false;
    AudioClock clock{scale, scale};
    for (auto i = g.first; g.has_audio && i < g.last; ++i) {
      const auto& f = plan.fragments[i];
      if (f.kept_audio.count() == 0) continue;
      const auto dts = f.audio.dts + sum(f.view.durations(TrackKind::audio), 0, f.kept_audio.first);
      if (!started) {
        clock.from_scale = f.stretch->tracks->audio->timescale;
        clock.shift = to_audio(g.base) - to_audio(g.start);
        if (!origin) origin = clock.at(dts);
        // Rounding may put the join a tick before the sample it follows.
        if (times.last() && clock.at(dts) - *origin <= *times.last())
          clock.shift += *times.last() + 1 - (clock.at(dts) - *origin);
        started = true;
      }
      if (!times.begin_fragment(clock.at(dts) - *origin)) return disordered();
      add_audio_durations(times, f, clock, *origin);
    }
  }
  const auto last = times.last().value_or(0);
  const auto end = std::max(last + 1, times.natural_next().value_or(0));
  if (!times.finish(end)) return disordered();
  out.duration = static_cast<std::uint64_t>(end);
  out.media_time = plan.edit_list ? to_audio(plan.audio.from) - origin.value_or(0) : 0;
  return {};
}

// --- both --------------------------------------------------------------------------------------------------

std::uint64_t kept_bytes(const PlannedFragment& f, TrackKind kind) {
  const auto& kept = kind == TrackKind::video ? f.kept_video : f.kept_audio;
  const auto& part = kind == TrackKind::video ? f.video : f.audio;
  if (kept.first == 0 && kept.last == part.count) return part.bytes;
  const auto head = kept.head || (kept.first == 0 && kept.last > 0) ? f.view.sample_size(kind, 0) : 0;
  return head + static_cast<std::uint64_t>(
                    sum(f.view.sizes(kind), std::max(kept.first, 1U), std::max(kept.last, 1U)));
}

void place_samples(const MoviePlan& plan, MovieTables& out) {
  Chunks video{out.video}, audio{out.audio};
  for (const auto& g : plan.groups)
    for (auto i = g.first; i < g.last; ++i) {
      const auto& f = plan.fragments[i];
      if (const auto count = f.kept_video.count(); count > 0) {
        video.add(*f.stretch->tracks->video, count, out.payload);
        add_sizes(out.video, f.view, TrackKind::video, f.kept_video);
        if (f.view.keyframe_size() != 0) out.video.stss.push_back(big(out.video.samples + 1));
        out.video.samples += count;
        out.payload += kept_bytes(f, TrackKind::video);
      }
      if (const auto count = f.kept_audio.count(); count > 0) {
        audio.add(*f.stretch->tracks->audio, count, out.payload);
        add_sizes(out.audio, f.view, TrackKind::audio, f.kept_audio);
        out.audio.samples += count;
        out.payload += kept_bytes(f, TrackKind::audio);
      }
    }
}

void reserve(const MoviePlan& plan, MovieTables& out) {
  std::size_t video = 0, audio = 0;
  for (const auto& f : plan.fragments)
    video += f.kept_video.count(), audio += f.kept_audio.count();
  out.video.stsz.reserve(video);
  out.video.ctts.reserve(video * 2);
  out.audio.stsz.reserve(audio);
  for (auto* t : {&out.video, &out.audio})
    t->chunks.reserve(plan.fragments.size());
}

}  // namespace

Result<MovieTables> build_tables(const MoviePlan& plan) {
  MovieTables out;
  reserve(plan, out);
  if (!plan.video.empty()) LT_CHECK(build_video(plan, out.video));
  if (!plan.audio.empty()) LT_CHECK(build_audio(plan, out.audio));
  place_samples(plan, out);
  return out;
}

}  // namespace longtake::media::mp4
