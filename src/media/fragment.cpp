#include "media/fragment.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <vector>

#include "media/index_record.h"
#include "media/mp4/moof.h"
#include "media/ticks.h"

namespace longtake::media {
namespace {

/// What a codec's frame lasts when nobody says so, in ticks.
std::uint32_t usual_duration(const Track& track) {
  switch (track.codec) {
    case Codec::h264:
    case Codec::hevc:
    case Codec::av1:
      return std::max(1U, track.timescale / 25);
    case Codec::mp3:
    case Codec::mp2:
      return 1152;
    case Codec::opus:
      return 960;
    case Codec::ac3:
    case Codec::eac3:
      return 1536;
    case Codec::aac:
      return 1024;
    case Codec::pcm_alaw:
    case Codec::pcm_mulaw:
      return std::max(1U, track.timescale / 50);
  }
  return 1;
}

/// Samples of one track waiting for the end of their fragment.
struct Pending {
  std::optional<Track> track;
  std::int64_t origin = 0;  // ticks
  std::vector<Payload> payloads;
  std::vector<SampleRow> rows;
  std::uint64_t bytes = 0;
  std::int64_t first_dts = 0;
  std::int64_t last_dts = 0;
  std::uint32_t last_hint = 0;      // duration the source gave for the last sample
  std::uint32_t last_duration = 0;  // of the sample before
  bool started = false;             // ever, not only in this fragment

  void add(const Packet& p) {
    const auto dts = p.dts - origin;
    if (rows.empty())
      first_dts = dts;
    else
      rows.back().duration = last_duration = static_cast<std::uint32_t>(dts - last_dts);
    rows.push_back(
        {.size = static_cast<std::uint32_t>(p.payload.bytes.size()),
         .cts = kind_of(track->codec) == TrackKind::video ? static_cast<std::int32_t>(p.pts - p.dts) : 0,
         .sync = p.sync || kind_of(track->codec) == TrackKind::audio});
    if (p.payload.owner)
      payloads.push_back(p.payload);
    else
      payloads.push_back(Payload::of(Bytes(p.payload.bytes.begin(), p.payload.bytes.end())));
    bytes += p.payload.bytes.size();
    last_dts = dts;
    last_hint = p.duration;
    started = true;
  }

  std::uint32_t guess_last_duration() const {
    if (last_hint > 0 && last_hint <= max_fragment_ticks) return last_hint;
    return last_duration > 0 ? last_duration : usual_duration(*track);
  }

  void close(std::optional<std::int64_t> next) {
    if (rows.empty()) return;
    const auto distance = next ? *next - origin - last_dts : 0;
    rows.back().duration = distance > 0 && distance <= max_fragment_ticks
                               ? static_cast<std::uint32_t>(distance)
                               : guess_last_duration();
    last_duration = rows.back().duration;
  }

  void clear() {
    payloads.clear();
    rows.clear();
    bytes = 0;
  }
};

}  // namespace

void Fragment::place_at(std::uint64_t segment_offset) {
  place_record(record, segment_offset);
}

struct FragmentBuilder::State {
  Pending video, audio;
  Pending& of(TrackKind k) { return k == TrackKind::video ? video : audio; }
};

FragmentBuilder::FragmentBuilder(Tracks tracks, MediaTime origin) : state_(std::make_unique<State>()) {
  state_->video.track = std::move(tracks.video);
  state_->audio.track = std::move(tracks.audio);
  for (auto* pending : {&state_->video, &state_->audio})
    if (pending->track) pending->origin = to_ticks_nearest(origin, pending->track->timescale);
}

FragmentBuilder::~FragmentBuilder() = default;
FragmentBuilder::FragmentBuilder(FragmentBuilder&&) noexcept = default;
FragmentBuilder& FragmentBuilder::operator=(FragmentBuilder&&) noexcept = default;

Status FragmentBuilder::add(const Packet& packet) {
  auto& p = state_->of(packet.kind);
  const auto* kind = packet.kind == TrackKind::video ? "video" : "audio";
  if (!p.track) return make_error(Code::invalid, "{} sample in a run without {}", kind, kind);
  const auto size = packet.payload.bytes.size();
  if (size == 0) return make_error(Code::invalid, "empty {} sample", kind);
  if (size > max_sample_bytes)
    return make_error(Code::invalid, "{} sample of {} bytes; the limit is {}", kind, size, max_sample_bytes);
  if (bytes() + size > max_fragment_bytes)
    return make_error(Code::invalid, "fragment grows beyond {} bytes without a cut", max_fragment_bytes);
  if (p.rows.size() >= max_fragment_samples)
    return make_error(Code::invalid, "fragment grows beyond {} samples without a cut", max_fragment_samples);
  if (packet.dts > max_dts || packet.dts < -max_dts)
    return make_error(Code::invalid, "{} time stamp {} is out of range", kind, packet.dts);
  const auto dts = packet.dts - p.origin;
  if (dts < 0) return make_error(Code::invalid, "{} sample {} ticks before the run's origin", kind, -dts);
  if (p.started && dts <= p.last_dts)
    return make_error(Code::invalid, "{} time stamps go back by {} ticks", kind, p.last_dts - dts);
  if (!p.rows.empty() && dts - p.first_dts > max_fragment_ticks)
    return make_error(Code::invalid, "{} time stamps jump by {} ticks", kind, dts - p.last_dts);
  if (packet.pts > packet.dts + max_fragment_ticks || packet.pts < packet.dts - max_fragment_ticks)
    return make_error(Code::invalid, "{} display time is {} ticks from decode time", kind,
                      packet.pts - packet.dts);
  p.add(packet);
  return {};
}

bool FragmentBuilder::empty() const {
  return state_->video.rows.empty() && state_->audio.rows.empty();
}
bool FragmentBuilder::has_video() const {
  return !state_->video.rows.empty();
}
std::uint64_t FragmentBuilder::bytes() const {
  return state_->video.bytes + state_->audio.bytes;
}

Micros FragmentBuilder::length() const {
  const auto& p = has_video() ? state_->video : state_->audio;
  if (p.rows.empty()) return Micros{0};
  const auto ticks = p.last_dts - p.first_dts + p.guess_last_duration();
  return Micros{rescale_nearest(ticks, 1'000'000, p.track->timescale)};
}

Fragment FragmentBuilder::finish(std::uint32_t sequence, Edges edges) {
  auto& video = state_->video;
  auto& audio = state_->audio;
  assert(!empty());
  video.close(edges.next_video_dts);
  audio.close(edges.next_audio_dts);

  std::array<mp4::MoofTrack, 2> tracks;
  std::size_t count = 0;
  if (!video.rows.empty()) tracks[count++] = {mp4::video_track_id, video.first_dts, video.rows, 0};
  if (!audio.rows.empty()) tracks[count++] = {mp4::audio_track_id, audio.first_dts, audio.rows, video.bytes};
  const auto payload = video.bytes + audio.bytes;
  const auto head = mp4::write_moof(sequence, std::span{tracks}.first(count), payload);

  auto bytes = std::make_shared<Bytes>();
  bytes->reserve(head.size() + payload);
  bytes->insert(bytes->end(), head.begin(), head.end());
  for (const auto* pending : {&video, &audio})
    for (const auto& p : pending->payloads)
      bytes->insert(bytes->end(), p.bytes.begin(), p.bytes.end());

  Fragment out;
  out.record = encode_record({.offset = 0,
                              .size = static_cast<std::uint32_t>(bytes->size()),
                              .moof_size = static_cast<std::uint32_t>(head.size() - record::mdat_header),
                              .video_dts = video.first_dts,
                              .audio_dts = audio.first_dts,
                              .video = video.rows,
                              .audio = audio.rows});
  out.bytes = std::move(bytes);
  video.clear();
  audio.clear();
  return out;
}

}  // namespace longtake::media
