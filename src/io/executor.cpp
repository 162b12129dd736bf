#include "io/executor.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "io/signals.h"

namespace longtake::io {

namespace asio = boost::asio;

namespace {

std::size_t threads_of(const Executor::Options& options) {
  assert(options.threads >= 0);
  if (options.threads > 0) return static_cast<std::size_t>(options.threads);
  return std::max<std::size_t>(1, std::thread::hardware_concurrency() / 4);
}

}  // namespace

struct Executor::Impl {
  struct Loop {
    asio::io_context context{1};  // run by one thread
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  };

  explicit Impl(const Options& options) : loops(threads_of(options)) {}

  asio::io_context& next() {
    return loops[turn.fetch_add(1, std::memory_order_relaxed) % loops.size()].context;
  }

  std::vector<Loop> loops;
  std::atomic<std::size_t> turn{0};
  std::mutex join_mutex;
  std::vector<std::thread> threads;
};

struct Timer::State {
  State(std::shared_ptr<Executor::Impl> o, std::function<void()> t)
      : owner(std::move(o)), timer(owner->next()), task(std::move(t)) {}

  void fire() {
    std::function<void()> run;
    {
      std::lock_guard lock{mutex};
      if (phase != Phase::waiting) return;
      phase = Phase::running;
      runner = std::this_thread::get_id();
      run = std::move(task);
    }
    run();
    run = nullptr;  // what the function holds is gone before cancel() returns
    {
      std::lock_guard lock{mutex};
      phase = Phase::done;
    }
    finished.notify_all();
  }

  enum class Phase { waiting, running, done };
  // Keeps the contexts, one of which the timer is part of. They hold timers weakly, so there is no cycle.
  const std::shared_ptr<Executor::Impl> owner;
  std::mutex mutex;
  std::condition_variable finished;
  asio::steady_timer timer;  // under mutex
  std::function<void()> task;
  Phase phase = Phase::waiting;
  std::thread::id runner;
};

Timer::Timer(std::shared_ptr<State> state) : state_(std::move(state)) {}

Timer& Timer::operator=(Timer&& o) noexcept {
  if (this != &o) {
    cancel();
    state_ = std::move(o.state_);
  }
  return *this;
}

Timer::~Timer() {
  cancel();
}

void Timer::cancel() {
  if (!state_) return;
  const auto state = std::move(state_);
  state_ = nullptr;
  std::function<void()> unused;
  std::unique_lock lock{state->mutex};
  if (state->phase == State::Phase::waiting) {
    state->phase = State::Phase::done;
    unused = std::move(state->task);
    state->timer.cancel();
  } else if (state->phase == State::Phase::running && state->runner != std::this_thread::get_id()) {
    state->finished.wait(lock, [&] { return state->phase == State::Phase::done; });
  }
  lock.unlock();
}

bool Timer::pending() const {
  if (!state_) return false;
  std::lock_guard lock{state_->mutex};
  return state_->phase == State::Phase::waiting;
}

Executor::Executor(Options options) : impl_(std::make_shared<Impl>(options)) {
  ignore_broken_pipes();
  for (auto& loop : impl_->loops)
    impl_->threads.emplace_back([&loop, name = "net-" + std::to_string(impl_->threads.size())] {
      ::pthread_setname_np(::pthread_self(), name.c_str());
      loop.context.run();
    });
}

Executor::~Executor() {
  stop();
}

void Executor::post(std::function<void()> task) {
  asio::post(impl_->next(), std::move(task));
}

Timer Executor::after(std::chrono::nanoseconds delay, std::function<void()> task) {
  auto state = std::make_shared<Timer::State>(impl_, std::move(task));
  std::lock_guard lock{state->mutex};
  state->timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(delay));
  state->timer.async_wait([weak = std::weak_ptr{state}](const boost::system::error_code& error) {
    if (error) return;
    if (const auto due = weak.lock()) due->fire();
  });
  return Timer{state};
}

void Executor::stop() {
  assert(!is_current());
  for (auto& loop : impl_->loops)
    loop.context.stop();
  std::lock_guard lock{impl_->join_mutex};
  for (auto& thread : impl_->threads)
    if (thread.joinable()) thread.join();
}

bool Executor::is_current() const {
  return std::any_of(impl_->loops.begin(), impl_->loops.end(),
                     [](auto& loop) { return loop.context.get_executor().running_in_this_thread(); });
}

asio::io_context& Executor::context() {
  return impl_->next();
}

}  // namespace longtake::io
