#pragma once
// Views of sealed segments: open files and mapped indexes, the most recently used ones kept.

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "archive/rows.h"
#include "archive/segment_view.h"
#include "base/log.h"
#include "media/mp4/init.h"
#include "storage/blobs/volume.h"

namespace longtake::archive {

/// Thread-safe. `get` may block on the disk.
class ViewCache {
 public:
  ViewCache(const storage::blobs::Volume& volume, Log& log, std::size_t limit)
      : volume_(volume), log_(log), limit_(limit) {}

  Result<SharedSegment> get(const rows::SegmentRow& row);
  /// One that is open; null: it would have to be opened.
  SharedSegment find(SegmentId id);
  /// Its footage was deleted; views already given out stay good.
  void forget(SegmentId id);

 private:
  Result<SharedSegment> open(const rows::SegmentRow& row);
  std::shared_ptr<const media::Tracks> share(RunId run, media::Tracks tracks);

  const storage::blobs::Volume& volume_;
  Log& log_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::list<SharedSegment> used_;  // most recent first
  std::unordered_map<SegmentId, std::list<SharedSegment>::iterator> by_id_;
  std::map<RunId, std::weak_ptr<const media::Tracks>> tracks_;
};

/// Header of a stored segment, read from its file.
Result<media::mp4::ParsedHeader> read_header(const Fd& file);

}  // namespace longtake::archive
