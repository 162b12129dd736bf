#include "ingest/source_machine.h"

#include <algorithm>

namespace longtake::ingest {

std::string_view to_string(State state) {
  switch (state) {
    case State::connecting:
      return "connecting";
    case State::recording:
      return "recording";
    case State::reconnecting:
      return "reconnecting";
    case State::stopped:
      return "stopped";
    case State::failed:
      return "failed";
  }
  return "stopped";
}

namespace {

/// 0.75 to 1.25 of the pause.
std::chrono::milliseconds spread(std::chrono::milliseconds pause, double jitter) {
  const auto factor = 0.75 + 0.5 * std::clamp(jitter, 0.0, 1.0);
  return std::chrono::milliseconds{
      static_cast<std::chrono::milliseconds::rep>(static_cast<double>(pause.count()) * factor)};
}

}  // namespace

Action SourceMachine::on(const Started&) {
  state_ = State::connecting;
  cause_.clear();
  cause_kind_.clear();
  next_pause_ = options_.first_retry;
  return Action::connect();
}

Action SourceMachine::on(const Recorded&) {
  if (state_ == State::stopped) return Action::none();
  if (recorded_before_ && state_ != State::recording) ++reconnects_;
  recorded_before_ = true;
  state_ = State::recording;
  cause_.clear();
  cause_kind_.clear();
  return Action::none();
}

Action SourceMachine::on(const Failed& failed) {
  if (state_ == State::stopped) return Action::none();
  if (failed.recorded >= options_.proven_after) next_pause_ = options_.first_retry;
  cause_ = failed.cause;
  cause_kind_ = failed.kind;
  if (failed.mend == Mend::by_person && !recorded_before_) {
    state_ = State::failed;
    return Action::wait(spread(options_.max_retry, failed.jitter));
  }
  state_ = State::reconnecting;
  const auto pause = std::min(next_pause_, options_.max_retry);
  next_pause_ = std::min(pause * 2, options_.max_retry);
  return Action::wait(spread(pause, failed.jitter));
}

Action SourceMachine::on(const Elapsed&) {
  return state_ == State::stopped ? Action::none() : Action::connect();
}

Action SourceMachine::on(const Stopped&) {
  state_ = State::stopped;
  cause_.clear();
  cause_kind_.clear();
  recorded_before_ = false;
  return Action::none();
}

}  // namespace longtake::ingest
