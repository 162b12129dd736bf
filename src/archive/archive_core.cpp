#include "archive/archive_core.h"

#include <pthread.h>
#include <sys/file.h>

#include <algorithm>

#include "archive/recovery.h"
#include "archive/timeline_assembly.h"

namespace longtake::archive {
namespace {

using storage::sql::Session;

/// Serial queues post one task each: as many as there are channels may wait.
constexpr std::size_t disk_queue_limit = 100'000;

bool in_order(const SharedSegment& a, const SharedSegment& b) {
  return a->summary.sequence < b->summary.sequence;
}

}  // namespace

Result<Fd> lock_folder(const storage::blobs::Volume& volume) {
  const auto path = volume.full(".lock");
  LT_TRY(auto file,
         io::open_file(path, {.access = io::Access::read_write, .create = io::Create::if_missing}));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) return io::os_error(errno, "lock", path.native());
  return make_error(Code::conflict,
                    "archive folder {} is in use by another server: stop it or choose another folder",
                    volume.root().native());
}

Result<std::unique_ptr<Archive>> Archive::open(Options options, storage::sql::Database& database,
                                               const Clock& clock, Log& log) {
  LT_TRY(auto volume,
         storage::blobs::open_local_volume({.folder = options.folder, .direct_io = options.direct_io}));
  LT_TRY(auto core, ArchiveCore::open(std::move(options), std::move(volume), database, clock, log));
  return std::unique_ptr<Archive>{std::move(core)};
}

ArchiveCore::ArchiveCore(Options options, std::unique_ptr<storage::blobs::Volume> volume,
                         storage::sql::Database& database, const Clock& clock, Log& log)
    : options_(std::move(options)),
      volume_(std::move(volume)),
      database_(database),
      clock_(clock),
      log_(log),
      disk_({.name = "disk",
             .threads = static_cast<int>(std::max(1u, options_.disk_threads)),
             .queue_limit = disk_queue_limit}),
      channels_(disk_),
      rows_(database, log),
      known_rows_(database),
      views_(*volume_, log, options_.open_segment_views),
      retention_({options_, *volume_, database_, channels_, views_, listeners_, clock_, log_}) {}

Result<std::unique_ptr<ArchiveCore>> ArchiveCore::open(Options options,
                                                       std::unique_ptr<storage::blobs::Volume> volume,
                                                       storage::sql::Database& database, const Clock& clock,
                                                       Log& log) {
  LT_TRY(auto lock, lock_folder(*volume));
  LT_TRY(const auto recovery, recover(*volume, database, log), "recovering archive {}",
         volume->root().native());
  if (recovery.sealed + recovery.adopted + recovery.empty > 0)
    log.warn("archive recovered after a crash",
             {{"sealed", recovery.sealed}, {"adopted", recovery.adopted}, {"empty", recovery.empty}});
  std::unique_ptr<ArchiveCore> core{
      new ArchiveCore{std::move(options), std::move(volume), database, clock, log}};
  core->lock_ = std::move(lock);
  LT_CHECK(core->load(log));
  core->upkeep_ = std::thread{[core = core.get()] { core->upkeep(); }};
  return core;
}

Status ArchiveCore::load(Log& log) {
  LT_TRY(ids_, IdBlocks::open(database_));
  ids_->refill_through(rows_);
  recorder_ = std::make_shared<Recorder>(Recorder::Parts{.options = options_,
                                                         .volume = *volume_,
                                                         .rows = rows_,
                                                         .ids = *ids_,
                                                         .channels = channels_,
                                                         .listeners = listeners_,
                                                         .clock = clock_,
                                                         .log = log,
                                                         .need_room = [this] { need_room(); }});
  return database_.read([&](Session& s) -> Status {
    LT_TRY(const auto recordings, rows::recordings(s));
    for (const auto& recording : recordings) {
      LT_TRY(const auto extent, rows::extent(s, recording.channel));
      const auto channel = channels_.get(recording.channel);
      channel->recording = recording;
      channel->oldest = extent.from;
      channel->newest = extent.to;
      channel->stored = extent.bytes;
    }
    LT_TRY(const auto gaps, rows::open_gaps(s));
    for (const auto& gap : gaps)
      channels_.get(gap.channel)->gaps.push_back({.row = gap});
    return {};
  });
}

ArchiveCore::~ArchiveCore() {
  stop();
}

void ArchiveCore::stop() {
  const std::lock_guard once{stop_mutex_};
  if (std::exchange(stopped_, true)) return;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (upkeep_.joinable()) upkeep_.join();
  if (recorder_) recorder_->stop();
  disk_.stop(io::Lane::Stop::drain);
  rows_.stop();
}

void ArchiveCore::flush() {
  for (const auto& channel : channels_.all())
    channel->disk_queue->wait_idle();
  rows_.wait_idle();
}

void ArchiveCore::sync_now() {
  recorder_->sync_all();
  rows_.kick();
}

void ArchiveCore::need_room() {
  {
    const std::lock_guard lock{mutex_};
    needs_room_ = true;
  }
  wake_.notify_all();
}

Result<Retention::Outcome> ArchiveCore::apply_retention() {
  const std::lock_guard lock{retention_mutex_};
  auto outcome = retention_.apply();
  if (outcome.ok()) recorder_->set_no_room(outcome->no_room);
  return outcome;
}

void ArchiveCore::upkeep() {
  ::pthread_setname_np(::pthread_self(), "upkeep");
  using Steady = std::chrono::steady_clock;
  const auto sync_interval = std::max<std::chrono::seconds>(options_.sync_interval, std::chrono::seconds{1});
  auto next_sync = Steady::now() + sync_interval;
  auto next_retention = Steady::now();
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    wake_.wait_until(lock, std::min(next_sync, next_retention), [&] { return stopping_ || needs_room_; });
    if (stopping_) break;
    const bool retention_due = std::exchange(needs_room_, false) || Steady::now() >= next_retention;
    lock.unlock();
    if (Steady::now() >= next_sync) {
      sync_now();
      next_sync = Steady::now() + sync_interval;
    }
    if (retention_due) {
      if (const auto outcome = apply_retention(); !outcome.ok())
        log_.warn("retention failed, will try again", {{"error", outcome.error().story()}});
      next_retention = Steady::now() + std::max(options_.retention_interval, std::chrono::seconds{1});
    }
    lock.lock();
  }
}

Result<std::unique_ptr<RunWriter>> ArchiveCore::start_run(RunStart start) {
  return recorder_->start_run(std::move(start));
}
Status ArchiveCore::note_gap(ChannelId channel, GapCause cause, std::string detail) {
  return recorder_->note_gap(channel, cause, std::move(detail));
}
std::shared_ptr<void> ArchiveCore::subscribe(std::function<void(const LiveEvent&)> listener) {
  return listeners_.add(std::move(listener));
}

// --- reading: memory first, then rows. A segment that is sealed in between is found in both, and memory's
// word counts; one that only rows call open began after memory was asked, and is left for the next question.

Result<Timeline> ArchiveCore::timeline(ChannelId id, WallRange range) const {
  TimelineParts parts{.range = range, .now = clock_.now()};
  std::vector<LiveGap> gaps;
  if (const auto channel = channels_.find(id)) {
    const std::lock_guard lock{channel->mutex};
    for (const auto& live : channel->segments)
      parts.segments.push_back(
          {live->summary.id, live->summary.run, live->summary.sequence, live->summary.range});
    gaps = channel->gaps;
    parts.first = channel->recording.first;
    parts.oldest = channel->oldest ? channel->oldest : channel->recording.expired;
  }
  auto read = database_.read([&](Session& s) -> Status {
    LT_TRY(const auto stored, rows::segments_around(s, id, range));
    const auto live = parts.segments.size();
    for (const auto& row : stored) {
      const bool in_memory =
          std::any_of(parts.segments.begin(), parts.segments.begin() + std::ptrdiff_t(live),
                      [&](const auto& segment) { return segment.id == row.id; });
      if (row.sealed && !in_memory) parts.segments.push_back({row.id, row.run, row.sequence, row.range});
    }
    LT_TRY(const auto known, rows::gaps_in(s, id, range));
    for (const auto& gap : known)
      if (std::none_of(gaps.begin(), gaps.end(), [&](const LiveGap& g) { return g.row.id == gap.id; }))
        parts.gaps.push_back({gap.from, gap.to, gap.cause, gap.detail});
    return {};
  });
  if (!read.ok()) return std::move(read).error();
  for (const auto& gap : gaps)
    if (!gap.deleted) parts.gaps.push_back({gap.row.from, gap.row.to, gap.row.cause, gap.row.detail});
  return assemble(std::move(parts));
}

ArchiveCore::InMemory ArchiveCore::in_memory(ChannelId id, WallRange range) const {
  InMemory found;
  const auto channel = channels_.find(id);
  if (!channel) return found;
  const std::lock_guard lock{channel->mutex};
  for (const auto& live : channel->segments) {
    found.ids.push_back(live->summary.id);
    if (live->summary.range.overlaps(range) && !live->records.empty())
      found.segments.push_back(live->snapshot());
  }
  return found;
}

bool ArchiveCore::InMemory::contains(SegmentId id) const {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// Memory first: what left it since is in the catalogue.
Result<std::vector<SharedSegment>> ArchiveCore::segments(ChannelId id, WallRange range) const {
  auto memory = in_memory(id, range);
  auto& found = memory.segments;
  LT_TRY(const auto stored, known_rows_.around(id, range));
  for (const auto& row : *stored) {
    if (!row.sealed || !row.range.overlaps(range) || memory.contains(row.id)) continue;
    auto view = views_.get(row);
    if (view.ok()) {
      found.push_back(std::move(*view));
    } else if (view.error().code() == Code::not_found) {
      // Deleted after its row was read, or missing: what is there is still worth watching.
      log_.warn("segment not found", {{"segment", row.path}});
    } else {
      return std::move(view).error();
    }
  }
  std::sort(found.begin(), found.end(), in_order);
  return std::move(found);
}

std::optional<std::vector<SharedSegment>> ArchiveCore::recall_segments(ChannelId id, WallRange range) const {
  auto memory = in_memory(id, range);
  const auto stored = known_rows_.recall(id, range);
  if (!stored) return {};
  for (const auto& row : *stored) {
    if (!row.sealed || !row.range.overlaps(range) || memory.contains(row.id)) continue;
    auto view = views_.find(row.id);
    if (!view) return {};
    memory.segments.push_back(std::move(view));
  }
  std::sort(memory.segments.begin(), memory.segments.end(), in_order);
  return std::move(memory.segments);
}

Result<SharedSegment> ArchiveCore::segment(ChannelId id, SegmentId segment) const {
  if (const auto channel = channels_.find(id)) {
    const std::lock_guard lock{channel->mutex};
    if (const auto live = channel->find_segment(segment); live && !live->records.empty())
      return live->snapshot();
  }
  LT_TRY(const auto row, database_.read([&](Session& s) { return rows::find_segment(s, id, segment); }));
  if (!row || !row->sealed)
    return make_error(Code::not_found, "channel {} has no segment {}: it has expired", id, segment);
  return views_.get(*row);
}

std::optional<WallTime> ArchiveCore::newest(ChannelId id) const {
  const auto channel = channels_.find(id);
  if (!channel) return std::nullopt;
  const std::lock_guard lock{channel->mutex};
  return channel->newest;
}

std::optional<WallTime> ArchiveCore::oldest(ChannelId id) const {
  const auto channel = channels_.find(id);
  if (!channel) return std::nullopt;
  const std::lock_guard lock{channel->mutex};
  return channel->oldest;
}

bool ArchiveCore::is_live(ChannelId id) const {
  const auto channel = channels_.find(id);
  if (!channel) return false;
  const std::lock_guard lock{channel->mutex};
  return channel->run && channel->run->number > 0 && !channel->run->refused;
}

std::uint64_t ArchiveCore::recorded_bytes(ChannelId id) const {
  const auto channel = channels_.find(id);
  if (!channel) return 0;
  const std::lock_guard lock{channel->mutex};
  auto bytes = channel->stored;
  for (const auto& live : channel->segments)
    if (!live->summary.sealed) bytes += live->summary.bytes;
  return bytes;
}

Result<Usage> ArchiveCore::usage() const {
  LT_TRY(const auto space, volume_->space());
  Usage usage{.disk_free_bytes = space.free, .disk_total_bytes = space.total};
  for (const auto& channel : channels_.all())
    usage.recorded_bytes += recorded_bytes(channel->id());
  return usage;
}

}  // namespace longtake::archive
