#include "ingest/anchor_estimator.h"

#include <algorithm>
#include <cstdlib>

namespace longtake::ingest {
namespace {

constexpr Micros bucket_length{5'000'000};
constexpr std::size_t kept_buckets = 12;
/// So many buckets in a row must disagree before it counts as a step.
constexpr std::size_t sustained = 3;
constexpr std::int64_t slew_ppm = 500;
/// An estimate this far from where the earlier run ended does not continue it.
constexpr std::int64_t continuation_limit_us = 60'000'000;
/// A source clock that is this close agrees that it continues: dates are rounded to milliseconds.
constexpr std::int64_t rounding_limit_us = 20'000;

}  // namespace

std::optional<std::int64_t> AnchorEstimator::Bucket::source() const {
  if (source_count == 0) return std::nullopt;
  return source_sum / source_count;
}

std::optional<std::int64_t> AnchorEstimator::Bucket::by(Method method) const {
  return method == Method::source ? source() : std::optional{arrival};
}

void AnchorEstimator::observe(const Observation& seen) {
  if (!first_arrival_) first_arrival_ = seen.arrival;
  last_arrival_ = seen.arrival;
  const auto index = seen.arrival.time_since_epoch() / bucket_length;
  const auto arrival = to_us(seen.arrival) - to_us(seen.pts);
  if (buckets_.empty() || buckets_.back().index != index) {
    buckets_.push_back({.index = index, .arrival = arrival});
    if (buckets_.size() > kept_buckets) buckets_.pop_front();
  }
  auto& bucket = buckets_.back();
  bucket.arrival = std::min(bucket.arrival, arrival);
  if (seen.source_wall) {
    // The mean is kept without overflow: the sum holds at most a few thousand offsets of 2^51 microseconds.
    if (bucket.source_count == 2048) {
      bucket.source_sum /= 2;
      bucket.source_count /= 2;
    }
    bucket.source_sum += to_us(*seen.source_wall) - to_us(seen.pts);
    ++bucket.source_count;
  }
  if (last_ && method_ == Method::arrival) prefer_source_clock();
}

bool AnchorEstimator::believable(std::int64_t source_offset) const {
  // The least-delayed frame of the newest bucket is what "now" means for media time.
  const auto lag = buckets_.back().arrival - source_offset;
  return lag <= options_.max_lag.count() && lag >= -options_.max_lead.count();
}

/// Sender reports come seconds after the first frame: a source clock that agrees with arrival is better than
/// arrival, and reached by slewing.
void AnchorEstimator::prefer_source_clock() {
  const auto& bucket = buckets_.back();
  const auto source = bucket.source();
  if (!source || bucket.source_count < 25) return;
  if (std::abs(*source - last_->offset) < options_.step.count() && believable(*source))
    method_ = Method::source;
}

bool AnchorEstimator::settled() const {
  if (buckets_.empty()) return false;
  if (last_) return true;
  if (const auto source = buckets_.back().source(); source && believable(*source)) return true;
  return *last_arrival_ - *first_arrival_ >= options_.settle;
}

std::int64_t AnchorEstimator::estimate() const {
  if (method_ == Method::source) {
    for (auto bucket = buckets_.rbegin(); bucket != buckets_.rend(); ++bucket)
      if (const auto offset = bucket->source()) return *offset;
  }
  const auto least = std::min_element(buckets_.begin(), buckets_.end(),
                                      [](const auto& a, const auto& b) { return a.arrival < b.arrival; });
  return least->arrival;
}

std::int64_t AnchorEstimator::first_offset() {
  if (const auto source = buckets_.back().source(); source && believable(*source)) {
    method_ = Method::source;
    return *source;
  }
  return estimate();
}

media::Anchor AnchorEstimator::anchor_at(MediaTime at) {
  if (buckets_.empty()) return {at, options_.continues.value_or(WallTime{})};  // asked before any packet
  if (!last_) {
    auto offset = first_offset();
    if (options_.continues) {
      const auto limit = method_ == Method::arrival ? continuation_limit_us : rounding_limit_us;
      const auto continued = to_us(*options_.continues) - to_us(at);
      if (std::abs(continued - offset) < limit) offset = continued;
    }
    last_ = Made{at, offset};
  } else {
    const auto limit = std::max<std::int64_t>(0, (at - last_->at).count() * slew_ppm / 1'000'000);
    last_ = Made{at, last_->offset + std::clamp(estimate() - last_->offset, -limit, limit)};
  }
  return {at, wall_from_us(to_us(at) + last_->offset)};
}

bool AnchorEstimator::stepped() const {
  // The newest bucket is still filling: its least-delayed frame may be yet to come.
  if (!last_ || buckets_.size() < sustained + 1) return false;
  const auto end = buckets_.end() - 1;
  std::size_t above = 0, below = 0;
  for (auto bucket = end - sustained; bucket != end; ++bucket) {
    const auto offset = bucket->by(method_);
    if (!offset) return false;
    above += *offset - last_->offset > options_.step.count();
    below += last_->offset - *offset > options_.step.count();
  }
  return above == sustained || below == sustained;
}

}  // namespace longtake::ingest
