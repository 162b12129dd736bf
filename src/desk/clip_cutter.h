#pragma once
// The job that cuts a clip: the exact film of its range (playback), copied into a file of its own.

#include "archive/archive.h"
#include "base/log.h"
#include "desk/clips.h"
#include "jobs/runner.h"
#include "playback/playback.h"

namespace longtake::desk {

/// `asked` without what is shown: the gaps the film has, what was recorded before it ended, each with the
/// cause that the timeline knows.
std::vector<Missing> explain_missing(const WallRange& asked, const playback::Playback::Film& film,
                                     const archive::Timeline& timeline);

class ClipCutter {
 public:
  /// All outlive us.
  struct Rooms {
    Clips& clips;
    storage::blobs::Volume& volume;
    const archive::Archive& archive;
    const playback::Playback& playback;
    const Clock& clock;
    Log& log;
  };
  explicit ClipCutter(Rooms rooms) : rooms_(rooms) {}

  /// Handler of jobs of kind Clips::job_kind.
  Result<jobs::Outcome> cut(jobs::Work& work);

 private:
  Result<jobs::Outcome> copy(jobs::Work& work, const Clip& clip);
  std::string keep_poster(const Clip& clip, WallTime at, const std::string& path);

  Rooms rooms_;
};

}  // namespace longtake::desk
