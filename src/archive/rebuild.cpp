// `longtake rebuild`: rows from the files' identity boxes.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "archive/archive_core.h"
#include "archive/maintenance.h"
#include "archive/stored_segment.h"
#include "archive/walk.h"

namespace longtake::archive {
namespace {

using storage::sql::Session;

/// A file without a row.
struct Found {
  rows::SegmentRow row;
  WallTime run_started;
  std::string tracks;
};

class Rebuilder {
 public:
  Rebuilder(storage::blobs::Volume& volume, storage::sql::Database& database, const Clock& clock)
      : volume_(volume), database_(database), clock_(clock) {}

  Result<Rebuilt> all() {
    LT_CHECK(walk_files(volume_, [&](const std::string& path) { return look_at(path); }));
    for (auto& [channel, found] : found_) {
      std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
        return std::tuple{a.row.range.from, a.row.sequence} < std::tuple{b.row.range.from, b.row.sequence};
      });
      LT_CHECK(database_.write([&, id = channel, &files = found](Session& s) { return save(s, id, files); }),
               "rebuilding channel {}", channel);
      ++done_.channels;
      done_.segments += found.size();
    }
    return done_;
  }

 private:
  Status look_at(const std::string& path) {
    if (!path.ends_with(".mp4")) return {};
    LT_TRY(const bool known, database_.read([&](Session& s) { return rows::path_is_known(s, path); }));
    if (known) return {};
    const auto scanned = scan_stored(volume_, path);
    if (!scanned) {
      ++done_.unreadable;
      return {};
    }
    Found found{describe(*scanned, path), scanned->header.identity->run_started,
                scanned->header.tracks.rfc6381()};
    LT_CHECK(mend(volume_, *scanned, found.row), "mending {}", path);
    found_[found.row.channel].push_back(std::move(found));
    return {};
  }

  /// All rows of one channel, old and new, end up in order of time with numbers to match.
  Status save(Session& s, ChannelId channel, std::vector<Found>& files) {
    LT_CHECK(rows::make_channel(s, channel, fmt::format("recovered {}", channel), clock_.now()));
    rows::RecordingRow recording{.channel = channel};
    LT_TRY(const auto recordings, rows::recordings(s));
    for (const auto& row : recordings)
      if (row.channel == channel) recording = row;
    LT_TRY(recording.runs, rows::highest_run_number(s, channel));
    LT_TRY(const auto first_id, rows::take_ids(s, "segments", static_cast<std::int64_t>(files.size())));
    LT_TRY(const auto before, rows::segments_after(s, channel, 0, unlimited));
    std::set<std::uint32_t> taken;
    for (const auto& row : before) {
      taken.insert(row.sequence);
      recording.last_sequence = std::max(recording.last_sequence, row.sequence);
    }
    for (const auto& file : files)
      if (!taken.contains(file.row.sequence))
        recording.last_sequence = std::max(recording.last_sequence, file.row.sequence);
    auto id = first_id;
    for (auto& file : files) {
      file.row.id = SegmentId{id++};
      // The number may have been given again after the database was lost.
      if (!taken.insert(file.row.sequence).second) file.row.sequence = ++recording.last_sequence;
      taken.insert(file.row.sequence);
      LT_TRY(file.row.run, run_of(s, file, recording));
      LT_CHECK(rows::insert_segment(s, file.row));
    }
    return put_in_order(s, recording);
  }

  /// The run's row, made when it is missing; another id when that one means something else by now.
  Result<RunId> run_of(Session& s, const Found& file, rows::RecordingRow& recording) {
    const auto key = std::tuple{file.row.channel, file.row.run, file.run_started};
    if (const auto known = runs_.find(key); known != runs_.end()) return known->second;
    LT_TRY(const auto same, rows::find_run(s, file.row.run));
    RunId id = file.row.run;
    if (same && (same->channel != file.row.channel || same->started != file.run_started)) {
      LT_TRY(const auto fresh, rows::take_ids(s, "runs", 1));
      id = RunId{fresh};
    }
    LT_CHECK(rows::raise_next_id(s, "runs", id.value + 1));
    LT_CHECK(rows::insert_run(s, {.id = id,
                                  .channel = file.row.channel,
                                  .number = ++recording.runs,
                                  .started = file.run_started,
                                  .tracks = file.tracks}));
    LT_CHECK(rows::end_run(s, id, file.row.range.to));
    runs_[key] = id;
    return id;
  }

  /// Sequences and counts follow time; time that no footage covers between two runs gets a gap.
  Status put_in_order(Session& s, rows::RecordingRow recording) {
    LT_TRY(auto all, rows::segments_after(s, recording.channel, 0, unlimited));
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return std::tuple{a.range.from, a.sequence} < std::tuple{b.range.from, b.sequence};
    });
    const bool in_order = std::is_sorted(
        all.begin(), all.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    std::uint64_t fragments = all.empty() ? 0 : all.front().first_fragment;
    std::optional<WallTime> end;
    const rows::SegmentRow* before = nullptr;
    for (auto& row : all) {
      if (end) row.range.from = std::max(row.range.from, *end);
      row.range.to = std::max(row.range.from, row.range.to);
      if (before && before->run != row.run && *end < row.range.from)
        LT_CHECK(explain(s, recording.channel, *end, row.range.from));
      row.first_fragment = fragments;
      fragments += row.fragments;
      end = row.range.to;
      // Above every number in use, so that no two rows share one on the way.
      if (!in_order) LT_CHECK(rows::renumber(s, row.id, ++recording.last_sequence));
      LT_CHECK(rows::update_segment(s, row));
      LT_CHECK(rows::end_run(s, row.run, row.range.to));
      before = &row;
    }
    recording.fragments = std::max(recording.fragments, fragments);
    if (!all.empty() && (!recording.first || all.front().range.from < *recording.first))
      recording.first = all.front().range.from;
    return rows::save_recording(s, recording);
  }

  static Status explain(Session& s, ChannelId channel, WallTime from, WallTime to) {
    LT_TRY(const auto known, rows::gaps_in(s, channel, {from, to}));
    if (!known.empty()) return {};
    LT_TRY(const auto id, rows::take_ids(s, "gaps", 1));
    return rows::save_gap(s, {.id = GapId{id},
                              .channel = channel,
                              .from = from,
                              .to = to,
                              .cause = GapCause::source_lost,
                              .detail = "rebuilt from files: the cause is not known"});
  }

  static constexpr std::size_t unlimited = 1u << 30;
  storage::blobs::Volume& volume_;
  storage::sql::Database& database_;
  const Clock& clock_;
  std::map<ChannelId, std::vector<Found>> found_;
  std::map<std::tuple<ChannelId, RunId, WallTime>, RunId> runs_;
  Rebuilt done_;
};

}  // namespace

Result<Fd> lock_archive(const Options& options) {
  LT_TRY(const auto volume, storage::blobs::open_local_volume({options.folder, options.direct_io}));
  return lock_folder(*volume);
}

Result<Rebuilt> rebuild(const Options& options, storage::sql::Database& database, const Clock& clock, Log&) {
  LT_TRY(const auto volume, storage::blobs::open_local_volume({options.folder, options.direct_io}));
  // A running server counts sequences and fragments in memory: its numbers and ours would collide.
  LT_TRY(const auto lock, lock_folder(*volume), "rebuilding needs the folder for itself");
  return Rebuilder{*volume, database, clock}.all();
}

}  // namespace longtake::archive
