#include "media/mp4/views.h"

#include <algorithm>
#include <array>

#include "media/index_record.h"
#include "media/mp4/moof.h"
#include "media/ticks.h"

namespace longtake::media::mp4 {
namespace {

/// A track of a served fragment, its times moved and divided.
struct Retimed {
  std::int64_t dts = 0;
  std::vector<SampleRow> rows;
  std::uint64_t skipped = 0;  // payload bytes before the first row
};

std::int64_t retime(std::int64_t ticks, std::int64_t offset, std::uint32_t speed) {
  return rescale_nearest(ticks + offset, 1, speed);
}

/// Every end is rounded by itself and durations are their differences: nothing drifts.
void apply(Retimed& track, std::int64_t dts, std::int64_t offset, std::uint32_t speed) {
  std::int64_t at = track.dts = retime(dts, offset, speed);
  for (auto& row : track.rows) {
    const auto pts = retime(dts + row.cts, offset, speed);
    dts += row.duration;
    const auto next = retime(dts, offset, speed);
    row.duration = static_cast<std::uint32_t>(next - at);
    row.cts = static_cast<std::int32_t>(pts - at);
    at = next;
  }
}

/// Decode times below zero cannot be written. Those of video are squeezed up to zero, one tick apart, and
/// display times stay; false when nothing would be left.
bool squeeze_to_zero(Retimed& track) {
  const auto count = track.rows.size();
  std::vector<std::int64_t> starts(count + 1);
  starts[0] = track.dts;
  for (std::size_t i = 0; i < count; ++i)
    starts[i + 1] = starts[i] + track.rows[i].duration;
  if (starts[count] <= 0) return false;
  for (std::size_t i = 0; i < count; ++i) {
    auto& row = track.rows[i];
    const auto at = std::max(starts[i], static_cast<std::int64_t>(i));
    const auto next = std::max(starts[i + 1], static_cast<std::int64_t>(i + 1));
    row.cts = static_cast<std::int32_t>(starts[i] + row.cts - at);
    row.duration = static_cast<std::uint32_t>(next - at);
  }
  track.dts = 0;
  return true;
}

/// Sound that would begin below zero is left out: its bytes stay in the mdat without an owner.
bool drop_below_zero(Retimed& track) {
  std::size_t drop = 0;
  for (; drop < track.rows.size() && track.dts < 0; ++drop) {
    track.dts += track.rows[drop].duration;
    track.skipped += track.rows[drop].size;
  }
  track.rows.erase(track.rows.begin(), track.rows.begin() + static_cast<std::ptrdiff_t>(drop));
  return !track.rows.empty();
}

Retimed take(const FragmentView& fragment, TrackKind kind, std::int64_t offset, std::uint32_t speed) {
  Retimed out;
  const auto dts = fragment.track(kind).dts;
  out.dts = dts + offset;
  decode_rows(fragment.record(), kind == TrackKind::video, out.rows);
  if (speed != 1) apply(out, dts, offset, speed);
  return out;
}

}  // namespace

std::optional<FragmentHead> refragment(const FragmentView& fragment, FragmentParts parts, FragmentTimes times,
                                       std::uint32_t sequence) {
  const auto video = fragment.track(TrackKind::video), audio = fragment.track(TrackKind::audio);
  const auto speed = std::max(1U, times.speed);
  bool with_video = parts.video && video.count > 0;
  bool with_audio = parts.audio && audio.count > 0;
  Retimed video_track, audio_track;
  if (with_video) {
    video_track = take(fragment, TrackKind::video, times.video_offset, speed);
    if (video_track.dts < 0) with_video = squeeze_to_zero(video_track);
  }
  if (with_audio) {
    audio_track = take(fragment, TrackKind::audio, times.audio_offset, speed);
    if (audio_track.dts < 0) with_audio = drop_below_zero(audio_track);
  }
  if (!with_video && !with_audio) return std::nullopt;

  FragmentHead out;
  out.payload_offset = with_video ? video.offset : audio.offset + audio_track.skipped;
  out.payload_size = (with_video ? video.bytes : 0) + (with_audio ? audio.bytes : 0);
  if (!with_video) out.payload_size -= audio_track.skipped;
  std::array<MoofTrack, 2> tracks;
  std::size_t count = 0;
  if (with_video) tracks[count++] = {video_track_id, video_track.dts, video_track.rows, 0};
  if (with_audio)
    tracks[count++] = {audio_track_id, audio_track.dts, audio_track.rows,
                       with_video ? video.bytes + audio_track.skipped : 0};
  out.head = write_moof(sequence, std::span{tracks}.first(count), out.payload_size);
  return out;
}

std::optional<KeyframeSample> keyframe_sample(const FragmentView& fragment, std::uint64_t duration,
                                              FragmentTimes times) {
  const auto size = fragment.keyframe_size();
  if (size == 0) return std::nullopt;
  const auto video = fragment.track(TrackKind::video);
  const auto speed = std::max(1U, times.speed);
  const auto pts = video.dts + fragment.cts(TrackKind::video).at(0);
  const auto start = retime(pts, times.video_offset, speed);
  const auto length = static_cast<std::int64_t>(std::min<std::uint64_t>(duration, max_dts));
  const auto end = retime(pts + length, times.video_offset, speed);
  if (start < 0 || end <= start || end - start > 0xFFFFFFFFLL) return std::nullopt;
  return KeyframeSample{start, end, video.offset, size};
}

Bytes keyframes_head(std::span<const KeyframeSample> keyframes, std::uint32_t sequence) {
  std::vector<SampleRow> rows;
  rows.reserve(keyframes.size());
  std::uint64_t size = 0;
  for (const auto& key : keyframes) {
    rows.push_back({.size = key.payload_size,
                    .duration = static_cast<std::uint32_t>(key.end - key.start),
                    .sync = true});
    size += key.payload_size;
  }
  const MoofTrack track{video_track_id, keyframes.front().start, rows, 0};
  return write_moof(sequence, {&track, 1}, size);
}

}  // namespace longtake::media::mp4
