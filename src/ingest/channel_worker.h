#pragma once
// One channel's thread: obeys the source machine, feeds runs to the archive, tells what it is doing.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>

#include "archive/archive.h"
#include "ingest/input.h"
#include "ingest/run_recorder.h"
#include "ingest/source_machine.h"
#include "ingest/supervisor.h"
#include "ingest/thread.h"

namespace longtake::ingest {

/// Public calls: any thread, quick. The rest: lane of the channel's own thread.
class ChannelWorker {
 public:
  struct Context {
    Options options;
    archive::Archive& archive;
    const Clock& clock;
    Log& log;
    /// On the channel's thread, without locks.
    std::function<void(const ChannelStatus&)> changed;
  };
  /// `delay`: before the first connection, so that many channels do not connect at once.
  ChannelWorker(Context context, archive::Channel channel, std::chrono::milliseconds delay);
  /// Stops and joins.
  ~ChannelWorker();

  /// The row was edited. Interrupts the recording only when the source itself is another one.
  void apply(const archive::Channel& channel);
  /// Ends for good; a run that is open ends with this cause.
  void request_stop(archive::GapCause cause);
  /// The thread has returned.
  bool finished() const { return finished_; }
  ChannelStatus status() const;

 private:
  void run();
  void record(const archive::ChannelSettings& settings, const std::stop_token& stop);
  Action attempt(const archive::ChannelSettings& settings, const std::stop_token& stop);
  Failed record_from(Input& input, const std::stop_token& stop);
  std::optional<Failed> step(Input& input, Result<Input::Event> event);
  std::optional<Failed> settle_outcome(Input& input, RunRecorder::Outcome outcome);
  void begin_run(const Input& input, std::optional<WallTime> continues);
  void end_run(archive::GapCause cause, const std::string& detail);
  Failed refused();
  Failed failed(const Error& error) const;

  void enter(const std::string& cause);
  void note_recording(const Input& input);
  void note_measurements(WallTime now);
  void log_state(State state, const std::string& cause);
  template <class Change>
  void publish(Change change);
  archive::GapCause stop_cause() const;

  const Context context_;
  const ChannelId id_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  archive::Channel wanted_;                                           // guarded
  bool quit_ = false;                                                 // guarded
  archive::GapCause stop_cause_ = archive::GapCause::server_stopped;  // guarded
  std::stop_source session_;                                          // guarded
  ChannelStatus status_;                                              // guarded
  std::atomic<std::chrono::seconds> segment_length_;
  std::atomic<bool> finished_ = false;

  // The channel's thread only.
  std::chrono::milliseconds delay_;
  SourceMachine machine_;
  std::minstd_rand random_;
  std::unique_ptr<RunRecorder> recorder_;
  RunRecorder::Outcome waiting_outcome_ = RunRecorder::Outcome::go_on;  ///< of caught_up
  std::optional<HlsPosition> position_;
  std::optional<WallTime> recorded_until_;  ///< by the last run of this source
  bool source_ended_ = false;               ///< and the open gap says so
  Micros recorded_{0};                      ///< by this connection, in runs that are over
  archive::GapCause gap_cause_ = archive::GapCause::source_lost;  ///< of the failure being handled
  WallTime connected_, last_arrival_;
  WallTime measured_;
  std::optional<State> logged_state_;
  std::string logged_cause_;
  std::uint32_t repeats_ = 0;

  std::optional<Thread> thread_;  // last: joined before the rest goes
};

}  // namespace longtake::ingest
