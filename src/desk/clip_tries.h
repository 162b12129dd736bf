#pragma once
// Files of the tries to cut a clip. Each try has its own: one that was given up may still be on its way, and
// a clip that is cut again has another job.

#include <string>
#include <string_view>

#include "base/result.h"
#include "desk/clip.h"
#include "jobs/job.h"
#include "storage/blobs/volume.h"

namespace longtake::desk {

/// In the order of their beginning: a clip has one open job at a time.
struct CutTry {
  jobs::JobId job;
  unsigned tried = 0;  ///< of the job, from 1
  auto operator<=>(const CutTry&) const = default;
};

/// <organization>/clips/<YYYY>/<MM>/<clip>-<job>-<tried>.<ending>; `ending`: "mp4", "jpg".
std::string file_of_try(const Clip& clip, const CutTry& of, std::string_view ending);

/// Removes what tries before that one have left of a clip that is not ready. Errors: of the disk.
Status clear_tries(storage::blobs::Volume& volume, const Clip& clip, const CutTry& before);

}  // namespace longtake::desk
