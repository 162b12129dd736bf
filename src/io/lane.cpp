#include "io/lane.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cassert>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace longtake::io {

struct Lane::Impl {
  explicit Impl(Options o) : options(std::move(o)) {}

  /// A thread that has nothing to do.
  struct Rest {
    std::condition_variable over;
    bool called = false;
  };

  void work(int index);
  void rest(std::unique_lock<std::mutex>& lock);
  void call_all();

  const Options options;
  mutable std::mutex mutex;
  std::vector<Rest*> resting;  // the last to rest is the first to be called: its caches are warm
  std::deque<Task> queue;
  bool stopping = false;
  std::size_t refused = 0;
  std::vector<std::thread> threads;
  std::mutex join_mutex;
};

namespace {
// Which lane the thread works for, for is_current.
thread_local const void* current_lane = nullptr;
}  // namespace

void Lane::Impl::work(int index) {
  current_lane = this;
  const auto name = fmt::format("{}-{}", options.name.substr(0, 12), index);
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
  // On Linux the priority of a thread, by its thread id.
  if (options.niceness > 0) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), options.niceness);
  std::unique_lock lock{mutex};
  while (true) {
    while (!stopping && queue.empty())
      rest(lock);
    if (queue.empty()) return;
    {
      Task task = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      task();
    }
    lock.lock();
  }
}

void Lane::Impl::rest(std::unique_lock<std::mutex>& lock) {
  Rest rest;
  resting.push_back(&rest);
  rest.over.wait(lock, [&rest] { return rest.called; });
}

/// With the mutex held.
void Lane::Impl::call_all() {
  for (auto* rest : resting) {
    rest->called = true;
    rest->over.notify_one();
  }
  resting.clear();
}

Lane::Lane(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {
  assert(impl_->options.threads > 0);
  for (int i = 0; i < impl_->options.threads; ++i)
    impl_->threads.emplace_back([impl = impl_.get(), i] { impl->work(i); });
}

Lane::~Lane() {
  stop(Stop::drain);
}

bool Lane::try_post(Task&& task) {
  {
    std::lock_guard lock{impl_->mutex};
    if (impl_->stopping) return false;
    if (impl_->queue.size() >= impl_->options.queue_limit) {
      ++impl_->refused;
      return false;
    }
    impl_->queue.push_back(std::move(task));
    if (!impl_->resting.empty()) {
      auto* const rest = impl_->resting.back();
      impl_->resting.pop_back();
      rest->called = true;
      rest->over.notify_one();  // it lives until it has the mutex
    }
  }
  return true;
}

void Lane::stop(Stop how) {
  assert(!is_current());
  std::deque<Task> dropped;
  {
    std::lock_guard lock{impl_->mutex};
    impl_->stopping = true;
    if (how == Stop::drop) dropped.swap(impl_->queue);
    impl_->call_all();
  }
  dropped.clear();  // outside the lock: destroying a task may call anything
  std::lock_guard join{impl_->join_mutex};
  for (auto& thread : impl_->threads)
    if (thread.joinable()) thread.join();
}

bool Lane::is_current() const {
  return current_lane == impl_.get();
}

std::size_t Lane::queued() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->queue.size();
}

std::size_t Lane::refused() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->refused;
}

const std::string& Lane::name() const {
  return impl_->options.name;
}

Error Lane::refusal() const {
  std::lock_guard lock{impl_->mutex};
  if (impl_->stopping) return make_error(Code::unavailable, "lane {} is stopping", impl_->options.name);
  return make_error(Code::unavailable, "lane {} is full ({} tasks wait)", impl_->options.name,
                    impl_->queue.size());
}

}  // namespace longtake::io
