#pragma once
// The threads that do jobs: a few, of low priority, so that recording never waits for them.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "jobs/queue.h"

namespace longtake::jobs {

/// A job as its handler sees it. Used by the handler's thread alone, but for what the runner does inside.
class Work {
 public:
  const Job& job() const { return job_; }
  const Lease& lease() const { return lease_; }
  /// Give up soon: the server stops, the job was cancelled, or its lease was lost. Return Outcome::stopped().
  bool stopped() const { return stopped_.load(); }
  void tell_progress(unsigned per_mille) { progress_ = per_mille; }
  /// The effect in one transaction with the job's `done`; conflict "lease-lost": undo what was done outside.
  Status finish(const Queue::Effect& effect);
  /// Asks the rows: is this try still the newest?
  Status check() const { return queue_.check(lease_); }

 private:
  friend class Runner;
  Work(Queue& queue, Job job, Lease lease) : queue_(queue), job_(std::move(job)), lease_(std::move(lease)) {}
  Queue& queue_;
  const Job job_;
  const Lease lease_;
  std::atomic<bool> stopped_ = false;
  std::atomic<unsigned> progress_ = 0;
  bool finished_ = false;  // by the handler's thread
  // Of the beat alone.
  unsigned told_ = 0, written_ = 0;
  std::chrono::steady_clock::time_point renewed_;
};

/// What a handler that did not fail has done.
struct Outcome {
  enum class Kind { done, later, stopped } kind = Kind::done;
  WallTime run_after;
  static Outcome done() { return {}; }
  /// It has to wait for something: no try is counted.
  static Outcome later(WallTime when) { return {Kind::later, when}; }
  static Outcome stopped() { return {Kind::stopped, {}}; }
};
/// An error of a code that may pass is tried again; others fail the job (retry.h). The same job may come
/// twice after a crash: begin by clearing what an earlier try left.
using Handler = std::function<Result<Outcome>(Work&)>;

class Runner {
 public:
  struct Options {
    unsigned threads = 2;
    int niceness = 10;
    std::chrono::milliseconds look{1000};  ///< for jobs that nobody woke us for
    std::chrono::milliseconds beat{500};   ///< progress is told, and a cancel noticed, this soon
    bool operator==(const Options&) const = default;
  };
  Runner(Options options, Queue& queue, const Clock& clock, Log& log);
  ~Runner();  // stops
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Before `start`.
  void handle(std::string kind, Handler handler);
  /// Told of every change of a job this runner does, and of its progress at most once a beat. On our threads,
  /// without a lock held.
  void on_change(std::function<void(const Job&)> listener);

  /// Takes over what a process that died has left, and begins.
  Status start();
  /// Takes up no more jobs and asks handlers to give up. Does not wait. Idempotent.
  void begin_stop();
  /// The same, waits for them, and puts back what they had. Idempotent.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::jobs
