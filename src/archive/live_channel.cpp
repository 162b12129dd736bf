#include "archive/live_channel.h"

#include <algorithm>

#include "archive/segment_file.h"
#include "media/ticks.h"

namespace longtake::archive {
namespace {

constexpr std::size_t tail_fragments = 2;
constexpr std::uint64_t tail_bytes = 1u << 20;

}  // namespace

SharedSegment LiveSegment::snapshot() const {
  if (view) return view;
  auto fresh = std::make_shared<SegmentView>();
  fresh->summary = summary;
  fresh->tracks = tracks;
  fresh->header_size = header->size();
  fresh->header = header;
  fresh->index = media::SegmentIndex::from_records(records);
  fresh->file = file;
  fresh->file_bytes = file_bytes;
  fresh->tail.assign(tail.begin(), tail.end());
  view = std::move(fresh);
  return view;
}

rows::SegmentRow LiveSegment::row() const {
  return {.id = summary.id,
          .channel = summary.channel,
          .run = summary.run,
          .run_number = summary.run_number,
          .sequence = summary.sequence,
          .first_fragment = summary.first_fragment,
          .fragments = records.size(),
          .anchor = summary.anchor,
          .range = summary.range,
          .bytes = summary.bytes,
          .index_bytes = index_bytes,
          .sealed = summary.sealed,
          .path = path};
}

void LiveSegment::keep_fragments(std::size_t count) {
  view.reset();
  records.resize(std::min(count, records.size()));
  ends.resize(records.size());
  summary.bytes = header->size();
  if (!records.empty()) {
    const media::FragmentView last{records.back()->data(), records.back()->size()};
    summary.bytes = last.offset() + last.size();
  }
  summary.range.to = ends.empty() ? summary.range.from : ends.back();
  while (!tail.empty() && tail.back().offset >= summary.bytes)
    tail.pop_back();
}

void LiveSegment::trim_tail() {
  std::uint64_t kept = 0;
  for (const auto& piece : tail)
    kept += piece.fragment->bytes->size();
  while (!tail.empty()) {
    const auto& first = tail.front();
    const auto size = first.fragment->bytes->size();
    if (first.offset + size > file_bytes) break;  // not written yet
    if (!closed && tail.size() <= tail_fragments && kept <= tail_bytes) break;
    kept -= size;
    tail.pop_front();
  }
}

LiveGap* LiveChannel::open_gap() {
  for (auto& gap : gaps)
    if (!gap.row.to && !gap.deleted) return &gap;
  return nullptr;
}

LiveGap* LiveChannel::find_gap(GapId id) {
  for (auto& gap : gaps)
    if (gap.row.id == id) return &gap;
  return nullptr;
}

LiveSegmentPtr LiveChannel::find_segment(SegmentId id) const {
  for (const auto& segment : segments)
    if (segment->summary.id == id) return segment;
  return nullptr;
}

void LiveChannel::forget_written_gaps() {
  std::erase_if(gaps, [](const LiveGap& gap) { return gap.pending == 0 && (gap.row.to || gap.deleted); });
}

std::optional<WallRange> displayed(const media::FragmentView& fragment, const media::Tracks& tracks,
                                   const media::Anchor& anchor) {
  for (const auto kind : {media::TrackKind::video, media::TrackKind::audio}) {
    const auto part = fragment.track(kind);
    const auto& track = tracks.of(kind);
    if (part.count == 0 || !track) continue;
    return WallRange{anchor.to_wall(media::to_media_nearest(part.min_pts, track->timescale)),
                     anchor.to_wall(media::to_media_nearest(part.end_pts, track->timescale))};
  }
  return std::nullopt;
}

std::string segment_path(ChannelId channel, WallTime from, std::uint32_t sequence) {
  using namespace std::chrono;
  const auto day = floor<days>(from);
  const year_month_day date{day};
  const hh_mm_ss time{floor<seconds>(from - day)};
  return fmt::format("{}/{:04}/{:02}/{:02}/{:02}{:02}{:02}Z-{}.mp4", channel, int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), sequence);
}

}  // namespace longtake::archive
