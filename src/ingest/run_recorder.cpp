#include "ingest/run_recorder.h"

#include <algorithm>
#include <utility>

#include "media/ticks.h"

namespace longtake::ingest {

using media::TrackKind;

namespace {

/// How long fragments wait for a certain anchor at most, and how much of them.
constexpr Micros hold_limit{3'000'000};
constexpr std::size_t held_bytes_limit = 24u << 20;
/// So many unusable packets in a row mean that the time line itself is broken.
constexpr std::uint32_t broken_limit = 50;

}  // namespace

RunRecorder::RunRecorder(archive::Archive& archive, media::Tracks tracks, Options options)
    : archive_(archive),
      tracks_(std::move(tracks)),
      options_(std::move(options)),
      interleaver_(tracks_),
      cutter_(tracks_.video.has_value(), options_.cutter),
      estimator_(options_.anchor) {}

RunRecorder::~RunRecorder() {
  end(archive::GapCause::server_stopped, "");
}

RunRecorder::Outcome RunRecorder::push(media::Packet packet) {
  newest_arrival_ = packet.arrival;
  const auto& track = tracks_.of(packet.kind);
  if (!track) return Outcome::go_on;
  // Sound may lag and is many packets a second; the picture's clock is the run's clock.
  if (packet.kind == TrackKind::video || !tracks_.video)
    estimator_.observe({.pts = media::to_media_nearest(packet.pts, track->timescale),
                        .arrival = packet.arrival,
                        .source_wall = packet.source_wall});
  interleaver_.push(std::move(packet));
  while (auto timed = interleaver_.pop())
    if (const auto outcome = take(*std::move(timed)); outcome != Outcome::go_on) return outcome;
  return writer_ && estimator_.stepped() ? Outcome::clock_stepped : Outcome::go_on;
}

RunRecorder::Outcome RunRecorder::take(TimedPacket timed) {
  meter_.add(timed);
  const auto cut = cutter_.on(timed);
  const bool before_origin = builder_ && timed.dts < origin_;
  if (cut.kind == Cut::Kind::drop || before_origin) {
    dropped_packets_ += builder_ != nullptr;  // waiting for the first keyframe is not a loss
    return Outcome::go_on;
  }
  if (cut.kind == Cut::Kind::begin)
    if (const auto outcome = begin_fragment(timed, cut.sync); outcome != Outcome::go_on) return outcome;
  if (builder_->add(timed.packet).ok()) {
    broken_in_a_row_ = 0;
    return Outcome::go_on;
  }
  ++dropped_packets_;
  return ++broken_in_a_row_ >= broken_limit ? Outcome::time_broken : Outcome::go_on;
}

RunRecorder::Outcome RunRecorder::begin_fragment(const TimedPacket& timed, bool sync) {
  if (!builder_) {
    origin_ = timed.dts;
    first_arrival_ = timed.packet.arrival;
    builder_ = std::make_unique<media::FragmentBuilder>(tracks_, origin_);
  } else if (!builder_->empty()) {
    media::FragmentBuilder::Edges edges;
    auto& next = timed.packet.kind == TrackKind::video ? edges.next_video_dts : edges.next_audio_dts;
    next = timed.packet.dts;
    if (const auto outcome = finish_fragment(edges); outcome != Outcome::go_on) return outcome;
  }
  building_.sync = sync;
  return Outcome::go_on;
}

RunRecorder::Outcome RunRecorder::finish_fragment(media::FragmentBuilder::Edges edges) {
  auto fragment = std::make_shared<const media::Fragment>(builder_->finish(++sequence_, edges));
  const auto view = fragment->view();
  const auto video = view.track(TrackKind::video);
  const auto& shown = tracks_.video && video.count > 0 ? video : view.track(TrackKind::audio);
  const auto& track = tracks_.video && video.count > 0 ? tracks_.video : tracks_.audio;
  const auto since_origin = origin_.time_since_epoch();
  held_.push_back({.fragment = std::move(fragment),
                   .from = media::to_media_nearest(shown.min_pts, track->timescale) + since_origin,
                   .to = media::to_media_nearest(shown.end_pts, track->timescale) + since_origin,
                   .sync = building_.sync});
  std::size_t held_bytes = 0;
  for (const auto& held : held_)
    held_bytes += held.fragment->bytes->size();
  const bool certain = writer_ || estimator_.settled() || newest_arrival_ - *first_arrival_ >= hold_limit ||
                       held_bytes > held_bytes_limit;
  return certain ? release_held() : Outcome::go_on;
}

RunRecorder::Outcome RunRecorder::caught_up() {
  return writer_ ? Outcome::go_on : release_held();
}

RunRecorder::Outcome RunRecorder::release_held() {
  auto held = std::exchange(held_, {});
  for (auto& finished : held)
    if (const auto outcome = hand_on(std::move(finished)); outcome != Outcome::go_on) return outcome;
  return Outcome::go_on;
}

RunRecorder::Outcome RunRecorder::hand_on(Finished finished) {
  if (!writer_) {
    if (auto status = start_run(finished); !status.ok()) return refused(std::move(status).error());
  } else if (finished.sync && source_anchor_.to_wall(finished.from) >= boundary_) {
    start_segment(estimator_.anchor_at(finished.from), source_anchor_.to_wall(finished.from));
  }
  const auto to = finished.to;
  const auto length = finished.to - finished.from;
  if (auto status = writer_->append(std::move(finished.fragment)); !status.ok())
    return refused(std::move(status).error());
  until_ = source_anchor_.to_wall(to);
  recorded_ += length;
  return Outcome::go_on;
}

Status RunRecorder::start_run(const Finished& first) {
  const auto anchor = estimator_.anchor_at(first.from);
  LT_TRY(writer_, archive_.start_run({options_.channel, tracks_, anchor.wall}));
  start_segment(anchor, anchor.wall);
  return {};
}

/// The boundary just passed by the old anchor must not be passed again by a new one that lies earlier.
void RunRecorder::start_segment(media::Anchor source_anchor, WallTime not_before) {
  source_anchor_ = source_anchor;
  boundary_ = next_boundary(std::max(not_before, source_anchor.wall), options_.segment_length());
  writer_->start_segment({source_anchor.media - origin_.time_since_epoch(), source_anchor.wall});
}

RunRecorder::Outcome RunRecorder::refused(Error error) {
  refusal_ = std::move(error);
  // Without a writer the run could not begin: no room.
  refusal_cause_ = writer_ ? writer_->refusal() : archive::GapCause::disk_full;
  return Outcome::archive_refuses;
}

void RunRecorder::end(archive::GapCause cause, std::string detail) {
  if (std::exchange(ended_, true)) return;
  auto outcome = refusal_.text().empty() ? Outcome::go_on : Outcome::archive_refuses;
  while (outcome == Outcome::go_on) {
    auto timed = interleaver_.drain();
    if (!timed) break;
    outcome = take(*std::move(timed));
  }
  if (outcome == Outcome::go_on && builder_ && !builder_->empty()) outcome = finish_fragment({});
  if (outcome == Outcome::go_on) release_held();
  if (writer_) writer_->end(cause, std::move(detail));
}

}  // namespace longtake::ingest
