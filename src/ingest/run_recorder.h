#pragma once
// One run, from packets to the archive: interleave, cut, lay out, date, hand on. Holds finished fragments
// back only until the first anchor is certain.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "ingest/anchor_estimator.h"
#include "ingest/cutter.h"
#include "ingest/interleaver.h"
#include "ingest/meter.h"
#include "media/fragment.h"

namespace longtake::ingest {

/// Lane: the source's thread. The archive outlives it (the app's order of start and stop).
class RunRecorder {
 public:
  struct Options {
    ChannelId channel;
    /// Asked at every cut, so that an edit takes effect without a new run.
    std::function<std::chrono::seconds()> segment_length;
    Cutter::Options cutter;
    AnchorEstimator::Options anchor;
  };
  RunRecorder(archive::Archive& archive, media::Tracks tracks, Options options);
  ~RunRecorder();

  /// What the run asks for after a packet.
  enum class Outcome {
    go_on,
    clock_stepped,   ///< the source's clock leapt: end, start another run
    time_broken,     ///< time stamps no longer make sense: end, start another run
    archive_refuses  ///< the fragment is lost: end with the archive's reason, try again later
  };
  Outcome push(media::Packet packet);

  /// The source has nothing more at hand (an HLS client at the live edge): what was held back for the anchor
  /// goes out now.
  Outcome caught_up();

  /// Hands on what is there, then seals. Idempotent.
  void end(archive::GapCause cause, std::string detail);

  /// A fragment has reached the archive.
  bool recording() const { return writer_ != nullptr; }
  Micros recorded() const { return recorded_; }
  /// Wall instant after the last picture handed on, when there is one.
  std::optional<WallTime> recorded_until() const { return until_; }
  const Meter& meter() const { return meter_; }
  const Error& refusal() const { return refusal_; }
  archive::GapCause refusal_cause() const { return refusal_cause_; }
  std::uint32_t dropped_packets() const { return dropped_packets_; }
  AnchorEstimator::Method clock() const { return estimator_.method(); }

 private:
  struct Finished {
    media::SharedFragment fragment;
    MediaTime from, to;  ///< displayed, on the source's timeline
    bool sync = false;
  };
  Outcome take(TimedPacket timed);
  Outcome begin_fragment(const TimedPacket& timed, bool sync);
  Outcome finish_fragment(media::FragmentBuilder::Edges edges);
  Outcome release_held();
  Outcome hand_on(Finished finished);
  Status start_run(const Finished& first);
  void start_segment(media::Anchor source_anchor, WallTime not_before);
  Outcome refused(Error error);

  archive::Archive& archive_;
  media::Tracks tracks_;
  Options options_;
  Interleaver interleaver_;
  Cutter cutter_;
  AnchorEstimator estimator_;
  Meter meter_;

  MediaTime origin_;  ///< run timeline = source timeline - origin
  std::unique_ptr<media::FragmentBuilder> builder_;
  Finished building_;
  std::uint32_t sequence_ = 0;
  std::optional<WallTime> first_arrival_;
  std::vector<Finished> held_;
  WallTime newest_arrival_;

  std::unique_ptr<archive::RunWriter> writer_;
  media::Anchor source_anchor_;  ///< of the current segment, on the source's timeline
  WallTime boundary_;            ///< the next segment begins at or after it
  std::optional<WallTime> until_;
  Micros recorded_{0};
  Error refusal_{Code::internal, ""};
  archive::GapCause refusal_cause_ = archive::GapCause::disk_full;
  std::uint32_t dropped_packets_ = 0, broken_in_a_row_ = 0;
  bool ended_ = false;
};

}  // namespace longtake::ingest
