// Recorder, the part that only touches memory: called on source threads.
#include <algorithm>
#include <cassert>

#include "archive/recorder.h"
#include "media/mp4/init.h"

namespace longtake::archive {
namespace {

/// Anchors of one run slew; a hole or overlap between its segments up to this is theirs, not the source's.
constexpr Micros slew_tolerance = std::chrono::seconds{1};

}  // namespace

void Recorder::start_segment(LiveChannel& channel, RunId id, media::Anchor anchor) {
  const std::lock_guard lock{channel.mutex};
  if (channel.run && channel.run->id == id) channel.run->next_anchor = anchor;
}

Status Recorder::append(LiveChannel& channel, RunId id, const media::SharedFragment& fragment,
                        GapCause& refusal) {
  bool run_began = false;
  {
    const std::lock_guard lock{channel.mutex};
    if (!channel.run || channel.run->id != id)
      return make_error(Code::unavailable, "the recording of channel {} has ended", channel.id());
    auto& run = *channel.run;
    if (run.refused) {
      refusal = run.refusal;
      return *run.refused;
    }
    const auto size = fragment->bytes->size();
    if (channel.buffered + size > parts_.options.buffer_bytes) {
      run.refused = make_error(Code::full, "the disk is too slow: {} bytes of channel {} wait to be written",
                               channel.buffered, channel.id());
      run.refusal = refusal = GapCause::disk_slow;
      return *run.refused;
    }
    run_began = run.number == 0;
    if (run.next_anchor) LT_CHECK(begin_segment(channel, run, fragment->view()));
    assert(run.segment && "start_segment comes before the first append");
    if (!run.segment) return make_error(Code::internal, "append before start_segment");
    add_fragment(channel, run, fragment);
  }
  if (run_began) parts_.listeners.tell({LiveEvent::Kind::run_started, channel.id()});
  parts_.listeners.tell({LiveEvent::Kind::fragment, channel.id()});
  return {};
}

Status Recorder::begin_segment(LiveChannel& channel, LiveRun& run, const media::FragmentView& first) {
  const auto range = displayed(first, *run.tracks, *run.next_anchor);
  if (!range) return make_error(Code::invalid, "a fragment without samples");
  LT_TRY(const auto id, parts_.ids.segment());
  auto segment = std::make_shared<LiveSegment>();
  segment->tracks = run.tracks;
  segment->run_started = run.started;
  segment->summary = {.id = SegmentId{id},
                      .channel = channel.id(),
                      .run = run.id,
                      .sequence = channel.recording.last_sequence + 1,
                      .first_fragment = channel.recording.fragments,
                      .anchor = *run.next_anchor};
  place_on_timeline(channel, run, *segment, *range);
  if (run.number == 0) run.number = ++channel.recording.runs;
  segment->summary.run_number = run.number;
  channel.recording.last_sequence = segment->summary.sequence;
  if (!channel.recording.first) channel.recording.first = segment->summary.range.from;
  if (!channel.oldest) channel.oldest = segment->summary.range.from;

  const auto header = media::mp4::segment_header(*run.tracks, {.channel = channel.id(),
                                                               .run = run.id,
                                                               .sequence = segment->summary.sequence,
                                                               .anchor = *run.next_anchor,
                                                               .run_started = run.started});
  segment->header = std::make_shared<const media::Bytes>(header);
  segment->summary.bytes = header.size();
  segment->path = segment_path(channel.id(), segment->summary.range.from, segment->summary.sequence);
  if (run.segment) close_segment(channel, run.segment);
  run.segment = segment;
  run.next_anchor.reset();
  channel.segments.push_back(segment);
  post(channel, [this, segment, expected = channel.last_segment_bytes](LiveChannel& c) {
    create_job(c, segment, expected);
  });
  return {};
}

/// Ranges of a channel never overlap: footage that claims time already taken begins where that ended.
void Recorder::place_on_timeline(LiveChannel& channel, LiveRun& run, LiveSegment& segment, WallRange range) {
  auto from = range.from;
  segment.newest_before = channel.newest;
  if (run.segment) {
    auto& before = *run.segment;
    const auto hole = from - before.summary.range.to;
    if (hole > Micros{0} && hole <= slew_tolerance) {
      before.summary.range.to = from;
      before.view.reset();
    }
    from = std::max(from, before.summary.range.to);
  } else if (channel.newest) {
    from = std::max(from, *channel.newest);
  }
  segment.summary.range = {from, from};
  if (run.segment) return;
  auto* gap = channel.open_gap();
  if (!gap) return;
  // Its row changes together with the row of the first segment: a crash before that leaves it open.
  segment.closes_gap = gap->row.id;
  ++gap->pending;
  if (gap->row.from < from)
    gap->row.to = from;
  else
    gap->deleted = true;
}

void Recorder::add_fragment(LiveChannel& channel, LiveRun& run, const media::SharedFragment& fragment) {
  const auto segment = run.segment;
  auto& summary = segment->summary;
  auto placed = std::make_shared<media::Fragment>(*fragment);
  placed->place_at(summary.bytes);
  const SegmentView::Tail piece{summary.bytes, placed};
  segment->records.push_back(std::make_shared<const media::Bytes>(placed->record));
  if (const auto range = displayed(placed->view(), *run.tracks, summary.anchor))
    summary.range.to = std::max(summary.range.to, range->to);
  segment->ends.push_back(summary.range.to);
  summary.bytes += placed->bytes->size();
  segment->tail.push_back(piece);
  segment->view.reset();
  channel.recording.fragments += 1;
  channel.newest = std::max(channel.newest.value_or(summary.range.to), summary.range.to);
  channel.buffered += placed->bytes->size();
  post(channel, [this, segment, piece](LiveChannel& c) { write_job(c, segment, piece); });
}

void Recorder::close_segment(LiveChannel& channel, const LiveSegmentPtr& segment) {
  segment->closed = true;
  post(channel, [this, segment](LiveChannel& c) { seal_job(c, segment); });
}

}  // namespace longtake::archive
