// Runs and gaps: how they begin and end. What happens in between is in recorder_live.cpp (memory) and
// recorder_disk.cpp (files and rows).
#include "archive/recorder.h"

#include <algorithm>

namespace longtake::archive {
namespace {

class Writer final : public RunWriter {
 public:
  Writer(std::shared_ptr<Recorder> recorder, std::shared_ptr<LiveChannel> channel, RunId run)
      : recorder_(std::move(recorder)), channel_(std::move(channel)), run_(run) {}
  ~Writer() override { end(GapCause::server_stopped, "recording stopped"); }

  RunId run() const override { return run_; }
  void start_segment(media::Anchor anchor) override { recorder_->start_segment(*channel_, run_, anchor); }
  Status append(media::SharedFragment fragment) override {
    return recorder_->append(*channel_, run_, fragment, refusal_);
  }
  GapCause refusal() const override { return refusal_; }
  void end(GapCause cause, std::string detail) override {
    recorder_->end(*channel_, run_, cause, std::move(detail));
  }

 private:
  const std::shared_ptr<Recorder> recorder_;
  const std::shared_ptr<LiveChannel> channel_;
  const RunId run_;
  GapCause refusal_ = GapCause::disk_slow;
};

}  // namespace

Result<std::unique_ptr<RunWriter>> Recorder::start_run(RunStart start) {
  if (stopping_) return make_error(Code::unavailable, "the archive has stopped");
  if (no_room_)
    return make_error(Code::full,
                      "no room to record on the volume of {}: free space or shorten the retention",
                      parts_.options.folder);
  if (parts_.rows.is_full())
    return make_error(Code::unavailable, "the database is too far behind to begin a recording");
  if (!start.tracks.video && !start.tracks.audio)
    return make_error(Code::invalid, "a run needs a video or an audio track");
  LT_TRY(const auto id, parts_.ids.run());
  const auto channel = parts_.channels.get(start.channel);
  const std::lock_guard lock{channel->mutex};
  if (channel->run) return make_error(Code::conflict, "channel {} is already being recorded", start.channel);
  channel->run.emplace();
  channel->run->id = RunId{id};
  channel->run->started = start.started;
  channel->run->tracks = std::make_shared<const media::Tracks>(std::move(start.tracks));
  return std::unique_ptr<RunWriter>{std::make_unique<Writer>(shared_from_this(), channel, RunId{id})};
}

void Recorder::end(LiveChannel& channel, RunId run, GapCause cause, std::string detail) {
  {
    const std::lock_guard lock{channel.mutex};
    if (!channel.run || channel.run->id != run) return;
    end_locked(channel, cause, std::move(detail));
  }
  parts_.listeners.tell({LiveEvent::Kind::run_ended, channel.id()});
}

void Recorder::end_locked(LiveChannel& channel, GapCause cause, std::string detail) {
  const auto run = std::move(*channel.run);
  channel.run.reset();
  if (run.number == 0) {
    // Nothing was recorded: the gap before it goes on.
    const auto changed = change_gap(channel, parts_.clock.now(), cause, std::move(detail));
    if (!changed.ok()) parts_.log.warn("gap not noted", {{"error", changed.error().story()}});
    return;
  }
  close_segment(channel, run.segment);
  post(channel, [this, id = run.id, last = run.segment](LiveChannel& c) {
    const std::lock_guard lock{c.mutex};
    const auto ended = last->summary.range.to;
    parts_.rows.post([id, ended](auto& session) { return rows::end_run(session, id, ended); });
  });
  const auto opened =
      open_gap(channel, channel.newest.value_or(parts_.clock.now()), cause, std::move(detail));
  if (!opened.ok()) parts_.log.warn("gap not noted", {{"error", opened.error().story()}});
}

Status Recorder::note_gap(ChannelId id, GapCause cause, std::string detail) {
  if (stopping_) return make_error(Code::unavailable, "the archive has stopped");
  const auto channel = parts_.channels.get(id);
  const std::lock_guard lock{channel->mutex};
  if (channel->run && channel->run->number > 0) return {};  // it is recording
  return change_gap(*channel, parts_.clock.now(), cause, std::move(detail));
}

Status Recorder::change_gap(LiveChannel& channel, WallTime at, GapCause cause, std::string detail) {
  auto* gap = channel.open_gap();
  if (!gap) return open_gap(channel, channel.newest.value_or(at), cause, std::move(detail));
  if (gap->row.cause == cause && gap->row.detail == detail) return {};
  if (gap->row.cause == cause || at <= gap->row.from) {
    gap->row.cause = cause;
    gap->row.detail = std::move(detail);
    save_gap(channel, *gap);
    return {};
  }
  gap->row.to = at;
  save_gap(channel, *gap);
  return open_gap(channel, at, cause, std::move(detail));
}

Status Recorder::open_gap(LiveChannel& channel, WallTime from, GapCause cause, std::string detail) {
  LT_TRY(const auto id, parts_.ids.gap());
  channel.gaps.push_back({.row = {.id = GapId{id},
                                  .channel = channel.id(),
                                  .from = from,
                                  .cause = cause,
                                  .detail = std::move(detail)}});
  save_gap(channel, channel.gaps.back());
  return {};
}

void Recorder::save_gap(LiveChannel& channel, LiveGap& gap) {
  ++gap.pending;
  auto write = [row = gap.row, deleted = gap.deleted](auto& session) {
    return deleted ? rows::delete_gap(session, row.id) : rows::save_gap(session, row);
  };
  parts_.rows.post(std::move(write), [channel = shared(channel), id = gap.row.id](const Status& status) {
    const std::lock_guard lock{channel->mutex};
    auto* written = channel->find_gap(id);
    if (!written) return;
    --written->pending;
    if (!status.ok()) written->deleted = true;
    channel->forget_written_gaps();
  });
}

/// The gap before a run ends where the run's first segment begins.
void Recorder::save_closed_gap(LiveChannel& channel, LiveSegment& segment) {
  if (!segment.closes_gap) return;
  if (auto* gap = channel.find_gap(*std::exchange(segment.closes_gap, std::nullopt))) {
    save_gap(channel, *gap);
    --gap->pending;  // what place_on_timeline had counted
  }
}

void Recorder::post(LiveChannel& channel, std::function<void(LiveChannel&)> job) {
  auto pointer = shared(channel);
  auto& queue = *pointer->disk_queue;
  queue.post([pointer = std::move(pointer), job = std::move(job)] { job(*pointer); });
}

void Recorder::sync_all() {
  for (const auto& channel : parts_.channels.all()) {
    const std::lock_guard lock{channel->mutex};
    for (const auto& segment : channel->segments) {
      if (!segment->closed)
        post(*channel, [this, segment](LiveChannel& c) { sync_job(c, segment); });
      else if (segment->seal_failed)
        post(*channel, [this, segment](LiveChannel& c) { seal_job(c, segment); });
    }
  }
}

void Recorder::stop() {
  stopping_ = true;
  for (const auto& channel : parts_.channels.all()) {
    const std::lock_guard lock{channel->mutex};
    if (channel->run) end_locked(*channel, GapCause::server_stopped, "the server was stopped");
  }
  for (const auto& channel : parts_.channels.all())
    channel->disk_queue->wait_idle();
}

}  // namespace longtake::archive
