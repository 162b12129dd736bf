#include "archive/view_cache.h"

#include "io/file.h"
#include "media/mp4/scan.h"

namespace longtake::archive {

Result<media::mp4::ParsedHeader> read_header(const Fd& file) {
  // A header takes about a kilobyte; decoder configurations can make it a few times longer.
  for (std::size_t size = 4096;; size *= 8) {
    media::Bytes bytes(size);
    LT_TRY(const auto got, io::read_at(file, 0, bytes));
    bytes.resize(got);
    auto header = media::mp4::parse_header(bytes);
    if (header.ok() || got < size || size > (1u << 20)) return header;
  }
}

SharedSegment ViewCache::find(SegmentId id) {
  const std::lock_guard lock{mutex_};
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  used_.splice(used_.begin(), used_, found->second);
  return *found->second;
}

Result<SharedSegment> ViewCache::get(const rows::SegmentRow& row) {
  if (auto known = find(row.id)) return known;
  LT_TRY(auto view, open(row), "opening segment {}", row.path);
  const std::lock_guard lock{mutex_};
  if (by_id_.contains(row.id)) return view;  // somebody else was faster
  used_.push_front(view);
  by_id_[row.id] = used_.begin();
  while (used_.size() > limit_) {
    by_id_.erase(used_.back()->summary.id);
    used_.pop_back();
  }
  return view;
}

void ViewCache::forget(SegmentId id) {
  const std::lock_guard lock{mutex_};
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  used_.erase(found->second);
  by_id_.erase(found);
}

Result<SharedSegment> ViewCache::open(const rows::SegmentRow& row) {
  LT_TRY(auto file, volume_.open_to_read(row.path));
  LT_TRY(auto header, read_header(file));
  auto view = std::make_shared<SegmentView>();
  view->summary = row.summary();
  view->tracks = share(row.run, std::move(header.tracks));
  view->header_size = header.size;
  view->file = io::share(std::move(file));
  view->file_bytes = row.bytes;
  auto index = media::SegmentIndex::open(volume_.full(rows::index_path(row.path)).native());
  if (index.ok() && index->size() == row.fragments) {
    view->index = std::move(*index);
    return SharedSegment{std::move(view)};
  }
  log_.warn("index unusable, reading the segment instead; mend: longtake check --repair",
            {{"segment", row.path}, {"error", index.ok() ? "wrong length" : index.error().story()}});
  LT_TRY(auto scanned, media::mp4::scan_segment(volume_.full(row.path).native()));
  view->index = media::SegmentIndex::from_records(std::move(scanned.records));
  return SharedSegment{std::move(view)};
}

std::shared_ptr<const media::Tracks> ViewCache::share(RunId run, media::Tracks tracks) {
  const std::lock_guard lock{mutex_};
  if (auto known = tracks_[run].lock(); known && *known == tracks) return known;
  std::erase_if(tracks_, [](const auto& entry) { return entry.second.expired(); });
  auto shared = std::make_shared<const media::Tracks>(std::move(tracks));
  tracks_[run] = shared;
  return shared;
}

}  // namespace longtake::archive
