// `longtake check`: every invariant between rows, files and indexes.
#include <algorithm>

#include "archive/archive_core.h"
#include "archive/maintenance.h"
#include "archive/recovery.h"
#include "archive/stored_segment.h"
#include "archive/walk.h"

namespace longtake::archive {
namespace {

using storage::sql::Session;

/// A running server may write a file this long before its row arrives.
constexpr Micros row_delay = std::chrono::minutes{10};

class Checker {
 public:
  Checker(storage::blobs::Volume& volume, storage::sql::Database& database, Log& log, CheckOptions options,
          bool server_runs)
      : volume_(volume), database_(database), log_(log), repair_(options.repair), server_runs_(server_runs) {}

  Result<std::vector<Finding>> all() {
    if (!server_runs_) LT_CHECK(left_open());
    LT_TRY(const auto channels, database_.read([](Session& s) { return rows::channels_with_segments(s); }));
    for (const auto channel : channels)
      LT_CHECK(segments_of(channel), "checking channel {}", channel);
    LT_CHECK(gaps());
    LT_CHECK(walk_files(volume_, [&](const std::string& path) { return known(path); }));
    return std::move(findings_);
  }

 private:
  void add(std::string thing, std::string problem, bool repaired = false) {
    findings_.push_back({std::move(thing), std::move(problem), repaired});
  }

  /// Without a server, an open segment is what a crash left: the next start would mend it too.
  Status left_open() {
    LT_TRY(const auto open, database_.read([](Session& s) { return rows::open_segments(s); }));
    for (const auto& row : open)
      add(row.path, "left open by a crash", repair_);
    if (repair_) LT_CHECK(recover(volume_, database_, log_));
    return {};
  }

  Status segments_of(ChannelId channel) {
    constexpr std::size_t page = 500;
    std::uint32_t after = 0;
    std::optional<rows::SegmentRow> before;
    while (true) {
      LT_TRY(const auto rows,
             database_.read([&](Session& s) { return rows::segments_after(s, channel, after, page); }));
      for (const auto& row : rows) {
        if (row.sealed) LT_CHECK(segment(row));
        if (before) order(*before, row);
        before = row;
        after = row.sequence;
      }
      if (rows.size() < page) return {};
    }
  }

  void order(const rows::SegmentRow& before, const rows::SegmentRow& row) {
    if (row.range.from < before.range.to || row.range.to < row.range.from)
      add(row.path, "overlaps the segment before it");
    if (row.first_fragment < before.first_fragment + before.fragments)
      add(row.path, "counts fragments that the segment before it has counted");
  }

  /// What is wrong with a sealed segment; empty when nothing is.
  std::string problem_of(const rows::SegmentRow& row) const {
    const auto status = volume_.status(row.path);
    if (!status.ok()) return "file is missing";
    if (status->size != row.bytes)
      return fmt::format("file has {} bytes, its row says {}", status->size, row.bytes);
    const auto index = media::SegmentIndex::open(volume_.full(rows::index_path(row.path)).native());
    if (!index.ok()) return "index: " + index.error().text();
    if (!index->sealed()) return "index has no seal";
    if (index->size() != row.fragments)
      return fmt::format("index has {} fragments, its row says {}", index->size(), row.fragments);
    if (!index->empty()) {
      const auto last = (*index)[index->size() - 1];
      if (last.offset() + last.size() != row.bytes) return "index does not fit the file";
    }
    const auto file = volume_.open_to_read(row.path);
    if (!file.ok()) return file.error().text();
    const auto header = read_header(*file);
    if (!header.ok()) return header.error().text();
    if (!header->identity || header->identity->channel != row.channel ||
        header->identity->anchor != row.anchor)
      return "file says that it is another segment";
    return {};
  }

  Status segment(const rows::SegmentRow& row) {
    const auto problem = problem_of(row);
    if (problem.empty()) return {};
    // Retention may have taken it since its row was read.
    LT_TRY(const auto now,
           database_.read([&](Session& s) { return rows::find_segment(s, row.channel, row.id); }));
    if (!now) return {};
    if (!repair_) {
      add(row.path, problem);
      return {};
    }
    LT_CHECK(mend_segment(row), "repairing {}", row.path);
    add(row.path, problem, true);
    return {};
  }

  Status mend_segment(const rows::SegmentRow& row) {
    const auto scanned = scan_stored(volume_, row.path);
    const bool ours = scanned && scanned->header.identity->channel == row.channel &&
                      scanned->header.identity->anchor == row.anchor;
    // What is no footage of this row is left without one: the walk puts it into quarantine.
    if (!ours) return database_.write([&](Session& s) { return rows::delete_segment(s, row.id); });
    auto mended = describe(*scanned, row.path);
    mended.id = row.id;
    mended.first_fragment = row.first_fragment;
    mended.range = {row.range.from, mended.fragments == row.fragments
                                        ? row.range.to
                                        : std::max(row.range.from, std::min(row.range.to, mended.range.to))};
    LT_CHECK(mend(volume_, *scanned, mended));
    return database_.write([&](Session& s) { return rows::update_segment(s, mended); });
  }

  Status gaps() {
    LT_TRY(const auto wrong, database_.read([](Session& s) { return rows::impossible_gaps(s); }));
    for (const auto& gap : wrong) {
      add(fmt::format("gap {} of channel {}", gap.id, gap.channel), "ends before it begins, or is open twice",
          repair_);
      if (repair_) LT_CHECK(database_.write([&](Session& s) { return rows::delete_gap(s, gap.id); }));
    }
    return {};
  }

  /// A file belongs to a row, or is unknown.
  Status known(const std::string& path) {
    const auto segment = path.ends_with(".idx") ? path.substr(0, path.size() - 4) + ".mp4" : path;
    LT_TRY(const bool has_row, database_.read([&](Session& s) { return rows::path_is_known(s, segment); }));
    if (has_row) return {};
    const auto status = volume_.status(path);
    if (!status.ok()) return {};  // gone meanwhile
    if (server_runs_ && SystemClock{}.now() - status->modified < row_delay) return {};
    if (repair_) LT_CHECK(set_aside(path));
    add(path, repair_ ? "unknown file, moved to quarantine" : "unknown file", repair_);
    return {};
  }

  Status set_aside(const std::string& path) {
    for (int copy = 1;; ++copy) {
      const auto to = fmt::format("{}/{}{}", quarantine, path, copy == 1 ? "" : fmt::format(".{}", copy));
      auto moved = volume_.move(path, to);
      if (moved.ok() || moved.error().code() != Code::conflict || copy > 99) return moved;
    }
  }

  storage::blobs::Volume& volume_;
  storage::sql::Database& database_;
  Log& log_;
  const bool repair_;
  const bool server_runs_;
  std::vector<Finding> findings_;
};

}  // namespace

Result<std::vector<Finding>> check(const Options& options, storage::sql::Database& database, const Clock&,
                                   Log& log, CheckOptions check_options) {
  LT_TRY(const auto volume, storage::blobs::open_local_volume({options.folder, options.direct_io}));
  const auto lock = lock_folder(*volume);
  if (!lock.ok() && lock.error().code() != Code::conflict) return lock.error();
  return Checker{*volume, database, log, check_options, !lock.ok()}.all();
}

}  // namespace longtake::archive
