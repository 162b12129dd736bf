#pragma once
// The net threads "net-0", "net-1", ..., each with an Asio context of its own, so that none has to wake
// another. Nothing that runs here may block. Asio itself is seen only by io and http (through `context`).

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace longtake::io {

/// Something that will happen later. Destroying or cancelling it is final: once `cancel` has returned, the
/// function is not running and never will. (From inside the function itself `cancel` only returns.) So do not
/// cancel while holding a lock the function takes.
class Timer {
 public:
  Timer() = default;
  Timer(Timer&&) noexcept = default;
  Timer& operator=(Timer&& o) noexcept;
  ~Timer();

  void cancel();
  /// True until the function has been started or cancelled.
  bool pending() const;

 private:
  friend class Executor;
  struct State;
  explicit Timer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Thread-safe. The owner stops it before anything that posted functions refer to goes away.
class Executor {
 public:
  struct Options {
    int threads = 0;  ///< 0: one for every four processors, at least 1
    bool operator==(const Options&) const = default;
  };

  explicit Executor(Options options);
  ~Executor();  // stops
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Runs `task` soon on a net thread. After `stop` it is dropped.
  void post(std::function<void()> task);

  /// Runs `task` on a net thread after `delay` unless the handle is cancelled or destroyed first.
  [[nodiscard]] Timer after(std::chrono::nanoseconds delay, std::function<void()> task);

  /// Lets running functions return, drops the rest, joins. Idempotent; never from a net thread.
  void stop();

  /// Whether the calling thread is one of ours: `assert(net.is_current())`.
  bool is_current() const;

  /// For http: that of the next thread in turn. What is opened on it runs on that thread alone, in the order
  /// asked for, and must be closed before `stop`.
  boost::asio::io_context& context();

 private:
  friend class Timer;
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with timers, which may outlive us
};

}  // namespace longtake::io
