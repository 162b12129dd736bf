#pragma once
// The write side. One RunWriter a run; its calls come from one thread (the source's) and never wait for disk
// or database: they put work on the channel's queue of the disk lane.

#include <memory>
#include <string>

#include "archive/timeline.h"
#include "base/id.h"
#include "media/anchor.h"
#include "media/fragment.h"
#include "media/track.h"

namespace longtake::archive {

class RunWriter {
 public:
  virtual ~RunWriter() = default;
  virtual RunId run() const = 0;

  /// Starts the next segment with this anchor; the first call comes before the first append.
  virtual void start_segment(media::Anchor anchor) = 0;

  /// Hands a fragment on: it is in the live window at once and on its way to disk.
  /// Error full when the channel's buffer (Options::buffer_bytes) is full or the disk refuses: the fragment
  /// is dropped, the caller ends the run with disk_slow or disk_full and starts another when there is room.
  virtual Status append(media::SharedFragment fragment) = 0;

  /// No more fragments: seals the segment and opens a gap with this cause. Idempotent; the destructor does it
  /// with server_stopped.
  virtual void end(GapCause cause, std::string detail) = 0;

  /// Why the last append was refused (full): the cause to end the run with.
  virtual GapCause refusal() const { return GapCause::disk_slow; }
};

}  // namespace longtake::archive
