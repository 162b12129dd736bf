#include "archive/recovery.h"

#include <algorithm>
#include <map>
#include <set>

#include "archive/stored_segment.h"
#include "base/id.h"

namespace longtake::archive {
namespace {

using storage::sql::Session;

class Run {
 public:
  Run(storage::blobs::Volume& volume, storage::sql::Database& database, Log& log)
      : volume_(volume), database_(database), log_(log) {}

  Result<Recovery> all() {
    LT_TRY(const auto open, database_.read([](Session& s) { return rows::open_segments(s); }));
    for (const auto& row : open)
      LT_CHECK(seal(row), "recovering segment {}", row.path);
    LT_CHECK(adopt_newer_files(), "looking for footage newer than the catalogue");
    LT_CHECK(close_runs(), "closing recordings that a crash left open");
    LT_CHECK(check_open_gaps());
    return done_;
  }

 private:
  Status seal(const rows::SegmentRow& row) {
    const auto scanned = scan_stored(volume_, row.path);
    const bool ours = scanned && scanned->header.identity->channel == row.channel &&
                      scanned->header.identity->sequence == row.sequence;
    if (!ours) {
      log_.warn("segment left empty by a crash", {{"segment", row.path}});
      LT_CHECK(database_.write([&](Session& s) { return rows::delete_segment(s, row.id); }));
      ++done_.empty;
      if (scanned) return {};  // somebody else's footage: `check` will ask
      LT_CHECK(volume_.remove(row.path));
      return volume_.remove(rows::index_path(row.path));
    }
    auto sealed = describe(*scanned, row.path);
    sealed.id = row.id;
    sealed.first_fragment = row.first_fragment;
    // Its start was made to follow what lay before it; its end is what can be read.
    sealed.range = {row.range.from, std::max(row.range.from, sealed.range.to)};
    LT_CHECK(mend(volume_, *scanned, sealed));
    LT_CHECK(database_.write([&](Session& s) -> Status {
      LT_CHECK(rows::update_segment(s, sealed));
      return rows::raise_fragments(s, row.channel, sealed.first_fragment + sealed.fragments);
    }));
    ++done_.sealed;
    log_.info("segment recovered", {{"segment", row.path}, {"fragments", sealed.fragments}});
    return {};
  }

  Status adopt_newer_files() {
    LT_TRY(const auto recordings, database_.read([](Session& s) { return rows::recordings(s); }));
    LT_TRY(next_run_, database_.read([](Session& s) { return rows::next_id(s, "runs"); }));
    std::map<ChannelId, rows::RecordingRow> known;
    for (const auto& recording : recordings)
      known[recording.channel] = recording;
    LT_TRY(const auto folders, volume_.list(""));
    for (const auto& folder : folders) {
      const auto channel = parse_id<ChannelId>(folder.name);
      if (!folder.is_folder || !channel.ok()) continue;
      auto& recording = known[*channel];
      recording.channel = *channel;
      LT_TRY(const auto names, newest_files(folder.name));
      for (const auto& [sequence, path] : names)
        if (sequence > recording.last_sequence) LT_CHECK(adopt(path, recording), "adopting {}", path);
    }
    return {};
  }

  /// Segment files of the two newest days of a channel, by sequence.
  Result<std::multimap<std::uint32_t, std::string>> newest_files(const std::string& channel) {
    std::multimap<std::uint32_t, std::string> files;
    int days = 0;
    const auto descend = [&](auto& self, const std::string& folder, int depth) -> Status {
      LT_TRY(const auto entries, volume_.list(folder));
      for (auto entry = entries.rbegin(); entry != entries.rend() && days < 2; ++entry) {
        const auto path = folder + "/" + entry->name;
        if (depth < 3 && entry->is_folder) LT_CHECK(self(self, path, depth + 1));
        if (depth == 3 && entry->is_regular)
          if (const auto sequence = sequence_of(entry->name)) files.emplace(*sequence, path);
      }
      if (depth == 3) ++days;
      return {};
    };
    LT_CHECK(descend(descend, channel, 0));
    return files;
  }

  /// A file that was written before its row could be.
  Status adopt(const std::string& path, rows::RecordingRow& recording) {
    const auto scanned = scan_stored(volume_, path);
    if (!scanned) return {};  // nothing whole in it: an orphan for `check`
    const auto& identity = *scanned->header.identity;
    // Numbers from before the database was lost mean something else today: that is `rebuild`'s work.
    if (identity.channel != recording.channel || identity.run.value >= next_run_) return {};
    auto row = describe(*scanned, path);
    row.first_fragment = recording.fragments;
    LT_CHECK(mend(volume_, *scanned, row));
    return database_.write([&](Session& s) -> Status {
      LT_TRY(const bool exists, rows::channel_exists(s, recording.channel));
      if (!exists) return {};
      LT_TRY(const auto extent, rows::extent(s, recording.channel));
      if (extent.to) row.range.from = std::max(row.range.from, *extent.to);
      row.range.to = std::max(row.range.from, row.range.to);
      LT_TRY(const auto id, rows::take_ids(s, "segments", 1));
      row.id = SegmentId{id};
      recording.last_sequence = row.sequence;
      recording.fragments += row.fragments;
      if (!recording.first) recording.first = row.range.from;
      LT_CHECK(rows::insert_run(s, {.id = row.run,
                                    .channel = row.channel,
                                    .number = recording.runs + 1,
                                    .started = identity.run_started,
                                    .tracks = scanned->header.tracks.rfc6381()}));
      LT_TRY(recording.runs, rows::highest_run_number(s, recording.channel));
      LT_CHECK(rows::insert_segment(s, row));
      ++done_.adopted;
      log_.info("segment adopted", {{"segment", path}, {"fragments", row.fragments}});
      return rows::save_recording(s, recording);
    });
  }

  Status close_runs() {
    return database_.write([&](Session& s) -> Status {
      LT_TRY(const auto unended, rows::unended_runs(s));
      std::set<ChannelId> crashed;
      for (const auto& run : unended) {
        LT_TRY(const auto extent, rows::extent(s, run.channel));
        LT_CHECK(rows::end_run(s, run.run, extent.to.value_or(WallTime{})));
        crashed.insert(run.channel);
      }
      for (const auto channel : crashed)
        LT_CHECK(open_crash_gap(s, channel));
      return {};
    });
  }

  /// From the recovered end on, unless a gap says already why nothing came after it.
  Status open_crash_gap(Session& s, ChannelId channel) {
    LT_CHECK(rows::delete_empty_runs(s, channel));
    LT_TRY(const auto extent, rows::extent(s, channel));
    if (!extent.to) return {};
    // Of a run whose footage is all lost, the gap before it has an end already.
    LT_TRY(const auto explained, rows::last_gap_end(s, channel));
    const auto from = std::max(*extent.to, explained.value_or(*extent.to));
    LT_TRY(const auto gaps, rows::open_gaps(s));
    for (auto gap : gaps) {
      if (gap.channel != channel) continue;
      if (gap.from >= *extent.to) {
        gap.from = std::min(gap.from, from);
        return rows::save_gap(s, gap);
      }
      LT_CHECK(close_gap(s, gap));
    }
    LT_TRY(const auto id, rows::take_ids(s, "gaps", 1));
    return rows::save_gap(
        s, {.id = GapId{id}, .channel = channel, .from = from, .cause = GapCause::server_crashed});
  }

  /// Its end was still on its way to the database: it is where footage began again.
  static Status close_gap(Session& s, rows::GapRow gap) {
    LT_TRY(const auto from, rows::first_footage_after(s, gap.channel, gap.from));
    if (!from) return {};
    if (*from <= gap.from) return rows::delete_gap(s, gap.id);
    gap.to = from;
    return rows::save_gap(s, gap);
  }

  /// No channel keeps an open gap that footage has overtaken.
  Status check_open_gaps() {
    return database_.write([&](Session& s) -> Status {
      LT_TRY(const auto gaps, rows::open_gaps(s));
      for (const auto& gap : gaps) {
        LT_TRY(const auto extent, rows::extent(s, gap.channel));
        if (extent.to && *extent.to > gap.from) LT_CHECK(close_gap(s, gap));
      }
      return {};
    });
  }

  storage::blobs::Volume& volume_;
  storage::sql::Database& database_;
  Log& log_;
  std::int64_t next_run_ = 0;
  Recovery done_;
};

}  // namespace

Result<Recovery> recover(storage::blobs::Volume& volume, storage::sql::Database& database, Log& log) {
  return Run{volume, database, log}.all();
}

}  // namespace longtake::archive
