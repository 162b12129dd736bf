// An archive that is only read: for commands beside a running server, or without one.
#include <algorithm>

#include "archive/maintenance.h"
#include "archive/rows.h"
#include "archive/stored_segment.h"
#include "archive/timeline_assembly.h"
#include "archive/view_cache.h"
#include "storage/blobs/volume.h"
#include "storage/sql/database.h"

namespace longtake::archive {
namespace {

using storage::sql::Session;

Error read_only() {
  return make_error(Code::unavailable, "this archive was opened to be read only");
}

class Reader final : public Archive {
 public:
  Reader(std::unique_ptr<storage::blobs::Volume> volume, storage::sql::Database& database, const Clock& clock,
         Log& log)
      : volume_(std::move(volume)),
        database_(database),
        clock_(clock),
        log_(log),
        views_(*volume_, log, view_limit) {}

  Result<std::unique_ptr<RunWriter>> start_run(RunStart) override { return read_only(); }
  Status note_gap(ChannelId, GapCause, std::string) override { return read_only(); }
  std::shared_ptr<void> subscribe(std::function<void(const LiveEvent&)>) override {
    return std::make_shared<int>(0);
  }
  void flush() override {}
  void stop() override {}
  bool is_live(ChannelId) const override { return false; }

  Result<Timeline> timeline(ChannelId id, WallRange range) const override {
    TimelineParts parts{.range = range, .now = clock_.now()};
    LT_TRY(const auto found, rows_of(id, range));
    for (const auto& row : found)
      parts.segments.push_back({row.id, row.run, row.sequence, row.range});
    LT_CHECK(database_.read([&](Session& s) -> Status {
      LT_TRY(const auto gaps, rows::gaps_in(s, id, range));
      for (const auto& gap : gaps)
        parts.gaps.push_back({gap.from, gap.to, gap.cause, gap.detail});
      LT_TRY(const auto extent, rows::extent(s, id));
      parts.first = extent.from;
      parts.oldest = extent.from;
      return {};
    }));
    return assemble(std::move(parts));
  }

  Result<std::vector<SharedSegment>> segments(ChannelId id, WallRange range) const override {
    LT_TRY(const auto found, rows_of(id, range));
    std::vector<SharedSegment> out;
    for (const auto& row : found) {
      if (!row.range.overlaps(range)) continue;
      auto view = views_.get(row);
      if (view.ok())
        out.push_back(std::move(*view));
      else if (view.error().code() != Code::not_found)
        return std::move(view).error();
      else
        log_.warn("segment not found", {{"segment", row.path}});
    }
    return out;
  }

  Result<SharedSegment> segment(ChannelId id, SegmentId segment) const override {
    LT_TRY(const auto row, database_.read([&](Session& s) { return rows::find_segment(s, id, segment); }));
    if (!row) return make_error(Code::not_found, "channel {} has no segment {}: it has expired", id, segment);
    return views_.get(row->sealed ? *row : as_far_as_written(*row));
  }

  std::optional<WallTime> newest(ChannelId id) const override {
    auto newest = extent(id).to;
    const auto open = database_.read([](Session& s) { return rows::open_segments(s); });
    if (!open.ok()) return newest;
    for (const auto& row : *open)
      if (row.channel == id) newest = std::max(newest, std::optional{as_far_as_written(row).range.to});
    return newest;
  }
  std::optional<WallTime> oldest(ChannelId id) const override { return extent(id).from; }
  std::uint64_t recorded_bytes(ChannelId id) const override { return extent(id).bytes; }

  Result<Usage> usage() const override {
    LT_TRY(const auto space, volume_->space());
    Usage usage{.disk_free_bytes = space.free, .disk_total_bytes = space.total};
    LT_TRY(const auto channels, database_.read([](Session& s) { return rows::channels_with_segments(s); }));
    for (const auto id : channels)
      usage.recorded_bytes += recorded_bytes(id);
    return usage;
  }

 private:
  static constexpr std::size_t view_limit = 256;

  rows::Extent extent(ChannelId id) const {
    auto found = database_.read([&](Session& s) { return rows::extent(s, id); });
    return found.ok() ? *found : rows::Extent{};
  }

  /// An open segment's row knows only its start; its file knows the rest.
  rows::SegmentRow as_far_as_written(const rows::SegmentRow& row) const {
    const auto scanned = scan_stored(*volume_, row.path);
    if (!scanned) return row;
    auto written = describe(*scanned, row.path);
    written.id = row.id;
    written.run_number = row.run_number;
    written.first_fragment = row.first_fragment;
    written.sealed = false;
    return written;
  }

  Result<std::vector<rows::SegmentRow>> rows_of(ChannelId id, WallRange range) const {
    LT_TRY(auto found, database_.read([&](Session& s) { return rows::segments_around(s, id, range); }));
    LT_TRY(const auto open, database_.read([](Session& s) { return rows::open_segments(s); }));
    for (auto& row : found)
      if (!row.sealed) row = as_far_as_written(row);
    // An open segment's row does not say yet how far it reaches.
    for (const auto& row : open)
      if (row.channel == id &&
          std::none_of(found.begin(), found.end(), [&](const auto& known) { return known.id == row.id; }))
        found.push_back(as_far_as_written(row));
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    return found;
  }

  const std::unique_ptr<storage::blobs::Volume> volume_;
  storage::sql::Database& database_;
  const Clock& clock_;
  Log& log_;
  mutable ViewCache views_;
};

}  // namespace

Result<std::unique_ptr<Archive>> open_reader(const Options& options, storage::sql::Database& database,
                                             const Clock& clock, Log& log) {
  LT_TRY(auto volume, storage::blobs::open_local_volume({.folder = options.folder, .direct_io = false}));
  return std::unique_ptr<Archive>{std::make_unique<Reader>(std::move(volume), database, clock, log)};
}

}  // namespace longtake::archive
