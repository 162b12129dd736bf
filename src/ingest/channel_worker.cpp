#include "ingest/channel_worker.h"

#include <cmath>
#include <utility>

#include "ingest/pause.h"

namespace longtake::ingest {

using archive::GapCause;
using Outcome = RunRecorder::Outcome;

namespace {

/// Packets without a single keyframe for this long are not a stream that can be recorded.
constexpr Micros first_fragment_limit{30'000'000};
/// A new time line after a longer silence follows a loss.
constexpr Micros silence_limit{2'000'000};
constexpr Micros measure_every{2'000'000};

/// Failures that only a person can mend: the address itself is wrong.
Mend mend_of(Code code) {
  switch (code) {
    case Code::invalid:
    case Code::forbidden:
    case Code::not_found:
      return Mend::by_person;
    default:
      return Mend::by_waiting;
  }
}

bool same_source(const archive::ChannelSettings& a, const archive::ChannelSettings& b) {
  return a.source_url == b.source_url && a.audio == b.audio && a.rtsp_transport == b.rtsp_transport;
}

bool differs(double a, double b, double by) {
  return std::abs(a - b) > by * std::max(a, b);
}

}  // namespace

ChannelWorker::ChannelWorker(Context context, archive::Channel channel, std::chrono::milliseconds delay)
    : context_(std::move(context)),
      id_(channel.id),
      wanted_(std::move(channel)),
      segment_length_(wanted_.settings.segment_length),
      delay_(delay),
      machine_({.first_retry = context_.options.first_retry, .max_retry = context_.options.max_retry}),
      random_(static_cast<std::uint32_t>(to_us(context_.clock.now()) + id_.value * 7919)) {
  status_.channel = id_;
  status_.since = context_.clock.now();
  if (wanted_.enabled) status_.state = State::connecting;
  thread_.emplace("src-" + to_string(id_), [this] { run(); });
}

ChannelWorker::~ChannelWorker() {
  request_stop(GapCause::server_stopped);
  thread_.reset();
}

void ChannelWorker::apply(const archive::Channel& channel) {
  const std::lock_guard lock{mutex_};
  segment_length_ = channel.settings.segment_length;
  const bool restart = channel.enabled != wanted_.enabled || !same_source(channel.settings, wanted_.settings);
  wanted_ = channel;
  if (!restart) return;
  stop_cause_ = channel.enabled ? GapCause::source_changed : GapCause::stopped;
  session_.request_stop();
  wake_.notify_all();
}

void ChannelWorker::request_stop(GapCause cause) {
  const std::lock_guard lock{mutex_};
  if (std::exchange(quit_, true)) return;
  stop_cause_ = cause;
  session_.request_stop();
  wake_.notify_all();
}

ChannelStatus ChannelWorker::status() const {
  const std::lock_guard lock{mutex_};
  return status_;
}

GapCause ChannelWorker::stop_cause() const {
  const std::lock_guard lock{mutex_};
  return stop_cause_;
}

void ChannelWorker::run() {
  std::unique_lock lock{mutex_};
  wake_.wait_for(lock, delay_, [this] { return quit_; });
  while (!quit_) {
    if (!wanted_.enabled) {
      lock.unlock();
      if (const auto noted = context_.archive.note_gap(id_, GapCause::stopped, ""); !noted.ok())
        context_.log.warn("gap not noted", {{"channel", id_}, {"cause", noted.error().story()}});
      enter("");
      lock.lock();
      wake_.wait(lock, [this] { return quit_ || wanted_.enabled; });
      continue;
    }
    session_ = {};
    const auto settings = wanted_.settings;
    const auto stop = session_.get_token();
    lock.unlock();
    record(settings, stop);
    lock.lock();
  }
  finished_ = true;
}

void ChannelWorker::record(const archive::ChannelSettings& settings, const std::stop_token& stop) {
  position_.reset();
  recorded_until_.reset();
  source_ended_ = false;
  auto action = machine_.on(Started{});
  enter("");
  while (!stop.stop_requested()) {
    switch (action.kind) {
      case Action::Kind::connect:
        action = attempt(settings, stop);
        break;
      case Action::Kind::wait:
        if (pause_until(context_.clock.steady() + action.pause, stop)) action = machine_.on(Elapsed{});
        break;
      case Action::Kind::none:
        machine_.on(Stopped{});
        return;
    }
  }
  machine_.on(Stopped{});
  enter("");
}

Action ChannelWorker::attempt(const archive::ChannelSettings& settings, const std::stop_token& stop) {
  InputOptions options{.url = settings.source_url,
                       .audio = settings.audio,
                       .rtsp_transport = settings.rtsp_transport,
                       .allow_private = context_.options.allow_private,
                       .open_timeout = context_.options.open_timeout,
                       .read_timeout = context_.options.read_timeout,
                       .stop = stop,
                       .clock = &context_.clock,
                       .log = &context_.log,
                       .name = to_string(id_),
                       .resume = position_};
  recorded_ = Micros{0};
  gap_cause_ = GapCause::source_lost;
  auto input = Result<std::unique_ptr<Input>>{make_error(Code::internal, "not opened")};
  options.caught_up = [this, &input] {
    if (!recorder_ || waiting_outcome_ != Outcome::go_on) return;
    waiting_outcome_ = recorder_->caught_up();
    if (input.ok()) note_recording(**input);
  };
  input = open_input(std::move(options));
  auto failure = input.ok() ? record_from(**input, stop) : failed(input.error());
  if (stop.stop_requested()) return Action::none();
  failure.recorded = recorded_;
  failure.jitter = std::uniform_real_distribution<>{0, 1}(random_);
  if (input.ok() && (*input)->position()) position_ = (*input)->position();
  // Idempotent while the cause stays: the gap that the run's end opened keeps it.
  if (recorded_ == Micros{0} && !(source_ended_ && gap_cause_ == GapCause::source_lost))
    if (const auto noted = context_.archive.note_gap(id_, gap_cause_, failure.cause); !noted.ok())
      context_.log.warn("gap not noted", {{"channel", id_}, {"cause", noted.error().story()}});
  const auto action = machine_.on(failure);
  enter(failure.cause);
  return action;
}

/// Reads until the connection is over, whatever runs that takes.
Failed ChannelWorker::record_from(Input& input, const std::stop_token& stop) {
  connected_ = last_arrival_ = context_.clock.now();
  begin_run(input, input.resumed() ? recorded_until_ : std::nullopt);
  while (true) {
    auto event = input.next();
    if (stop.stop_requested()) {
      end_run(stop_cause(), "");
      return {};
    }
    if (auto failure = step(input, std::move(event))) return *std::move(failure);
  }
}

std::optional<Failed> ChannelWorker::step(Input& input, Result<Input::Event> event) {
  using Kind = Input::Event::Kind;
  if (waiting_outcome_ != Outcome::go_on)
    if (auto failure = settle_outcome(input, std::exchange(waiting_outcome_, Outcome::go_on))) return failure;
  if (!event.ok()) {
    end_run(GapCause::source_lost, event.error().text());
    return failed(event.error());
  }
  switch (event->kind) {
    case Kind::packet: {
      const auto arrival = last_arrival_ = event->packet.arrival;
      const auto outcome = recorder_->push(std::move(event->packet));
      note_recording(input);
      note_measurements(arrival);
      if (!recorder_->recording() && arrival - connected_ > first_fragment_limit &&
          outcome == Outcome::go_on && recorded_ == Micros{0}) {
        end_run(GapCause::source_lost, "no keyframe");
        return Failed{.cause = "the stream sends no keyframe: nothing can be recorded",
                      .kind = std::string{kind_no_keyframe}};
      }
      return settle_outcome(input, outcome);
    }
    case Kind::tracks_changed:
    case Kind::discontinuity: {
      // A server may keep our connection while its own source restarts: that is a loss, not a change.
      const auto silent = context_.clock.now() - last_arrival_;
      if (!event->contiguous && silent > silence_limit)
        end_run(GapCause::source_lost, fmt::format("nothing came for {:.0f} s", silent.count() / 1e6));
      else
        end_run(GapCause::source_changed, event->detail);
      begin_run(input, event->contiguous ? recorded_until_ : std::nullopt);
      return std::nullopt;
    }
    case Kind::lost:
      end_run(GapCause::source_lost, event->detail);
      begin_run(input, std::nullopt);
      return std::nullopt;
    case Kind::end:
      end_run(GapCause::source_ended, event->detail);
      source_ended_ = recorded_ > Micros{0};
      return Failed{.cause = event->detail.empty() ? "the source ended the stream" : event->detail,
                    .kind = std::string{kind_ended}};
  }
  return std::nullopt;
}

std::optional<Failed> ChannelWorker::settle_outcome(Input& input, Outcome outcome) {
  switch (outcome) {
    case Outcome::go_on:
      return std::nullopt;
    case Outcome::clock_stepped:
      context_.log.warn("source clock stepped", {{"channel", id_}});
      end_run(GapCause::source_changed, "the source's clock stepped");
      break;
    case Outcome::time_broken:
      context_.log.warn("time stamps broken", {{"channel", id_}});
      end_run(GapCause::source_changed, "the source's time stamps broke");
      break;
    case Outcome::archive_refuses:
      return refused();
  }
  begin_run(input, std::nullopt);
  return std::nullopt;
}

void ChannelWorker::begin_run(const Input& input, std::optional<WallTime> continues) {
  auto anchor = input.anchor_options();
  anchor.continues = continues;
  recorder_ = std::make_unique<RunRecorder>(
      context_.archive, input.tracks(),
      RunRecorder::Options{
          .channel = id_,
          .segment_length = [this] { return segment_length_.load(); },
          .cutter = {.max_fragment = std::chrono::duration_cast<Micros>(context_.options.max_fragment)},
          .anchor = anchor});
  if (machine_.state() == State::recording) {
    publish([&](ChannelStatus& status) {
      status.tracks = input.tracks();
      status.notes = input.facts().notes;
    });
  }
}

void ChannelWorker::end_run(GapCause cause, const std::string& detail) {
  if (!recorder_) return;
  recorder_->end(cause, detail);
  recorded_ += recorder_->recorded();
  if (recorder_->recorded_until()) recorded_until_ = recorder_->recorded_until();
  recorder_.reset();
  waiting_outcome_ = Outcome::go_on;
}

Failed ChannelWorker::refused() {
  const auto error = recorder_->refusal();
  gap_cause_ = recorder_->refusal_cause();
  end_run(gap_cause_, error.text());
  publish([](ChannelStatus& status) { ++status.dropped_fragments; });
  return {.cause = error.text(), .kind = std::string{kind_not_stored}};
}

Failed ChannelWorker::failed(const Error& error) const {
  const auto known = error.kind().starts_with("source-");
  return {.cause = error.text(),
          .kind = known ? error.kind() : std::string{kind_failed},
          .mend = mend_of(error.code())};
}

template <class Change>
void ChannelWorker::publish(Change change) {
  ChannelStatus now;
  {
    const std::lock_guard lock{mutex_};
    change(status_);
    now = status_;
  }
  context_.changed(now);
}

/// Tells the machine's state.
void ChannelWorker::enter(const std::string& cause) {
  const auto state = machine_.state();
  log_state(state, cause);
  const auto now = context_.clock.now();
  publish([&](ChannelStatus& status) {
    if (status.state != state) status.since = now;
    status.state = state;
    status.cause = machine_.cause();
    status.cause_kind = machine_.cause_kind();
    status.reconnects = machine_.reconnects();
    if (state == State::stopped) status.bit_rate = 0;
  });
}

void ChannelWorker::note_recording(const Input& input) {
  if (machine_.state() == State::recording || !recorder_->recording()) return;
  machine_.on(Recorded{});
  source_ended_ = false;
  measured_ = {};
  {
    const std::lock_guard lock{mutex_};
    status_.tracks = input.tracks();
    status_.notes = input.facts().notes;
    status_.protocol = input.facts().protocol;
  }
  enter("");
}

void ChannelWorker::note_measurements(WallTime now) {
  if (!recorder_->recording() || now - measured_ < measure_every) return;
  measured_ = now;
  const auto& meter = recorder_->meter();
  const auto rate = meter.frame_rate();
  const auto gop = meter.gop();
  const auto bits = meter.bit_rate();
  ChannelStatus told;
  {
    const std::lock_guard lock{mutex_};
    const bool notable = differs(status_.frame_rate, rate, 0.1) ||
                         (status_.gop.count() == 0) != (gop.count() == 0) ||
                         differs(static_cast<double>(status_.bit_rate), static_cast<double>(bits), 0.3);
    status_.frame_rate = rate;
    status_.gop = gop;
    status_.bit_rate = bits;
    if (!notable) return;
    told = status_;
  }
  context_.changed(told);
}

/// State changes are logged once with their cause; the same failure again is counted.
void ChannelWorker::log_state(State state, const std::string& cause) {
  if (logged_state_ == state && logged_cause_ == cause) {
    ++repeats_;
    return;
  }
  const bool bad = state == State::reconnecting || state == State::failed;
  const auto repeats = std::exchange(repeats_, 0);
  logged_state_ = state;
  logged_cause_ = cause;
  if (bad)
    context_.log.warn(
        "channel state",
        {{"channel", id_}, {"state", to_string(state)}, {"cause", cause}, {"repeats_before", repeats}});
  else
    context_.log.info("channel state",
                      {{"channel", id_}, {"state", to_string(state)}, {"repeats_before", repeats}});
}

}  // namespace longtake::ingest
