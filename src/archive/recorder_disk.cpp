// Recorder, the part that runs on the disk lane. Order at the seal: bytes and index synced, folder synced,
// then the row.
#include <algorithm>

#include "archive/recorder.h"

namespace longtake::archive {

void Recorder::create_job(LiveChannel& channel, const LiveSegmentPtr& segment, std::uint64_t expected_bytes) {
  auto made = make_file(channel, *segment, expected_bytes);
  if (!made.ok()) return refuse(channel, *segment, made.error());
  auto fd = parts_.volume.open_to_read(segment->path);
  if (!fd.ok()) {
    static_cast<void>((*made)->discard());
    return refuse(channel, *segment, fd.error());
  }
  const std::lock_guard lock{channel.mutex};
  segment->output = std::move(*made);
  segment->file = io::share(std::move(*fd));
  segment->file_bytes = segment->output->written();
  segment->view.reset();
}

Result<std::unique_ptr<SegmentFile>> Recorder::make_file(LiveChannel& channel, LiveSegment& segment,
                                                         std::uint64_t expected_bytes) {
  const auto wanted = segment.path;
  for (int copy = 2;; ++copy) {
    auto made = SegmentFile::create(parts_.volume, staging_, {segment.path, expected_bytes}, *segment.header);
    // A file of that name is there after the database was lost: step aside, `rebuild` will find both.
    if (made.ok() || made.error().code() != Code::conflict || copy > 99) return made;
    const std::lock_guard lock{channel.mutex};
    segment.path = fmt::format("{}-{}.mp4", wanted.substr(0, wanted.rfind('.')), copy);
  }
}

void Recorder::write_job(LiveChannel& channel, const LiveSegmentPtr& segment,
                         const SegmentView::Tail& piece) {
  const auto& bytes = *piece.fragment->bytes;
  const bool failed_before = !segment->output || segment->failed;
  auto written = Status{};
  if (!failed_before) {
    written = segment->output->append(bytes, piece.fragment->record);
    if (written.ok() && parts_.options.sync_interval.count() == 0) written = segment->output->sync();
  }
  {
    const std::lock_guard lock{channel.mutex};
    channel.buffered -= bytes.size();
    if (failed_before) return;
    segment->file_bytes = segment->output->written();
    segment->view.reset();
    if (written.ok()) {
      segment->trim_tail();
      if (!segment->row_posted) save_open_row(channel, *segment);
      segment->row_posted = true;
      return;
    }
    segment->failed = true;
  }
  refuse(channel, *segment, written.error());
}

void Recorder::refuse(LiveChannel& channel, const LiveSegment& segment, const Error& error) {
  const bool full = error.code() == Code::full;
  parts_.log.error("disk refuses footage",
                   {{"channel", channel.id()}, {"segment", segment.path}, {"error", error.story()}});
  if (full) no_room_ = true;
  {
    const std::lock_guard lock{channel.mutex};
    if (channel.run && channel.run->id == segment.summary.run && !channel.run->refused) {
      channel.run->refused = Error{Code::full, error.text()};
      channel.run->refusal = full ? GapCause::disk_full : GapCause::disk_slow;
    }
  }
  if (full) parts_.need_room();
}

void Recorder::sync_job(LiveChannel& channel, const LiveSegmentPtr& segment) {
  if (!segment->output || segment->failed || !segment->output->dirty()) return;
  if (auto synced = segment->output->sync(); !synced.ok()) {
    // After a failed fdatasync the kernel may have dropped the pages: what was written is in doubt, and a
    // second sync would lie. End the run here; the seal keeps what can be read.
    segment->failed = true;
    refuse(channel, *segment, synced.error());
  }
}

void Recorder::seal_job(LiveChannel& channel, const LiveSegmentPtr& segment) {
  if (segment->summary.sealed) return;
  if (!segment->output) return abandon_job(channel, segment);
  const auto sealed = segment->output->seal();
  if (!sealed.ok()) {
    const std::lock_guard lock{channel.mutex};
    if (!segment->seal_failed)
      parts_.log.error("segment not sealed, will try again",
                       {{"segment", segment->path}, {"error", sealed.error().story()}});
    segment->seal_failed = true;
    return;
  }
  if (sealed->fragments == 0) return abandon_job(channel, segment);
  const std::lock_guard lock{channel.mutex};
  segment->seal_failed = false;
  if (sealed->fragments < segment->records.size()) {
    const auto ended = segment->summary.range.to;
    segment->keep_fragments(sealed->fragments);
    after_loss(channel, *segment, ended);
  }
  segment->summary.sealed = true;
  segment->file_bytes = sealed->bytes;
  segment->index_bytes = sealed->index_bytes;
  segment->output.reset();
  segment->trim_tail();
  segment->view.reset();
  channel.last_segment_bytes = sealed->bytes;
  channel.stored += sealed->bytes;
  save_sealed_row(channel, segment);
}

/// Nothing of the segment reached the disk: as if it had never begun.
void Recorder::abandon_job(LiveChannel& channel, const LiveSegmentPtr& segment) {
  if (segment->output)
    if (auto gone = segment->output->discard(); !gone.ok())
      parts_.log.warn("empty segment stays behind", {{"error", gone.error().story()}});
  const std::lock_guard lock{channel.mutex};
  const auto ended = segment->summary.range.to;
  segment->keep_fragments(0);
  segment->output.reset();
  save_closed_gap(channel, *segment);
  after_loss(channel, *segment, ended);
  std::erase(channel.segments, segment);
  if (segment->row_posted)
    parts_.rows.post([id = segment->summary.id](auto& s) { return rows::delete_segment(s, id); });
}

/// Fragments at the end of `segment` are gone: it ends earlier than `ended`, and so does the channel unless
/// it went on elsewhere. The gap that followed begins earlier too.
void Recorder::after_loss(LiveChannel& channel, const LiveSegment& segment, WallTime ended) {
  const auto now_ends = segment.summary.range.to;
  if (segment.summary.sequence == channel.recording.last_sequence) {
    channel.newest = segment.records.empty() ? segment.newest_before : now_ends;
    channel.recording.fragments = segment.summary.first_fragment + segment.records.size();
    if (!channel.newest) {
      channel.oldest.reset();
      channel.recording.first.reset();
    }
  }
  for (auto& gap : channel.gaps)
    if (gap.row.from == ended && !gap.deleted) gap.row.from = now_ends;
  parts_.rows.post([id = channel.id(), ended, now_ends](auto& session) {
    return rows::move_gap_start(session, id, ended, now_ends);
  });
}

void Recorder::save_open_row(LiveChannel& channel, LiveSegment& segment) {
  rows::RunRow run{.id = segment.summary.run,
                   .channel = channel.id(),
                   .number = segment.summary.run_number,
                   .started = segment.run_started,
                   .tracks = segment.tracks->rfc6381()};
  parts_.rows.post(
      [run = std::move(run), row = segment.row(), recording = channel.recording](auto& s) -> Status {
        LT_CHECK(rows::insert_run(s, run));
        LT_CHECK(rows::insert_segment(s, row));
        return rows::save_recording(s, recording);
      });
  save_closed_gap(channel, segment);
}

void Recorder::save_sealed_row(LiveChannel& channel, const LiveSegmentPtr& segment) {
  parts_.rows.post(
      [row = segment->row(), recording = channel.recording](auto& s) -> Status {
        LT_CHECK(rows::update_segment(s, row));
        return rows::save_recording(s, recording);
      },
      [channel = shared(channel), segment](const Status&) {
        const std::lock_guard lock{channel->mutex};
        std::erase(channel->segments, segment);
      });
}

}  // namespace longtake::archive
