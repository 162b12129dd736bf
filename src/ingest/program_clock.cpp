#include "ingest/program_clock.h"

#include <algorithm>

namespace longtake::ingest {
namespace {
/// EXTINF may be rounded to whole seconds.
constexpr Micros rounding{500'000};
/// Marks that were never matched (a stream without keyframes at segment starts).
constexpr std::size_t marks_limit = 64;
}  // namespace

void ProgramClock::segment(std::optional<WallTime> program_date_time, Micros duration) {
  ahead_.push_back({program_date_time, duration});
  if (ahead_.size() > marks_limit) ahead_.pop_front();
}

void ProgramClock::begin(MediaTime pts) {
  current_ = ahead_.front();
  ahead_.pop_front();
  from_ = pts;
}

void ProgramClock::time_line_broke() {
  current_.reset();
  last_candidate_.reset();
}

std::optional<WallTime> ProgramClock::wall_of(MediaTime pts, bool may_begin) {
  if (may_begin) {
    // Half of the distance between candidates: the nearest of them is the segment's first.
    const auto apart = last_candidate_ ? pts - *last_candidate_ : rounding;
    const auto tolerance = std::clamp(apart / 2, Micros{0}, rounding);
    last_candidate_ = pts;
    if (!current_ && !ahead_.empty()) begin(pts);
    while (current_ && !ahead_.empty() && pts >= from_ + current_->duration - tolerance) {
      const auto predicted = from_ + current_->duration;
      begin(pts <= predicted + rounding ? pts : predicted);
    }
  }
  if (!current_ || !current_->wall) return std::nullopt;
  return *current_->wall + (pts - from_);
}

}  // namespace longtake::ingest
