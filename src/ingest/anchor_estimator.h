#pragma once
// When did this picture happen? Ties a run's source timeline to UTC from what packets say: the source's own
// clock where it is believable, else arrival by the least-delayed frame. Pure. Anchors are made once per
// segment and never taken back, so later ones approach a better estimate by at most 500 ppm.

#include <deque>
#include <optional>

#include "base/time.h"
#include "media/anchor.h"

namespace longtake::ingest {

class AnchorEstimator {
 public:
  struct Options {
    /// The first anchor waits for this much arrival: servers begin with a burst of old frames, and only the
    /// newest of them tells the delay.
    Micros settle{1'000'000};
    /// A source clock is believed when it places a packet at most this far before its arrival ...
    Micros max_lag{5'000'000};
    /// ... and at most this far after it (clocks of two machines differ a little).
    Micros max_lead{2'000'000};
    /// A difference from the prediction that is larger, and lasts, is a step of the source's clock.
    Micros step{2'000'000};
    /// Where an earlier run's time line ended that this one is known to continue (an HLS discontinuity).
    std::optional<WallTime> continues;
  };
  AnchorEstimator() : AnchorEstimator(Options{}) {}
  explicit AnchorEstimator(Options options) : options_(options) {}

  struct Observation {
    MediaTime pts;  ///< on the source's timeline
    WallTime arrival;
    std::optional<WallTime> source_wall;
  };
  void observe(const Observation& seen);

  /// The first anchor can be made: enough has arrived, or the source's clock is believed.
  bool settled() const;

  /// The anchor of a segment that begins at `at`. The first call fixes where the run's time lies.
  media::Anchor anchor_at(MediaTime at);

  /// The source's clock has stepped: end the run and start another.
  bool stepped() const;

  /// How the run is tied to UTC.
  enum class Method { arrival, source };
  Method method() const { return method_; }

 private:
  /// What was seen in a few seconds of arrival. Offsets are wall minus media, in microseconds.
  struct Bucket {
    std::int64_t index = 0;
    std::int64_t arrival = 0;  ///< least
    std::int64_t source_sum = 0, source_count = 0;
    std::optional<std::int64_t> source() const;
    std::optional<std::int64_t> by(Method method) const;
  };
  std::int64_t estimate() const;
  std::int64_t first_offset();
  bool believable(std::int64_t source_offset) const;
  void prefer_source_clock();

  Options options_;
  Method method_ = Method::arrival;
  std::deque<Bucket> buckets_;
  std::optional<WallTime> first_arrival_, last_arrival_;
  struct Made {
    MediaTime at;
    std::int64_t offset = 0;
  };
  std::optional<Made> last_;
};

}  // namespace longtake::ingest
