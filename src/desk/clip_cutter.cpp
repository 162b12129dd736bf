#include "desk/clip_cutter.h"

#include <algorithm>

#include "desk/blobs.h"
#include "desk/clip_tries.h"
#include "desk/cut_time.h"

namespace longtake::desk {
namespace {

using jobs::Outcome;
using playback::Playback;

constexpr unsigned poster_width = 640;

CutTry try_of(const jobs::Job& job) {
  return {.job = job.id, .tried = job.tried};
}

Result<ClipId> clip_of(const jobs::Job& job) {
  constexpr std::string_view folder = "clip/";
  if (!job.thing.starts_with(folder))
    return make_error(Code::invalid, "job {} is for {}, which is no clip", job.id, job.thing);
  return parse_id<ClipId>(std::string_view{job.thing}.substr(folder.size()));
}

std::string cause_of(const WallRange& missing, const archive::Timeline& timeline) {
  for (const auto& gap : timeline.gaps)
    if (missing.overlaps({gap.from, gap.to})) return std::string{archive::to_string(gap.cause)};
  return {};
}

/// Of a channel that is not recorded now: did something else than a person stop it?
Result<bool> is_wanted(const archive::Archive& archive, ChannelId channel, WallTime now) {
  LT_TRY(const auto timeline, archive.timeline(channel, {now - std::chrono::seconds{1}, now}));
  return timeline.gaps.empty() || timeline.gaps.back().cause != archive::GapCause::stopped;
}

}  // namespace

std::vector<Missing> explain_missing(const WallRange& asked, const Playback::Film& film,
                                     const archive::Timeline& timeline) {
  std::vector<Missing> out;
  for (const auto& range : film.missing)
    out.push_back({.range = range, .cause = cause_of(range, timeline)});
  // A film ends where the recording does; what was asked beyond is missing too.
  const auto told = out.empty() ? film.shown.to : std::max(film.shown.to, out.back().range.to);
  if (told < asked.to) {
    const WallRange rest{told, asked.to};
    if (!out.empty() && out.back().range.to == told)
      out.back().range.to = asked.to;
    else
      out.push_back({.range = rest, .cause = cause_of(rest, timeline)});
  }
  return out;
}

Result<Outcome> ClipCutter::cut(jobs::Work& work) {
  LT_TRY(const auto id, clip_of(work.job()));
  LT_TRY(const auto clip, rooms_.clips.get(work.job().organization, id));
  if (clip.is_ready()) return Outcome::done();
  Recorded recorded{.now = rooms_.clock.now(),
                    .newest = rooms_.archive.newest(clip.channel),
                    .live = rooms_.archive.is_live(clip.channel)};
  if (!recorded.live) {
    LT_TRY(recorded.wanted, is_wanted(rooms_.archive, clip.channel, recorded.now));
  }
  if (const auto when = wait_to_cut(clip.range.to, recorded)) return Outcome::later(*when);
  work.tell_progress(1);
  if (const auto cleared = clear_tries(rooms_.volume, clip, try_of(work.job())); !cleared)
    rooms_.log.warn("files of earlier tries stay behind", {{"clip", id}, {"error", cleared.error().story()}});
  return copy(work, clip);
}

Result<Outcome> ClipCutter::copy(jobs::Work& work, const Clip& clip) {
  auto film = rooms_.playback.film(clip.channel, {.range = {clip.range.from, clip.range.to},
                                                  .edges = clip.edges,
                                                  .stopped = [&] { return work.stopped(); }});
  if (!film && film.error().kind() == "stopped") return Outcome::stopped();
  if (!film && film.error().code() == Code::not_found)
    return make_error(Code::not_found, "{}", film.error().text()).named("not-recorded");
  if (!film) return std::move(film).error();
  LT_TRY(const auto timeline, rooms_.archive.timeline(clip.channel, clip.range));
  const auto total = film->view.body.size();
  const auto of = try_of(work.job());
  const auto path = file_of_try(clip, of, "mp4");
  LT_TRY(const auto copied,
         copy_blob(rooms_.volume, path, film->view.body,
                   {.bytes_per_second = rooms_.clips.options().bytes_per_second,
                    .stopped = [&] { return work.stopped(); },
                    .progress =
                        [&](std::uint64_t done) {
                          work.tell_progress(std::max(
                              1U, static_cast<unsigned>(done * 1000 / std::max<std::uint64_t>(1, total))));
                        }}),
         "cutting clip {}", clip.id);
  if (copied == Copied::stopped) return Outcome::stopped();
  const Clips::Cut cut{.path = path,
                       .poster = keep_poster(clip, film->shown.from, file_of_try(clip, of, "jpg")),
                       .bytes = total,
                       .shown = film->shown,
                       .missing = explain_missing(clip.range, *film, timeline)};
  auto kept =
      work.finish([&](storage::sql::Session& session) { return rooms_.clips.keep(session, clip.id, cut); });
  if (kept) {
    rooms_.log.info("clip ready", {{"clip", clip.id}, {"channel", clip.channel}, {"bytes", total}});
    return Outcome::done();
  }
  static_cast<void>(rooms_.volume.remove(cut.path));
  if (!cut.poster.empty()) static_cast<void>(rooms_.volume.remove(cut.poster));
  return std::move(kept).error();
}

/// A clip without a poster is a clip: a failure is logged, and it has none.
std::string ClipCutter::keep_poster(const Clip& clip, WallTime at, const std::string& path) {
  const auto keep = [&]() -> Status {
    LT_TRY(const auto picture, rooms_.playback.frame(clip.channel, {.at = at, .width = poster_width}));
    LT_TRY(const auto copied, copy_blob(rooms_.volume, path, picture.body, {}));
    static_cast<void>(copied);  // nobody stops it
    return {};
  };
  const auto kept = keep();
  if (kept) return path;
  // A channel of sound alone has no picture anywhere.
  if (kept.error().code() != Code::not_found)
    rooms_.log.warn("clip has no poster", {{"clip", clip.id}, {"error", kept.error().story()}});
  return {};
}

}  // namespace longtake::desk
