#pragma once
// Which samples a progressive movie keeps, and where each run lies on the movie's clock. Pure arithmetic on
// index records; movie_tables.h and movie.cpp turn a plan into boxes.
//
// The movie's clock ("presentation") starts at 0 with the first displayed instant and counts the movie's
// timescale. A group is a stretch of fragments that continue each other; groups follow without a hole.

#include <cstdint>
#include <optional>
#include <vector>

#include "media/mp4/movie.h"

namespace longtake::media::mp4 {

/// Samples [first, last) of a fragment; with `head` also sample 0 (pictures between were dropped).
struct Kept {
  std::uint32_t first = 0, last = 0;
  bool head = false;
  std::uint32_t count() const { return last - first + (head ? 1 : 0); }
};

struct PlannedFragment {
  FragmentView view;
  const MovieStretch* stretch;
  FragmentTrack video, audio;
  Kept kept_video, kept_audio;
};

/// Ticks of a group's run -> presentation: p = ticks - start + base.
struct Group {
  std::size_t first = 0, last = 0;  ///< fragments of the plan
  std::int64_t run = 0;
  std::int64_t start = 0;  ///< movie timescale, on the run's timeline
  std::int64_t base = 0;   ///< movie timescale
  std::int64_t end = 0;    ///< movie timescale, on the run's timeline: where the next group takes over
  bool has_video = false, has_audio = false;  ///< something is kept
};

/// What a track shows: presentation [from, to).
struct Shown {
  std::int64_t from = 0, to = 0;
  bool empty() const { return to <= from; }
};

/// The picture displayed when the movie begins in its middle. Readers drop what begins before the edit, so it
/// is shown `ticks` later than recorded: exactly from the begin.
struct HeldPicture {
  std::size_t fragment = 0;
  std::uint32_t sample = 0;
  std::int64_t ticks = 0;
};

struct MoviePlan {
  std::uint32_t timescale = 0;        ///< of the movie: video's, or audio's without video
  std::uint32_t audio_timescale = 0;  ///< of the audio track
  bool edit_list = true;
  std::vector<PlannedFragment> fragments;
  std::vector<Group> groups;
  Shown video, audio;
  std::optional<HeldPicture> held;
};

Result<MoviePlan> plan_movie(const std::vector<MovieStretch>& stretches, const MovieOptions& options);

}  // namespace longtake::media::mp4
