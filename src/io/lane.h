#pragma once
// A lane: a bounded pool of named threads for work of one kind ("disk", "db", "cpu"). Full-queue rule:
// `try_post` refuses and changes nothing, `submit` answers `unavailable`; neither waits, so a slow lane never
// stops the caller. Tasks start in the order they were accepted (a lane of one thread also finishes them in
// that order).

#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.h"

namespace longtake::io {

/// Thread-safe.
class Lane {
 public:
  struct Options {
    /// Threads are named NAME-0, NAME-1, ...; at most 12 characters show.
    std::string name;
    int threads = 1;
    /// Tasks waiting (not running) at most.
    std::size_t queue_limit = 1024;
    /// 0 (normal) to 19 (lowest priority), per thread.
    int niceness = 0;
    bool operator==(const Options&) const = default;
  };
  enum class Stop {
    drain,  // run everything accepted, then return
    drop,   // let running tasks return, destroy waiting ones unrun
  };
  using Task = std::function<void()>;

  explicit Lane(Options options);
  /// stop(drain).
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// False, and `task` untouched, when the queue is full or the lane is stopping. Tasks must not throw.
  [[nodiscard]] bool try_post(Task&& task);

  /// Runs `work` on the lane; its result comes through the future. Error `unavailable` names the lane when
  /// the queue is full or stopping. A dropped task breaks its promise (std::future_error).
  template <class F>
  auto submit(F work) -> Result<std::future<std::invoke_result_t<F&>>> {
    auto task = std::make_shared<std::packaged_task<std::invoke_result_t<F&>()>>(std::move(work));
    auto future = task->get_future();
    if (!try_post([task] { (*task)(); })) return refusal();
    return future;
  }

  /// Refuses new tasks from now on, finishes as told, joins. Idempotent; never from the lane itself.
  void stop(Stop how);

  /// Whether the calling thread belongs to this lane: `assert(disk.is_current())`.
  bool is_current() const;

  /// Waiting tasks.
  std::size_t queued() const;
  /// How many tasks were refused because the queue was full.
  std::size_t refused() const;
  const std::string& name() const;

 private:
  Error refusal() const;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::io
