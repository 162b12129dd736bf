#include "archive/serial_queue.h"

namespace longtake::archive {

bool SerialQueue::post(Job job) {
  const std::lock_guard lock{mutex_};
  jobs_.push_back(std::move(job));
  if (scheduled_) return true;
  scheduled_ = lane_.try_post([self = shared_from_this()] { self->run(); });
  if (!scheduled_) jobs_.pop_back();
  return scheduled_;
}

void SerialQueue::wait_idle() {
  std::unique_lock lock{mutex_};
  idle_.wait(lock, [&] { return !scheduled_; });
}

void SerialQueue::run() {
  std::unique_lock lock{mutex_};
  while (!jobs_.empty()) {
    {
      const Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
    }
    lock.lock();
  }
  scheduled_ = false;
  idle_.notify_all();
}

}  // namespace longtake::archive
